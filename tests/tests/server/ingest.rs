//! Events, as the SDKs send them.

use mcp_insights_tests::fixtures::{CAPTURES, lines};
use serde_json::{Value, json};

use crate::harness::{Running, batch, gzip, recent_events};

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn batches_are_taken_in_as_the_sdks_send_them() {
    let running = Running::start();
    let mut accepted = 0;
    for line in CAPTURES.iter().flat_map(|capture| lines(capture)) {
        let post: Value = serde_json::from_str(&line).unwrap();
        let headers: Vec<(&str, &str)> = post["headers"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
            .collect();
        let body = serde_json::to_vec(&post["body"]).unwrap();
        let report = running.post(&running.ingest, &headers, &body).ok("IngestReport");
        let sent = post["body"]["events"].as_array().unwrap().len() as u64;
        assert_eq!(report["accepted"].as_u64(), Some(sent));
        assert_eq!(report["rejected"], json!([]));
        accepted += sent - report["duplicate_count"].as_u64().unwrap();
    }
    assert!(accepted > 100);
    assert_eq!(running.engine.snapshot().read_report().accepted, accepted);
}

#[test]
fn an_empty_batch_is_an_answer_with_zeros() {
    let running = Running::start();
    let report = running.post_events(&[]).ok("IngestReport");
    let zeros = json!({"accepted": 0, "rejected": [], "duplicate_count": 0, "schema_version": 1});
    assert_eq!(report, zeros);
}

#[test]
fn a_packed_batch_is_taken_in() {
    let running = Running::start();
    let events = recent_events();
    let packed = gzip(&batch(&events));
    let headers = [JSON, ("content-encoding", "gzip")];
    let report = running.post(&running.ingest, &headers, &packed).ok("IngestReport");
    assert_eq!(report["accepted"].as_u64(), Some(events.len() as u64));
}

#[test]
fn a_bad_event_is_told_and_takes_no_good_one_with_it() {
    let running = Running::start();
    let mut events = recent_events();
    events.truncate(2);
    events.insert(1, json!({"event_id": "bad", "kind": "tool_call"}));
    events.push(json!(7));
    let report = running.post_events(&events).ok("IngestReport");
    assert_eq!(report["accepted"], 2);
    let rejected = json!([
        {"event_id": "bad", "reason": "missing_field"},
        {"event_id": null, "reason": "not_an_event"},
    ]);
    assert_eq!(report["rejected"], rejected);
    let metrics = running.send("GET", "/metrics", &[], b"").body;
    for reason in ["missing_field", "not_an_event"] {
        let line = format!("mcp_insights_ingest_events_rejected_total{{reason=\"{reason}\"}} 1");
        assert!(metrics.contains(&line), "{metrics}");
    }
}

#[test]
fn events_are_written_to_the_server_of_the_key() {
    let running = Running::start();
    let mut event = recent_events().pop().unwrap();
    event["mcp_server_id"] = Value::from("another");
    running.post_events(&[event]).ok("IngestReport");
    let sessions = running.get(&running.viewer, "/insights/sessions").ok("SessionList");
    assert_eq!(sessions["sessions"][0]["mcp_server_id"], "shop");
}
