//! `serve`, `keys` and `settings` as a script meets them: one process serves, others change keys and settings beside it.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn command(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mcp-insights"));
    command.args(arguments).arg("--data").arg(data);
    command
}

fn run(arguments: &[&str], data: &Path) -> Output {
    command(arguments, data).output().unwrap()
}

#[track_caller]
fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_str(&stdout(output)).unwrap()
}

#[track_caller]
fn refused(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(2), "{output:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A server that is killed where it was not stopped.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(data: &Path) -> Self {
        let mut command = command(&["serve", "--listen", "127.0.0.1:0"], data);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut first).unwrap();
        let address = first.split("http://").nth(1).unwrap().split('/').next().unwrap().to_owned();
        Self { child, address }
    }

    /// The status and body of an answer.
    fn send(&self, head: &str, key: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(
            stream,
            "{head} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {key}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}",
            self.address
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    fn org(&self, key: &str) -> u16 {
        self.send("GET /api/armature/v1/org", key, "").0
    }

    /// Stops it as a supervisor does, and gives its log.
    #[cfg(unix)]
    fn stop(mut self) -> String {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let started = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < Duration::from_secs(30), "it does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
        assert!(self.child.wait().unwrap().success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

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
