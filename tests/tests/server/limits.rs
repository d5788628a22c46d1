//! What a server bears, and how it stops.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use mcp_insights::api::Role;
use mcp_insights::{DocumentName, Limits, Settings, Storage as _};
use mcp_insights_server::keys::{Access, Keys};
use mcp_insights_server::{ServerOptions, system_time};

use crate::harness::{INGEST, Running, batch, gzip, recent_events};

const JSON: (&str, &str) = ("content-type", "application/json");

fn with_limits(limits: Limits) -> Running {
    Running::with(&Settings { limits, ..Settings::default() })
}

/// A request whose body does not come.
fn slow_request(running: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(running.address).unwrap();
    let head = format!(
        "POST {INGEST} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\n\
         content-length: 40\r\nconnection: close\r\n\r\n{{\"schema_version\":1,",
        running.ingest
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Until it is being worked on.
    std::thread::sleep(Duration::from_millis(500));
    stream
}

fn rest_of(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_body_has_a_largest_size_packed_and_unpacked() {
    let running = with_limits(Limits { body_bytes: 100_000, ..Limits::default() });
    let fits = batch(&recent_events()[..5]);
    assert!(fits.len() < 100_000);
    running.post(&running.ingest, &[JSON], &fits).ok("IngestReport");
    let large = vec![b' '; 5_000_000];
    running.post(&running.ingest, &[JSON], &large).error(413, "payload_too_large");
    let packed = gzip(&large);
    assert!(packed.len() < 100_000);
    let headers = [JSON, ("content-encoding", "gzip")];
    running.post(&running.ingest, &headers, &packed).error(413, "payload_too_large");
    // Also where nobody may send anything: the answer is seen, however much was on its way.
    running.post("amt_0_0", &[JSON], &large).error(401, "unauthenticated");
}

#[test]
fn a_key_may_ask_so_often_and_others_are_not_held_up() {
    let running = with_limits(Limits { requests_per_second: 2, ..Limits::default() });
    let refused =
        (0..20).map(|_| running.get(&running.viewer, "/org")).find(|reply| reply.status != 200);
    let refused = refused.unwrap();
    refused.error(429, "rate_limited");
    let seconds: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&seconds));
    running.get(&running.editor, "/org").ok("Org");
    std::thread::sleep(Duration::from_secs(seconds));
    running.get(&running.viewer, "/org").ok("Org");
}

#[test]
fn so_many_requests_are_worked_on_at_a_time() {
    let running = with_limits(Limits { concurrency: 1, ..Limits::default() });
    let slow = slow_request(&running);
    let refused = running.get(&running.viewer, "/org");
    refused.error(503, "unavailable");
    assert!(refused.header("retry-after").is_some());
    assert_eq!(running.send("GET", "/healthz", &[], b"").status, 200);
    drop(slow);
    let started = Instant::now();
    while running.get(&running.viewer, "/org").status != 200 {
        assert!(started.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn who_has_no_key_takes_nobody_a_place() {
    let running = with_limits(Limits { concurrency: 1, ..Limits::default() });
    let form = "content-type: application/x-www-form-urlencoded";
    let rows = [
        (INGEST, "content-type: application/json".to_owned(), "401"),
        (INGEST, format!("authorization: Bearer {}0", running.viewer), "401"),
        ("/sign-in", form.to_owned(), "503"),
        ("/sign-out", form.to_owned(), "503"),
    ];
    let started = Instant::now();
    let slow: Vec<_> = rows
        .iter()
        .map(|(path, header, _)| {
            let mut stream = TcpStream::connect(running.address).unwrap();
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: x\r\n{header}\r\ncontent-length: 40\r\n\r\nkey="
            );
            stream.write_all(head.as_bytes()).unwrap();
            stream
        })
        .collect();
    while started.elapsed() < Duration::from_millis(300) {
        running.get(&running.viewer, "/org").ok("Org");
    }
    // None of them is waited for, though each connection is one that could go on.
    for (stream, (path, header, status)) in slow.into_iter().zip(&rows) {
        let answer = rest_of(stream);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path} {header}: {answer}");
    }
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let metrics = running.send("GET", "/metrics", &[], b"").body;
    for (endpoint, status, count) in [(INGEST, 401, 2), ("/sign-in", 503, 1)] {
        let line = format!(
            "requests_total{{endpoint=\"{endpoint}\",method=\"POST\",status=\"{status}\"}} {count}\n"
        );
        assert!(metrics.contains(&line), "{line}: {metrics}");
    }
}

#[test]
fn a_request_may_take_so_long() {
    let running = with_limits(Limits { timeout_seconds: 1, ..Limits::default() });
    let answer = rest_of(slow_request(&running));
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("\"unavailable\"") && answer.to_lowercase().contains("retry-after"));
}

