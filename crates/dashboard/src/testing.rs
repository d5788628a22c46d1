//! What tests share: engines over the fixtures and over texts that attack, a viewer, and looking into pages.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use mcp_insights::{Engine, Fast, Input, Options, Registry, Timestamp, api};
use serde_json::{Value, json};

use crate::{Page, Rendered, Viewer, render};

/// A text that tries everything: markup, an attribute, a link, control letters, and a turn of the writing.
pub(crate) const ATTACK: &str = "</title><script>alert(1)</script><b onmouseover=alert(2)>\"'&amp; javascript:x\u{1b}[31m\u{202e}gpj";

/// An editor whose name attacks.
pub(crate) fn viewer() -> Viewer {
    viewer_as(api::Role::Editor)
}

/// Someone with a role.
pub(crate) fn viewer_as(role: api::Role) -> Viewer {
    Viewer { name: "ada <b>".to_owned(), role, csrf_token: "token-1".to_owned() }
}

/// The sessions of real agents, read once.
pub(crate) fn livemcp() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| read("livemcp/events.ndjson.gz"))
}

/// The posts of the SDKs, read once.
pub(crate) fn captures() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| read("captures"))
}

/// Events of which every text attacks, read once.
pub(crate) fn hostile() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| of_events(hostile_events()))
}

/// An engine over events.
pub(crate) fn of_events(events: Vec<Value>) -> Engine {
    Engine::from_events_with(events, &options(), Registry::default()).unwrap()
}

fn read(fixture: &str) -> Engine {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../fixtures", fixture].iter().collect();
    of_file(&path)
}

/// An engine over a file, from which traces are read again.
pub(crate) fn of_file(path: &Path) -> Engine {
    Engine::read(vec![Input::Path(path.to_owned())], &options(), Registry::default(), &|_| {})
        .unwrap()
}

fn options() -> Options {
    Options { embedder: Arc::new(Fast::new()), ..Options::default() }
}

fn hostile_events() -> Vec<Value> {
    let of_session = |session: u64| {
        let event = move |number: u64, kind: &str, more: Value| {
            let mut event = json!({
                "event_id": format!("{session}-{number}-{ATTACK}"), "kind": kind, "actor_id": ATTACK,
                "session_id_hint": format!("{ATTACK}-{session}"), "mcp_server_id": ATTACK,
                "started_at": format!("2026-03-0{}T09:00:0{number}Z", session + 1), "duration_ms": 40, "ok": true,
                ATTACK: ATTACK,
            });
            if let (Some(event), Value::Object(more)) = (event.as_object_mut(), more) {
                event.extend(more);
            }
            event
        };
        let metadata = json!({
            "tool_name": ATTACK, "user_intent": format!("refund the order {ATTACK}"), "agent_thinking": ATTACK,
            "input_preview": ATTACK, "user_frustration": "high", ATTACK: ATTACK,
        });
        let asks =
            json!({"capability_request": true, "input_preview": ATTACK, "tool_name": ATTACK});
        [
            event(
                0,
                "session_init",
                json!({"metadata": {"client_name": ATTACK, "client_version": ATTACK}}),
            ),
            event(
                0,
                "actor_identity",
                json!({"event_id": format!("{session}-id"), "metadata": {"identifier": ATTACK}}),
            ),
            event(1, "tool_call", json!({"metadata": metadata, "ok": false, "error": ATTACK})),
            event(
                2,
                "tool_call",
                json!({"metadata": metadata, "result_preview": format!("error: {ATTACK}")}),
            ),
            event(
                3,
                "execute_script",
                json!({
                    "metadata": {"user_intent": ATTACK}, "script_source": ATTACK, "result_preview": format!("{ATTACK}\n").repeat(30),
                    "calls": [{"name": ATTACK, "args": ATTACK, "ok": false, "error": ATTACK}],
                    "logs": [{"level": ATTACK, "message": ATTACK}],
                    "search_calls": [{"query": ATTACK, "result_count": 0}],
                }),
            ),
            event(4, "tool_call", json!({"metadata": asks})),
            event(5, ATTACK, json!({"metadata": {}})),
        ]
    };
    (0..3).flat_map(of_session).collect()
}

/// The end of the data.
pub(crate) fn now(engine: &Engine) -> Timestamp {
    engine.default_now().unwrap()
}

/// A page as an editor sees it at the end of the data, by its path and query as they stand in an address.
pub(crate) fn page(engine: &Engine, address: &str) -> Rendered {
    page_for(engine, address, &viewer())
}

/// A page as someone sees it.
pub(crate) fn page_for(engine: &Engine, address: &str, viewer: &Viewer) -> Rendered {
    let address = address.split('#').next().unwrap_or_default();
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    render(engine, Page::of_path(path).unwrap(), &pairs, viewer, now(engine))
}

/// What stands in `main`, an element a line.
pub(crate) fn main(html: &str) -> String {
    let start = html.find("<main").unwrap_or_default();
    let end = html.find("<footer").unwrap_or(html.len());
    html[start..end].replace("><", ">\n<")
}

/// The values of an attribute, in order, as a browser reads them.
pub(crate) fn values(html: &str, attribute: &str) -> Vec<String> {
    let marker = format!(" {attribute}=\"");
    html.split(&marker)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .map(|value| {
            value
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&amp;", "&")
        })
        .collect()
}

/// The addresses of the lists, and of every topic, cluster and session of 90 days.
pub(crate) fn addresses(engine: &Engine) -> Vec<String> {
    let mut all: Vec<String> = ["/", "/topics", "/searches", "/sessions"].map(str::to_owned).into();
    for list in ["/topics", "/searches", "/sessions"] {
        let html = page(engine, &format!("{list}?range=90d&limit=500")).html;
        let prefix = format!("{list}/");
        let links = values(&html, "href").into_iter().filter(|href| href.starts_with(&prefix));
        all.extend(links);
    }
    all.sort();
    all.dedup();
    all
}
