//! Events of tests: by hand, and the real ones of `fixtures/`.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::Read;
use std::path::PathBuf;

use flate2::read::GzDecoder;
use mcp_insights_events::{Event, ReadSettings};
use serde_json::{Value, json};

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
