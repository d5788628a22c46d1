//! `serve`, `keys` and `settings` as a script meets them: one process serves, others change keys and settings beside it.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Served, json, refused, run, stdout};

const LIVEMCP: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/livemcp/events.ndjson.gz");

#[cfg(unix)]
#[test]
fn keys_and_settings_change_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let data = &folder.path().join("insights");
    let early =
        json(&run(&["keys", "create", "--role", "viewer", "--name", "desk", "--json"], data));
    let served = Served::start(data);
    assert_eq!(served.org(early["key"].as_str().unwrap()), 200);

    let create = ["keys", "create", "--ingest", "--mcp-server", "shop", "--json"];
    let late = json(&run(&create, data));
    let key = late["key"].as_str().unwrap();
    assert!(key.starts_with(&format!("amt_{}_", late["id"].as_str().unwrap())));
    let event = r#"{"event_id":"e1","kind":"tool_call","started_at":"2026-03-01T09:00:00Z"}"#;
    let body = format!(r#"{{"schema_version":1,"events":[{event}]}}"#);
    let (status, report) = served.send("POST /api/mcp-analytics/ingest", key, &body);
    assert_eq!((status, report.contains("\"accepted\":1")), (200, true), "{report}");

    stdout(&run(&["keys", "revoke", early["id"].as_str().unwrap()], data));
    assert_eq!(served.org(early["key"].as_str().unwrap()), 401);

    stdout(&run(&["settings", "--set", "analytics=off"], data));
    let started = Instant::now();
    while served.send("POST /api/mcp-analytics/ingest", key, &body).0 != 403 {
        assert!(started.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(50));
    }

    let log = served.stop();
    for line in log.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert!(line["timestamp"].is_string() && line["level"].is_string(), "{line}");
    }
    assert!(log.contains("\"stopped\"") && !log.contains(key), "{log}");
    assert!(json(&run(&["doctor", "--json"], data)).as_array().unwrap().is_empty());
    let again = Served::start(data);
    let second = Command::new(env!("CARGO_BIN_EXE_mcp-insights"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(data)
        .output()
        .unwrap();
    assert!(refused(&second).contains(&format!("process {}", again.child.id())));
}

#[test]
fn documents_that_are_json_and_nothing_more_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let data = &folder.path().join("insights");
    stdout(&run(&["keys", "create", "--role", "viewer", "--json"], data));
    stdout(&run(&["import", LIVEMCP, "--encoder", "fast"], data));
    assert_eq!(stdout(&run(&["doctor"], data)), "everything in the folder is sound\n");
    for name in ["registry.json", "settings.json", "keys.json"] {
        let path = data.join("documents").join(name);
        let before = std::fs::read(&path).ok();
        std::fs::write(&path, r#"{"version":99}"#).unwrap();
        let output = run(&["doctor"], data);
        let said = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.lines().count() == 1 && said.contains(name), "{said}");
        match before {
            Some(before) => std::fs::write(&path, before).unwrap(),
            None => std::fs::remove_file(&path).unwrap(),
        }
    }
}

#[test]
fn a_log_that_was_removed_or_emptied_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let data = &folder.path().join("insights");
    stdout(&run(&["import", LIVEMCP, "--encoder", "fast"], data));
    let is_log = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "wal");
    let logs = std::fs::read_dir(data.join("log")).unwrap();
    let log = logs.map(|entry| entry.unwrap().path()).find(is_log).unwrap();
    let content = std::fs::read(&log).unwrap();
    std::fs::remove_file(&log).unwrap();
    for what in ["removed", "emptied"] {
        let output = run(&["doctor"], data);
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(
            said.contains("records that the checkpoint has seen are missing"),
            "{what}: {said}"
        );
        assert_eq!(output.status.code(), Some(1));
        std::fs::write(&log, "").unwrap();
    }
    std::fs::write(&log, content).unwrap();
    assert_eq!(stdout(&run(&["doctor"], data)), "everything in the folder is sound\n");
}

