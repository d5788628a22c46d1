//! A server that is killed or stopped at any moment loses nothing that it acknowledged.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Served, run, stdout};

/// Rounds without another wish; the environment variable asks for more.
const ROUNDS: u64 = 20;
const ROUNDS_VARIABLE: &str = "MCP_INSIGHTS_CRASH_ROUNDS";
const BATCH: u64 = 20;

fn batch(first: u64) -> String {
    let event = |number: u64| {
        json!({
            "event_id": format!("e{number}"), "kind": "tool_call", "ok": true,
            "session_id_hint": format!("conversation-{}", number / 7),
            "started_at": format!("2026-03-01T{:02}:{:02}:{:02}Z", number / 3600 % 24, number / 60 % 60, number % 60),
            "metadata": {"tool_name": "refund", "user_intent": format!("Refund order {number}")},
        })
    };
    let events: Vec<Value> = (first..first + BATCH).map(event).collect();
    json!({"schema_version": 1, "events": events}).to_string()
}

/// Posts a batch; true where it was acknowledged, false where the server was gone.
fn post(address: &str, key: &str, body: &str) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    write!(
        stream,
        "POST /api/mcp-analytics/ingest HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("\"schema_version\":1}"))
}

/// The ids of all events that a folder holds, each as often as it is there.
fn held(data: &Path) -> Vec<String> {
    let rows = stdout(&run(&["export", "calls"], data));
    let id = |row: &str| {
        let row: Value = serde_json::from_str(row).unwrap();
        row["event_id"].as_str().unwrap().to_owned()
    };
    let mut ids: Vec<String> = rows.lines().map(id).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let data = &folder.path().join("insights");
    let made =
        stdout(&run(&["keys", "create", "--ingest", "--mcp-server", "shop", "--json"], data));
    let made: Value = serde_json::from_str(&made).unwrap();
    let key = made["key"].as_str().unwrap().to_owned();
    let rounds = std::env::var(ROUNDS_VARIABLE).ok().and_then(|rounds| rounds.parse().ok());
    let mut acknowledged: BTreeSet<String> = BTreeSet::new();
    let (mut next, mut random) = (0, 0x9e37_79b9_7f4a_7c15_u64);
    for round in 0..rounds.unwrap_or(ROUNDS) {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let mut served = Served::start(data);
        let (address, key) = (served.address.clone(), key.clone());
        let sender = std::thread::spawn(move || {
            let mut taken = Vec::new();
            let mut first = next;
            loop {
                let is_taken = post(&address, &key, &batch(first)).unwrap_or(false);
                first += BATCH;
                if !is_taken {
                    return (first, taken);
                }
                taken.extend((first - BATCH..first).map(|number| format!("e{number}")));
            }
        });
        std::thread::sleep(Duration::from_millis(10 + (random >> 33) % 250));
        // One that stops leaves a checkpoint, which the next ones begin with.
        if round % 4 == 1 {
            served.stop();
            assert!(data.join("documents/checkpoint.bin").exists());
        } else {
            served.child.kill().unwrap();
            served.child.wait().unwrap();
        }
        let (first, taken) = sender.join().unwrap();
        next = first;
        acknowledged.extend(taken);

        let found = run(&["doctor"], data);
        assert!(found.status.success(), "round {round}: {found:?}");
        let held = held(data);
        let distinct: BTreeSet<String> = held.iter().cloned().collect();
        assert_eq!(distinct.len(), held.len(), "round {round}: an event is there twice");
        let lost: Vec<&String> = acknowledged.difference(&distinct).collect();
        assert!(lost.is_empty(), "round {round}: {lost:?}");
    }
    assert!(acknowledged.len() > 100, "{} events were acknowledged", acknowledged.len());
}
