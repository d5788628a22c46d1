//! Events of tests: by hand, and the real ones of `fixtures/`.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use mcp_insights_events::{Collector, Event, Place, ReadSettings, TextId};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::{Facts, Note};

/// A work event with these fields over plain ones.
pub(crate) fn event_json(fields: &Value) -> String {
    let mut event = json!({
        "event_id": "e1", "kind": "tool_call", "actor_id": "a", "started_at": "2026-01-01T00:00:00Z", "ok": true,
    });
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    event.to_string()
}

pub(crate) fn parse(raw: &str) -> Event<'_> {
    Event::parse(raw.as_bytes(), &ReadSettings::default()).unwrap()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").join(name)
}

/// The events of the real agent runs, each as received.
pub(crate) fn livemcp() -> Vec<String> {
    let mut text = String::new();
    let file = std::fs::File::open(path("livemcp/events.ndjson.gz")).unwrap();
    GzDecoder::new(file).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The events of the captured posts of a client, each as received.
pub(crate) fn capture(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path("captures").join(name)).unwrap();
    let mut events = Vec::new();
    for line in text.lines() {
        let post: Value = serde_json::from_str(line).unwrap();
        events.extend(post["body"]["events"].as_array().unwrap().iter().map(Value::to_string));
    }
    events
}

/// The place of an event that is known by its number.
pub(crate) fn place(number: usize, raw: &str) -> Place {
    Place { source: 0, length: u32::try_from(raw.len()).unwrap(), offset: number as u64 }
}

/// What facts mean: every event with its texts, calls and searches written out, sorted.
pub(crate) fn meaning(facts: &Facts) -> Vec<String> {
    let text = |id: Option<TextId>| id.map(|id| facts.texts.get(id).to_owned());
    let mut events: Vec<String> = facts
        .events
        .iter()
        .map(|event| {
            let calls: Vec<_> = facts
                .calls
                .range(event.calls.range())
                .iter()
                .map(|call| {
                    let arguments = facts.arguments.range(call.arguments.range());
                    let flags = (call.silent_failure, call.is_search, call.looks_for_tool);
                    let texts = (text(call.tool), text(call.failure_text));
                    (
                        call.entry,
                        texts,
                        call.failure_class,
                        call.duration_ms,
                        arguments,
                        call.input,
                        flags,
                    )
                })
                .collect();
            let searches: Vec<_> = facts
                .searches
                .range(event.searches.range())
                .iter()
                .map(|search| {
                    let texts = (text(search.tool), text(Some(search.query)));
                    (
                        search.source,
                        search.kind,
                        search.call,
                        texts,
                        search.result_count,
                        search.miss,
                    )
                })
                .collect();
            let note = event.note.map(|note| match note {
                Note::Thinking(span) => ("thinking", facts.note(span)),
                Note::Names(span) => ("names", facts.note(span)),
            });
            let texts = [
                Some(event.kind_name),
                event.server,
                Some(event.actor),
                event.hint,
                event.client_name,
                event.client_version,
                event.identifier,
                event.intent,
                event.request.and_then(|request| request.text),
            ];
            let texts = texts.map(text);
            let id = facts.id(event);
            let flags = (event.is_work, event.is_workflow, event.has_secret, event.ok);
            let times = (event.started_at, event.ended_at, event.fingerprint);
            format!("{id} {texts:?} {times:?} {note:?} {flags:?} {calls:?} {searches:?}")
        })
        .collect();
    events.sort_unstable();
    events
}

/// Events of few ids, servers and times, some of them equal.
pub(crate) fn crowded() -> impl Strategy<Value = Vec<String>> {
    let event = (0..3u8, 0..2u8, 0..2u8, 0..3u8, 1..3usize).prop_map(|(id, server, second, ok, spaces)| {
        let server: Value = if server == 0 { Value::Null } else { json!("s") };
        let event = event_json(&json!({"event_id": format!("e{id}"), "mcp_server_id": server, "actor_id": format!("a{ok}"),
            "started_at": format!("2026-01-01T00:00:0{second}Z"), "metadata": {"tool_name": "search_docs",
            "input_preview": format!("{{\"query\":\"{ok}\"}}")}}));
        // Other bytes that say the same.
        event.replacen('{', &format!("{{{}", " ".repeat(spaces)), 1)
    });
    prop::collection::vec(event, 0..24)
}

/// One part for each stretch of events; places number the events of all.
pub(crate) fn parts<C: Collector>(
    extractor: &C,
    events: &[String],
    sizes: &[usize],
) -> Vec<C::Part> {
    let mut numbered = events.iter().enumerate().peekable();
    let mut parts = Vec::new();
    let mut sizes = sizes.iter().copied();
    while numbered.peek().is_some() {
        let mut part = extractor.begin();
        for (number, raw) in numbered.by_ref().take(sizes.next().unwrap_or(events.len())) {
            extractor.add(&mut part, &parse(raw), raw.as_bytes(), place(number, raw));
        }
        parts.push(part);
    }
    parts
}