#[cfg(unix)]
#[test]
fn a_server_that_is_opening_answers_so_and_can_be_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let data = &folder.path().join("insights");
    Served::start(data).stop();
    // Opening waits for whoever is writing a document.
    let hold = || {
        std::fs::write(data.join("documents/keys.json.tmp"), "half").unwrap();
        let lock = std::fs::File::create(data.join("documents/keys.json.lock")).unwrap();
        lock.lock().unwrap();
        lock
    };
    let held = hold();
    let served = Served::listening(data);
    for path in ["/healthz", "/api/armature/v1/org", "/"] {
        let (status, body) = served.send(&format!("GET {path}"), "", "");
        assert_eq!((status, body.contains("\"unavailable\"")), (503, true), "{path}: {body}");
    }
    drop(held);
    let started = Instant::now();
    while served.send("GET /healthz", "", "").0 != 200 {
        assert!(started.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(20));
    }
    served.stop();

    let held = hold();
    let served = Served::listening(data);
    assert_eq!(served.send("GET /healthz", "", "").0, 503);
    served.stop();
    drop(held);
}

#[test]
fn a_key_is_shown_once_and_listed_without_its_secret() {
    let folder = tempfile::tempdir().unwrap();
    let data = &folder.path().join("insights");
    let shown = stdout(&run(&["keys", "create", "--role", "editor"], data));
    let key = shown.lines().next().unwrap();
    let mut parts = key.splitn(3, '_').skip(1);
    let (id, secret) = (parts.next().unwrap(), parts.next().unwrap());
    assert!(shown.contains(&format!("keys revoke {id} --data ")));
    let ingest = stdout(&run(&["keys", "create", "--ingest", "--mcp-server", "shop"], data));
    assert!(ingest.contains("ANALYTICS_INGEST_API_KEY"));
    let list = stdout(&run(&["keys", "list"], data));
    assert!(list.starts_with(&format!("{id}  editor ")) && list.contains("events of shop"));
    stdout(&run(&["keys", "revoke", id], data));
    let rows = json(&run(&["keys", "list", "--json"], data));
    assert_eq!((rows[0]["id"].as_str(), rows[0]["role"].as_str()), (Some(id), Some("editor")));
    assert!(rows[0]["revoked_at"].is_string() && rows[1]["revoked_at"].is_null());
    assert_eq!(rows[1]["mcp_server_id"], "shop");
    let kept = std::fs::read_to_string(data.join("documents/keys.json")).unwrap();
    for text in [list, rows.to_string(), kept] {
        assert!(!text.contains(secret));
    }
}

#[test]
fn settings_are_shown_and_set() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    let shown = stdout(&run(&["settings"], data));
    assert!(shown.lines().any(|line| line.split_whitespace().eq(["retention_days", "never"])));
    let set = ["settings", "--set", "retention_days=90", "--set", "limits.concurrency=8", "--json"];
    let settings = json(&run(&set, data));
    assert_eq!(
        (&settings["retention_days"], &settings["limits"]["concurrency"]),
        (&90.into(), &8.into())
    );
    assert_eq!(json(&run(&["settings", "--json"], data)), settings);
    let message = refused(&run(&["settings", "--set", "limits.concurrency=0"], data));
    assert!(message.contains("limits.concurrency must be a whole number from 1"), "{message}");
    let message = refused(&run(&["settings", "--set", "colour=red"], data));
    assert!(message.contains("there is no setting colour"), "{message}");
    assert_eq!(json(&run(&["settings", "--json"], data)), settings);
}

#[test]
fn what_cannot_be_done_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path();
    for arguments in [
        &["keys", "create"][..],
        &["keys", "create", "--ingest"],
        &["keys", "create", "--role", "king"],
        &["keys", "create", "--role", "viewer", "--ingest", "--mcp-server", "shop"],
        &["keys", "create", "--role", "viewer", "--mcp-server", "shop"],
        &["settings", "--set", "retention_days"],
        &["serve", "--listen", "here"],
    ] {
        refused(&run(arguments, data));
    }
    let message = refused(&run(&["keys", "revoke", "0"], data));
    assert!(message.contains("there is no key 0"), "{message}");
    let missing = data.join("nothing");
    assert!(refused(&run(&["keys", "list"], &missing)).contains("nothing"));
    refused(&run(&["keys", "revoke", "0"], &missing));
    assert!(!missing.exists());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let message = refused(&run(&["serve", "--listen", &address], data));
    assert!(message.contains("cannot listen on") && message.contains("--listen"), "{message}");
    std::fs::write(data.join("documents/settings.json"), "{").unwrap();
    let message = refused(&run(&["serve", "--listen", "127.0.0.1:0"], data));
    assert!(message.contains("settings.json"), "{message}");
}
