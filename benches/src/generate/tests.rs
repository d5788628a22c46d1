//! What a dump holds.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::*;

fn dump(settings: Settings) -> Vec<u8> {
    let mut out = Vec::new();
    Generator::new(settings).write(&mut out).unwrap();
    out
}

fn small() -> Settings {
    Settings { events: 2_000, distinct_intents: 60, seed: 4, ..Settings::default() }
}

fn events(dump: &[u8]) -> Vec<Value> {
    dump.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

#[test]
fn equal_seeds_give_equal_bytes() {
    assert_eq!(dump(small()), dump(small()));
    assert_ne!(dump(small()), dump(Settings { seed: 5, ..small() }));
}

#[test]
fn as_many_events_and_intents_as_asked_for() {
    let events = events(&dump(small()));
    assert_eq!(events.len(), 2_000);
    let intents: HashSet<String> = events
        .iter()
        .filter_map(|event| event["metadata"]["user_intent"].as_str())
        .filter(|text| !text.is_empty())
        .map(str::to_lowercase)
        .collect();
    assert_eq!(intents.len(), 60);
}

#[test]
fn the_mix_holds_everything_that_the_engine_must_cope_with() {
    let dump = dump(Settings { events: 6_000, ..small() });
    let events = events(&dump);
    let share = |holds: &dyn Fn(&Value) -> bool| {
        events.iter().filter(|event| holds(event)).count() as f64 / events.len() as f64
    };
    let ids: HashSet<&str> = events.iter().filter_map(|event| event["event_id"].as_str()).collect();
    for (what, found, low, high) in [
        ("tool calls", share(&|e| e["kind"] == "tool_call"), 0.75, 0.95),
        ("session inits", share(&|e| e["kind"] == "session_init"), 0.04, 0.2),
        ("identities", share(&|e| e["kind"] == "actor_identity"), 0.0005, 0.02),
        (
            "scripts",
            share(&|e| e["calls"].as_array().is_some_and(|calls| !calls.is_empty())),
            0.01,
            0.08,
        ),
        (
            "search_calls",
            share(&|e| e["search_calls"].as_array().is_some_and(|calls| !calls.is_empty())),
            0.01,
            0.15,
        ),
        ("errors", share(&|e| e["ok"] == false), 0.05, 0.3),
        (
            "capability requests",
            share(&|e| e["metadata"]["capability_request"] == true),
            0.001,
            0.05,
        ),
        (
            "declared frustration",
            share(&|e| e["metadata"]["user_frustration"].is_string()),
            0.02,
            0.3,
        ),
        (
            "no hint",
            share(&|e| e["kind"] == "tool_call" && e["session_id_hint"].is_null()),
            0.02,
            0.3,
        ),
        ("cut results", share(&|e| e["result_truncated"] == true), 0.0005, 0.05),
        ("synthetic", share(&|e| e["is_workflow"] == true), 0.0005, 0.06),
        ("duplicates", 1.0 - ids.len() as f64 / events.len() as f64, 0.0005, 0.03),
        (
            "empty searches",
            share(&|e| {
                e["result_preview"].as_str().is_some_and(|text| text.contains("\"total\":0"))
            }),
            0.005,
            0.15,
        ),
        (
            "far future",
            share(&|e| e["started_at"].as_str().is_some_and(|at| at.starts_with("2031-05-05"))),
            0.00016,
            0.00017,
        ),
    ] {
        assert!((low..=high).contains(&found), "{what}: {found}");
    }
    let mean = dump.len() / events.len();
    assert!((900..1_300).contains(&mean), "mean line of {mean} bytes");
}

#[test]
fn sessions_of_one_hint_hold_several_calls() {
    let events = events(&dump(small()));
    let mut sizes: HashMap<&str, u32> = HashMap::new();
    for event in events.iter().filter(|event| event["kind"] == "tool_call") {
        if let Some(hint) = event["session_id_hint"].as_str() {
            *sizes.entry(hint).or_default() += 1;
        }
    }
    let mean = f64::from(sizes.values().sum::<u32>()) / sizes.len() as f64;
    assert!((4.0..20.0).contains(&mean), "{mean} calls a session");
}

#[test]
fn malformed_lines_come_in_addition_and_are_no_json_events() {
    let dump = dump(Settings { malformed: 14, ..small() });
    let lines: Vec<&[u8]> =
        dump.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 2_014);
    let broken = lines.iter().filter(|line| serde_json::from_slice::<Value>(line).is_err()).count();
    assert_eq!(broken, 6);
}

#[test]
fn several_servers_are_named() {
    let events = events(&dump(Settings { servers: 3, ..small() }));
    let servers: HashSet<&str> =
        events.iter().filter_map(|event| event["mcp_server_id"].as_str()).collect();
    assert_eq!(servers.len(), 3);
}

#[test]
fn events_lie_in_the_days_asked_for() {
    let events = events(&dump(Settings { days: 3, ..small() }));
    let days: HashSet<&str> = events
        .iter()
        .filter_map(|event| event["started_at"].as_str())
        .map(|at| &at[..10])
        .collect();
    assert!(
        ["2026-06-28", "2026-06-29", "2026-06-30"].iter().all(|day| days.contains(day)),
        "{days:?}"
    );
}
