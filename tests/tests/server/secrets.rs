//! A marked secret, sent wherever something can be sent, appears nowhere.

use std::io::{self, Write};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::json;
use tracing_subscriber::fmt::MakeWriter;

use crate::harness::{API, INGEST, Running, gzip};

const MARK: &str = "zq9secretmark";

/// The log of all servers of this process.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[test]
fn a_secret_appears_in_no_log_metric_or_error() {
    let log = Log::default();
    tracing::subscriber::set_global_default(mcp_insights_server::subscriber(log.clone())).unwrap();
    let running = Running::with_events();
    let json_kind = ("content-type", "application/json");
    let mut replies = Vec::new();

    // As a key, in part or in whole, and beside one.
    for key in [MARK.to_owned(), format!("amt_{MARK}_{MARK}"), format!("{}{MARK}", running.viewer)]
    {
        replies.push(running.get(&key, "/insights/overview"));
        replies.push(running.post(&key, &[json_kind], b"{}"));
    }
    let scheme = format!("{MARK} {}", running.viewer);
    replies.push(running.send("GET", &format!("{API}/org"), &[("authorization", &scheme)], b""));

    // In headers.
    let authorization = format!("Bearer {}", running.ingest);
    for name in [
        "x-anything",
        "cookie",
        "user-agent",
        "content-type",
        "content-encoding",
        "if-none-match",
        "accept",
    ] {
        let headers = [("authorization", authorization.as_str()), json_kind, (name, MARK)];
        let headers =
            if name == "content-type" { &[headers[0], headers[2]][..] } else { &headers[..] };
        replies.push(running.send("POST", INGEST, headers, b"{}"));
        replies.push(running.send("GET", &format!("{API}/org"), headers, b""));
    }

    // In bodies: no JSON, no batch, no event, an event.
    let quoted = format!("\"{MARK}\"");
    let versions = format!(r#"{{"schema_version":"{MARK}","events":"{MARK}"}}"#);
    for body in [MARK, quoted.as_str(), versions.as_str(), &format!("{{\"{MARK}\":{MARK}}}")] {
        replies.push(running.post(&running.ingest, &[json_kind], body.as_bytes()));
        let packed = [json_kind, ("content-encoding", "gzip")];
        replies.push(running.post(&running.ingest, &packed, &gzip(body.as_bytes())));
        let authorization = format!("Bearer {}", running.editor);
        let headers = [("authorization", authorization.as_str()), json_kind];
        let path = format!("{API}/insights/topics/top_1");
        if !body.starts_with("{\"schema_version") {
            replies.push(running.send("PATCH", &path, &headers, body.as_bytes()));
        }
    }
    let good = json!({
        "event_id": "e1", "kind": "tool_call", "ok": false, "error": MARK, "actor_id": MARK,
        "started_at": mcp_insights_server::system_time().to_string(),
        "metadata": {"tool_name": MARK, "user_intent": MARK, "input_preview": MARK},
    });
    replies.push(running.post_events(&[good, json!({"kind": MARK}), json!(MARK)]));
    replies.push(running.patch(
        &running.editor,
        "/insights/topics/top_1",
        &json!({"label": [MARK]}),
    ));
    replies.push(running.patch(
        &running.editor,
        "/insights/searches/sch_1",
        &json!({"state": MARK}),
    ));

    // In forms and cookies of the dashboard.
    let form_kind = ("content-type", "application/x-www-form-urlencoded");
    for form in [format!("key={MARK}"), format!("key=amt_{MARK}_{MARK}"), format!("{MARK}={MARK}")]
    {
        for path in ["/sign-in", "/sign-out", "/topics/top_1"] {
            let headers = [form_kind, ("cookie", &format!("mcp_insights_session={MARK}"))];
            replies.push(running.send("POST", path, &headers, form.as_bytes()));
        }
    }

    // In methods, paths and queries, which an error may repeat to who sent them, but nothing else.
    running.send(&MARK.to_uppercase(), "/healthz", &[], b"");
    running.send("GET", &format!("/{MARK}?{MARK}={MARK}"), &[], b"");
    running.get(&running.viewer, &format!("/insights/topics/{MARK}"));
    running.get(&running.viewer, &format!("/insights/sessions?intent={MARK}&{MARK}=1"));
    running.get(&running.viewer, &format!("/insights/sessions?intent={MARK}"));

    for reply in &replies {
        let whole = format!("{reply:?}");
        assert!(!whole.to_lowercase().contains(MARK), "{whole}");
    }
    let metrics = running.send("GET", "/metrics", &[], b"").body.to_lowercase();
    assert!(metrics.contains("status=\"401\"") && !metrics.contains(MARK), "{metrics}");
    let (viewer, editor, ingest) =
        (running.viewer.clone(), running.editor.clone(), running.ingest.clone());
    drop(running);

    let log = String::from_utf8(log.0.lock().clone()).unwrap();
    assert!(!log.to_lowercase().contains(MARK), "{log}");
    let mut answered = 0;
    for line in log.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        answered += u64::from(line["message"] == "answered");
    }
    assert!(answered >= replies.len() as u64);
    for key in [viewer, editor, ingest] {
        let mut parts = key.splitn(3, '_').skip(1);
        let (id, secret) = (parts.next().unwrap(), parts.next().unwrap());
        assert!(log.contains(id) && !log.contains(secret));
    }
}
