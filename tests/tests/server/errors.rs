//! Every error of the contract.

use serde_json::json;

use crate::harness::{API, INGEST, Running};

#[test]
fn requests_without_a_right_key_are_refused() {
    let running = Running::start();
    let wrong = format!("{}0", running.viewer);
    let keys = ["", "amt_", "hello", wrong.as_str(), "amt_0011223344556677_00", &"x".repeat(5000)];
    let paths = [
        ("GET", format!("{API}/org")),
        ("GET", format!("{API}/insights/overview")),
        ("GET", format!("{API}/insights/sessions/ses_1/trace")),
        ("PATCH", format!("{API}/insights/topics/top_1")),
        ("POST", INGEST.to_owned()),
    ];
    for (method, path) in &paths {
        for key in keys {
            let authorization = format!("Bearer {key}");
            let reply = running.send(method, path, &[("authorization", &authorization)], b"{}");
            reply.error(401, "unauthenticated");
            assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        }
        running.send(method, path, &[], b"{}").error(401, "unauthenticated");
    }
    running.get(&running.ingest, "/org").error(401, "unauthenticated");
}

#[test]
fn each_kind_of_key_is_for_its_own_paths() {
    let running = Running::start();
    running.get(&running.ingest, "/insights/overview").error(403, "forbidden_role");
    for key in [&running.viewer, &running.editor] {
        let reply = running.post(key, &[("content-type", "application/json")], b"{}");
        reply.error(403, "forbidden_role");
    }
}

#[test]
fn wrong_queries_are_told_field_by_field() {
    let running = Running::start();
    let rows: [(&str, &[&str]); 9] = [
        ("/org?range=7d", &["range"]),
        ("/openapi?x=1", &["x"]),
        ("/insights/overview?range=8d&sort=volume", &["range", "sort"]),
        ("/insights/topics?limit=0&since=yesterday", &["limit", "since"]),
        ("/insights/topics/top_1?limit=1", &["limit"]),
        ("/insights/searches?range=7d&range=7d", &["range"]),
        ("/insights/sessions?cursor=nonsense", &["cursor"]),
        ("/insights/sessions?intent=%ff", &["intent"]),
        ("/insights/sessions/ses_1/trace?range=7d", &["range"]),
    ];
    for (path, fields) in rows {
        let error = running.get(&running.viewer, path).error(400, "validation_failed");
        let told: Vec<&str> = error["error"]["details"]["fieldErrors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(told, fields, "{path}");
    }
    running.get(&running.viewer, "/insights/topics/%ff").error(400, "validation_failed");
}

#[test]
fn wrong_bodies_are_told() {
    let running = Running::with_events();
    let (topic, ..) = running.ids();
    let path = format!("/insights/topics/{topic}");
    for patch in [json!({}), json!([]), json!({"label": ""}), json!({"colour": "red"})] {
        running.patch(&running.editor, &path, &patch).error(400, "validation_failed");
    }
    let patch = json!({"archived": true});
    running
        .patch(&running.editor, &format!("{path}?range=7d"), &patch)
        .error(400, "validation_failed");
    let json_kind = ("content-type", "application/json");
    for body in ["", "{", "[]", "\"text\"", "{}", r#"{"schema_version":1,"events":{}}"#] {
        running
            .post(&running.ingest, &[json_kind], body.as_bytes())
            .error(400, "validation_failed");
    }
    let packed = [json_kind, ("content-encoding", "gzip")];
    running.post(&running.ingest, &packed, b"no gzip").error(400, "validation_failed");
}

#[test]
fn unknown_ids_and_paths_are_not_found() {
    let running = Running::with_events();
    for path in [
        "/insights/topics/top_0",
        "/insights/searches/sch_0",
        "/insights/sessions/ses_0/trace",
        "/insights",
        "/nothing",
        "/insights/topics/a/b",
    ] {
        running.get(&running.viewer, path).error(404, "not_found");
    }
    running.send("GET", "/nothing", &[], b"").error(404, "not_found");
    let patch = json!({"archived": true});
    running.patch(&running.editor, "/insights/topics/top_0", &patch).error(404, "not_found");
    let patch = json!({"note": "x"});
    running.patch(&running.editor, "/insights/searches/sch_0", &patch).error(404, "not_found");
}

#[test]
fn another_method_is_told_which_there_are() {
    let running = Running::start();
    let rows = [
        ("POST", format!("{API}/insights/overview"), "GET,HEAD"),
        ("DELETE", format!("{API}/insights/topics/top_1"), "GET,HEAD,PATCH"),
        ("PUT", format!("{API}/org"), "GET,HEAD"),
        ("OPTIONS", format!("{API}/openapi"), "GET,HEAD"),
        ("GET", INGEST.to_owned(), "POST"),
        ("POST", "/healthz".to_owned(), "GET,HEAD"),
        ("PATCH", "/metrics".to_owned(), "GET,HEAD"),
        ("BREW", "/metrics".to_owned(), "GET,HEAD"),
    ];
    for (method, path, allowed) in rows {
        let reply = running.send(method, &path, &[], b"");
        reply.error(405, "method_not_allowed");
        let mut methods: Vec<&str> =
            reply.header("allow").unwrap().split(',').map(str::trim).collect();
        methods.sort_unstable();
        assert_eq!(methods.join(","), allowed, "{method} {path}");
    }
    let head = running.send("HEAD", "/healthz", &[], b"");
    assert_eq!((head.status, head.body.as_str()), (200, ""));
}

#[test]
fn a_body_must_say_that_it_is_json() {
    let running = Running::start();
    for kind in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
        let headers: Vec<(&str, &str)> = kind.iter().map(|kind| ("content-type", *kind)).collect();
        running.post(&running.ingest, &headers, b"{}").error(415, "unsupported_media_type");
        let authorization = format!("Bearer {}", running.editor);
        let mut headers = headers;
        headers.push(("authorization", &authorization));
        let path = format!("{API}/insights/topics/top_1");
        running.send("PATCH", &path, &headers, b"{}").error(415, "unsupported_media_type");
    }
    let packed = [("content-type", "application/json"), ("content-encoding", "br")];
    running.post(&running.ingest, &packed, b"{}").error(415, "unsupported_media_type");
}
