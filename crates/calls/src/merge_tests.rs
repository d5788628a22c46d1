#![expect(clippy::unwrap_used, reason = "tests")]

use std::convert::Infallible;

use mcp_insights_events::{Collector, Place, TextId, canonical_json};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::fixture::{capture, event_json, livemcp, parse};
use crate::{Extractor, Rules};

fn place(number: usize, raw: &str) -> Place {
    Place { source: 0, length: u32::try_from(raw.len()).unwrap(), offset: number as u64 }
}

/// One part for each stretch of events; places number the events of all.
fn parts(events: &[String], sizes: &[usize]) -> Vec<Facts> {
    let extractor = Extractor::new(Rules::default());
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

/// What facts mean: every event with its texts, calls and searches written out, sorted.
fn meaning(facts: &Facts) -> Vec<String> {
    let text = |id: Option<TextId>| id.map(|id| facts.texts.get(id).to_owned());
    let mut events: Vec<String> = facts
        .events
        .iter()
        .map(|event| {
            let calls: Vec<_> = facts.calls[event.calls.range()]
                .iter()
                .map(|call| {
                    let arguments = &facts.arguments[call.arguments.range()];
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
            let searches: Vec<_> = facts.searches[event.searches.range()]
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

#[test]
fn facts_hold_what_an_event_says() {
    let events = [
        event_json(
            &json!({"event_id": "e1", "mcp_server_id": "s", "actor_id": "ann", "session_id_hint": "h",
            "started_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-01T00:00:02Z", "is_workflow": true,
            "metadata": {"tool_name": "searchDocs", "user_intent": "set up [redacted:token]", "client_name": "c",
                "user_frustration": "high", "input_preview": "{\"query\":\"sso\"}"},
            "result_preview": "{\"error\":\"Index 7 is offline\"}"}),
        ),
        event_json(
            &json!({"event_id": "e2", "metadata": {"tool_name": "getIssue", "agent_thinking": "Let me look",
            "input_preview": "{\"id\":7}"}}),
        ),
        event_json(&json!({"event_id": "e3", "metadata": {"tool_name": "getIssue",
            "input_preview": "{\"projectId\":7,\"issue_id\":1}"}})),
        event_json(
            &json!({"event_id": "e4", "kind": "actor_identity", "metadata": {"identifier": "ann@a.example"}}),
        ),
        event_json(&json!({"event_id": "e5", "kind": "heartbeat", "ok": null})),
    ];
    let facts = Facts::merge_all(parts(&events, &[]));
    let text = |id: Option<TextId>| id.map(|id| facts.texts.get(id));
    let [first, second, third, fourth, fifth] = facts.events.as_slice() else { unreachable!() };
    assert_eq!(
        (facts.id(first), text(first.server), text(Some(first.actor))),
        ("e1", Some("s"), Some("ann"))
    );
    assert_eq!((text(first.hint), text(first.client_name)), (Some("h"), Some("c")));
    assert_eq!((text(first.intent), first.note), (Some("set up [redacted:token]"), None));
    assert!(first.is_work && first.is_workflow && first.has_secret && !first.reported_failure);
    assert_eq!(first.ended_at.micros_since(first.started_at), 2_000_000);
    assert_eq!(
        (first.kind, fourth.kind),
        (crate::EventKind::DeclaresIntent, crate::EventKind::ActorIdentity)
    );
    let call = facts.calls[first.calls.range()][0];
    assert!(call.silent_failure && call.failed() && call.is_search);
    assert!(text(call.failure_text).unwrap().contains("offline"));
    let search = facts.searches[first.searches.range()][0];
    assert_eq!((text(search.tool), text(Some(search.query))), (Some("searchDocs"), Some("sso")));
    let note = |event: &EventFact| match event.note {
        Some(Note::Thinking(span)) => Some(("thinking", facts.note(span))),
        Some(Note::Names(span)) => Some(("names", facts.note(span))),
        None => None,
    };
    assert_eq!(note(second), Some(("thinking", "Let me look")));
    assert_eq!(note(third), Some(("names", "get issue issue id project id")));
    assert_eq!(text(fourth.identifier), Some("ann@a.example"));
    assert_eq!(
        (text(Some(fifth.kind_name)), fifth.is_work, note(fifth)),
        (Some("heartbeat"), false, None)
    );
}

#[test]
fn thinking_is_cut_at_a_character() {
    let raw = event_json(&json!({"metadata": {"agent_thinking": "ééééé"}}));
    let extractor = Extractor::new(Rules { analysed_chars: 3, ..Rules::default() });
    let mut facts = extractor.begin();
    extractor.add(&mut facts, &parse(&raw), raw.as_bytes(), place(0, &raw));
    assert_eq!(facts.notes, "ééé");
}

#[test]
fn the_order_of_parts_does_not_change_the_meaning() {
    let mut events = livemcp();
    events.truncate(300);
    events.extend(capture("typescript.raw.ndjson"));
    let whole = meaning(&Facts::merge_all(parts(&events, &[])));
    let mut split = parts(&events, &[7, 0, 100, 1, 60, 3]);
    assert_eq!(meaning(&Facts::merge_all(split.clone())), whole);
    split.reverse();
    assert_eq!(meaning(&Facts::merge_all(split)), whole);
    assert_eq!(whole.len(), events.len());
}

/// Events of few ids, servers and times, some of them equal.
fn crowded() -> impl Strategy<Value = Vec<String>> {
    let event = (0..3u8, 0..2u8, 0..2u8, 0..3u8).prop_map(|(id, server, second, ok)| {
        let server: Value = if server == 0 { Value::Null } else { json!("s") };
        event_json(&json!({"event_id": format!("e{id}"), "mcp_server_id": server, "actor_id": format!("a{ok}"),
            "started_at": format!("2026-01-01T00:00:0{second}Z"), "metadata": {"tool_name": "search_docs",
            "input_preview": format!("{{\"query\":\"{ok}\"}}")}}))
    });
    prop::collection::vec(event, 0..24)
}

proptest! {
    #[test]
    fn merging_is_a_commutative_monoid(events in crowded(), sizes in prop::collection::vec(0usize..6, 0..8)) {
        let whole = meaning(&Facts::merge_all(parts(&events, &[])));
        let mut split = parts(&events, &sizes);
        split.push(Facts::default());
        prop_assert_eq!(&meaning(&Facts::merge_all(split.clone())), &whole);
        split.reverse();
        let mut folded = Facts::default();
        split.into_iter().for_each(|part| folded.merge(part));
        prop_assert_eq!(&meaning(&folded), &whole);
    }

    #[test]
    fn the_smallest_of_an_identity_stays_in_any_order(events in crowded(), seed in any::<prop::sample::Index>()) {
        let mut expected: std::collections::BTreeMap<(String, String), (String, String)> = Default::default();
        for raw in &events {
            let value: Value = serde_json::from_str(raw).unwrap();
            let identity = (value["mcp_server_id"].to_string(), value["event_id"].to_string());
            let rank = (value["started_at"].to_string(), canonical_json(raw.as_bytes()).unwrap());
            let kept = expected.entry(identity).or_insert_with(|| rank.clone());
            *kept = rank.min(kept.clone());
        }
        let expected: std::collections::BTreeSet<String> = expected.into_values().map(|(_, json)| json).collect();
        let mut turned = events.clone();
        if !turned.is_empty() {
            let by = seed.index(turned.len());
            turned.rotate_left(by);
        }
        for events in [events, turned] {
            let mut facts = Facts::merge_all(parts(&events, &[3, 1, 4]));
            let fetch = |places: &[Place]| -> Result<Vec<Vec<u8>>, Infallible> {
                Ok(places.iter().map(|place| events[usize::try_from(place.offset).unwrap()].clone().into_bytes()).collect())
            };
            let dropped = facts.deduplicate(&fetch).unwrap();
            prop_assert_eq!(dropped as usize + facts.events.len(), events.len());
            let kept = facts.events.iter().map(|event| {
                canonical_json(events[usize::try_from(event.place.offset).unwrap()].as_bytes()).unwrap()
            });
            let kept: Vec<String> = kept.collect();
            prop_assert_eq!(kept.len(), expected.len());
            prop_assert_eq!(&kept.into_iter().collect::<std::collections::BTreeSet<_>>(), &expected);
        }
    }
}

#[test]
fn only_real_conflicts_are_fetched() {
    let first = event_json(&json!({"event_id": "same"}));
    let later =
        event_json(&json!({"event_id": "same", "started_at": "2026-01-01T00:00:00.000001Z"}));
    let other = event_json(&json!({"event_id": "other"}));
    let events = [first.clone(), later, first.clone(), other];
    let mut facts = Facts::merge_all(parts(&events, &[1, 1, 1, 1]));
    let dropped = facts.deduplicate(&|_| Err("nothing is to be fetched")).unwrap();
    assert_eq!((dropped, facts.events.len()), (2, 2));
    assert_eq!(facts.events[0].started_at, parse(&first).started_at);

    let conflict = event_json(&json!({"event_id": "same", "actor_id": "b"}));
    let mut facts = Facts::merge_all(parts(&[first, conflict], &[]));
    let before = meaning(&facts);
    assert_eq!(facts.deduplicate(&|places| Err(places.len())), Err(2));
    assert_eq!(meaning(&facts), before);
}