#[test]
fn who_sends_no_head_is_not_waited_for() {
    let options =
        ServerOptions { head_timeout: Duration::from_millis(300), ..ServerOptions::default() };
    let running = Running::with_options(&Settings::default(), options);
    let mut stream = TcpStream::connect(running.address).unwrap();
    stream.write_all(b"GET /healthz HTTP/1.1\r\nhost:").unwrap();
    let started = Instant::now();
    let _ = rest_of(stream);
    assert!(started.elapsed() < Duration::from_secs(10));
}

#[test]
fn a_revoked_key_opens_nothing_from_then_on() {
    let running = Running::start();
    running.get(&running.viewer, "/org").ok("Org");
    let document = running.storage.read_document(DocumentName::Keys).unwrap();
    let mut keys = Keys::from_document(document.as_deref()).unwrap();
    let id = keys.iter().find(|key| key.name == "viewer").unwrap().id.clone();
    keys.revoke(&id, system_time()).unwrap();
    let admin = keys.create(Access::Role(Role::Admin), "admin", system_time()).unwrap();
    running.storage.write_document(DocumentName::Keys, &keys.to_document()).unwrap();
    running.get(&running.viewer, "/org").error(401, "unauthenticated");
    running.get(&running.editor, "/org").ok("Org");
    running.get(&admin.key, "/org").ok("Org");
}

#[test]
fn analytics_can_be_switched_off_and_on_while_it_runs() {
    let running = Running::with_events();
    let status = |running: &Running| running.get(&running.viewer, "/insights/overview").status;
    running.set(|settings| settings.analytics = false, |running| status(running) == 403);
    running.get(&running.viewer, "/insights/overview").error(403, "feature_disabled");
    running.post_events(&[]).error(403, "feature_disabled");
    running.get(&running.viewer, "/org").ok("Org");
    running.set(|settings| settings.analytics = true, |running| status(running) == 200);
}

#[test]
fn old_events_are_dropped_and_texts_grouped_by_itself() {
    let options = ServerOptions { tick: Duration::from_millis(50), ..ServerOptions::default() };
    let running = Running::with_options(&Settings::default(), options);
    let mut events = recent_events();
    let old = mcp_insights::Timestamp::parse("2026-01-01T00:00:00Z").unwrap();
    events[0]["started_at"] = serde_json::Value::from(old.to_string());
    running.post_events(&events).ok("IngestReport");
    let topics = |running: &Running| {
        let topics = running.get(&running.viewer, "/insights/topics?range=90d").ok("TopicList");
        topics["topics"].as_array().unwrap().len()
    };
    let started = Instant::now();
    while topics(&running) == 0 {
        assert!(started.elapsed() < Duration::from_secs(30), "nothing was grouped");
        std::thread::sleep(Duration::from_millis(50));
    }
    let held = |running: &Running| running.engine.status().unwrap().events;
    assert_eq!(held(&running), events.len() as u64);
    running.set(
        |settings| settings.retention_days = Some(30),
        |running| held(running) == events.len() as u64 - 1,
    );
}

#[test]
fn what_was_begun_is_ended_before_it_stops() {
    let mut running = Running::start();
    let mut slow = slow_request(&running);
    running.stop();
    let started = Instant::now();
    while TcpStream::connect(running.address).is_ok() {
        assert!(started.elapsed() < Duration::from_secs(5), "it still listens");
        std::thread::sleep(Duration::from_millis(20));
    }
    slow.write_all(b"\"events\":[]}        ").unwrap();
    let answer = rest_of(slow);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"accepted\":0"), "{answer}");
    running.wait();
}

#[test]
fn stopping_takes_no_longer_than_it_may() {
    let options = ServerOptions { grace: Duration::from_millis(500), ..ServerOptions::default() };
    let mut running = Running::with_options(&Settings::default(), options);
    let _slow = slow_request(&running);
    let started = Instant::now();
    running.stop();
    running.wait();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}
