//! An independent reading of the definitions, in Python, must come to the same sessions and figures.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::process::Command;

use mcp_insights::api::{OverviewQuery, Range};
use mcp_insights::{Engine, ExportRange};
use mcp_insights_tests::fixtures::{CAPTURES, LIVEMCP, engine, now, path};
use serde_json::Value;

/// Quantiles come from a sketch of 1 % relative error; the reference gives exact ones.
const SKETCH_ERROR: f64 = 0.01;

/// Fields of a session that both give. The reference does not know the table of client names, nor topics.
const SESSION_FIELDS: &[&str] = &[
    "mcp_server_id",
    "actor_id",
    "actor_identifier",
    "client_version",
    "started_at",
    "ended_at",
    "duration_ms",
    "raw_intent",
    "intent_source",
    "event_count",
    "ok_count",
    "error_count",
    "tool_call_count",
    "silent_failure_count",
    "search_count",
    "failed_search_count",
    "capability_request_count",
    "frustration",
    "outcome",
    "tools",
];

/// KPIs that no rule over words decides.
const KPIS: &[&str] = &[
    "sessions",
    "actors",
    "tool_calls",
    "error_rate",
    "silent_failures",
    "silent_failure_rate",
    "searches",
    "failed_searches",
    "search_miss_rate",
    "success_rate",
    "capability_requests",
    "latency_p50_ms",
    "latency_p95_ms",
];

/// What the script says, or none where there is no Python to run it.
fn reference(fixture: &str, now: &str) -> Option<Value> {
    let script = path("../tests/reference/reference.py");
    let mut command = Command::new("python3");
    command.arg(script).arg(path(fixture)).args(["--range", "30d", "--now", now]);
    match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => panic!("python3 cannot be run: {error}"),
        Ok(output) => {
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            Some(serde_json::from_slice(&output.stdout).unwrap())
        }
    }
}

fn same(name: &str, ours: &Value, theirs: &Value) {
    if name.starts_with("latency") {
        let value = |kpi: &Value| kpi.get("value").unwrap_or(kpi).as_f64();
        match (value(ours), value(theirs)) {
            (Some(ours), Some(theirs)) => {
                // Half a millisecond is what rounding to whole ones may add.
                let most = theirs * SKETCH_ERROR + 0.5;
                assert!((ours - theirs).abs() <= most, "{name}: {ours} and {theirs}");
            }
            (ours, theirs) => assert_eq!(ours, theirs, "{name}"),
        }
    } else {
        assert_eq!(ours, theirs, "{name}");
    }
}

fn compare_overview(engine: &Engine, theirs: &Value) {
    let query = OverviewQuery { range: Range::Month, mcp_server_id: None };
    let ours = serde_json::to_value(engine.overview(&query, now(engine)).unwrap()).unwrap();
    for name in KPIS {
        same(name, &ours["kpis"][name], &theirs["overview"]["kpis"][name]);
    }
    assert_eq!(ours["coverage"], theirs["overview"]["coverage"]);
    let points = |overview: &Value| overview["trends"]["points"].as_array().unwrap().clone();
    let (ours, theirs) = (points(&ours), points(&theirs["overview"]));
    assert_eq!(ours.len(), theirs.len());
    for (ours, theirs) in ours.iter().zip(&theirs) {
        for (name, value) in theirs.as_object().unwrap() {
            // The level of a session may hinge on a word list.
            if name != "high_frustration_sessions" {
                same(name, &ours[name], value);
            }
        }
    }
}

fn compare_sessions(engine: &Engine, theirs: &Value) {
    let sessions = engine.export_sessions(ExportRange::All, now(engine), None);
    let ours: BTreeMap<String, Value> = sessions
        .map(|session| (session.session_key.clone(), serde_json::to_value(session).unwrap()))
        .collect();
    let theirs = theirs["sessions"].as_object().unwrap();
    assert!(ours.keys().eq(theirs.keys()), "other sessions");
    for (key, theirs) in theirs {
        let unsure = theirs["unsure"].as_array().unwrap();
        let hinges = |field: &str| {
            unsure.iter().filter_map(Value::as_str).any(|unsure| match unsure {
                "outcome" => field == "outcome",
                _ => field == "frustration",
            })
        };
        for field in SESSION_FIELDS.iter().filter(|field| !hinges(field)) {
            if let Some(value) = theirs.get(*field) {
                assert_eq!(&ours[key][field], value, "{field} of {key}");
            }
        }
        assert_eq!(own_flags(&ours[key]), own_flags(theirs), "flags of {key}");
        compare_turns(engine, &ours[key], theirs);
    }
}

/// The flags but for unmet demand, which follows from the outcome, or from topics that the reference does not know.
fn own_flags(session: &Value) -> Vec<&Value> {
    let flags = session["flags"].as_array().unwrap();
    flags.iter().filter(|flag| *flag != "unmet_demand").collect()
}

fn compare_turns(engine: &Engine, ours: &Value, theirs: &Value) {
    let trace = engine.trace(ours["id"].as_str().unwrap()).unwrap();
    let turns: Vec<Value> =
        trace.turns.iter().map(|turn| Value::from(turn.raw_intent.clone())).collect();
    let intents = |turns: &Value| -> Vec<Value> {
        turns
            .as_array()
            .unwrap()
            .iter()
            .map(|turn| turn.get("raw_intent").unwrap_or(turn).clone())
            .collect()
    };
    assert_eq!(turns, intents(&theirs["turns"]), "turns of {}", ours["session_key"]);
    let searches = theirs["searches"].as_array().unwrap();
    assert_eq!(trace.searches.len(), searches.len());
    for (search, theirs) in trace.searches.iter().zip(searches) {
        let search = serde_json::to_value(search).unwrap();
        for field in
            ["query", "source", "search_kind", "result_count", "failed", "miss_kind", "turn"]
        {
            // What a search that broke counted says nothing; the two may read it differently.
            if field == "result_count" && search["miss_kind"] == "error" {
                continue;
            }
            assert_eq!(
                search[field], theirs[field],
                "{field} of a search of {}",
                ours["session_key"]
            );
        }
    }
}

#[test]
fn the_reference_reads_the_fixtures_alike() {
    for fixture in CAPTURES.into_iter().chain([LIVEMCP]) {
        let engine = engine(&[fixture]);
        // The probes of the clients' doctor hold no event.
        let Some(now) = engine.default_now() else { continue };
        let Some(theirs) = reference(fixture, &now.to_string()) else {
            eprintln!("skipped: there is no python3 to run tests/reference/reference.py");
            return;
        };
        compare_overview(&engine, &theirs);
        compare_sessions(&engine, &theirs);
    }
}
