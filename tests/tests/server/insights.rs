//! The paths of the insights, asked and edited.

use mcp_insights_tests::contract;
use serde_json::{Value, json};

use crate::harness::{API, Running};

#[test]
fn every_path_answers_as_the_contract_says() {
    let running = Running::with_events();
    let (topic, search, session) = running.ids();
    let rows = [
        ("/insights/overview?range=90d".to_owned(), "Overview"),
        ("/insights/overview?mcp_server_id=shop&_cache=1".to_owned(), "Overview"),
        ("/insights/topics?range=90d&sort=trend&limit=5".to_owned(), "TopicList"),
        (format!("/insights/topics/{topic}?range=90d"), "TopicDetail"),
        ("/insights/searches?range=30d".to_owned(), "SearchList"),
        (format!("/insights/searches/{search}?range=90d"), "SearchDetail"),
        ("/insights/sessions?range=90d&view=flagged&sort=frustration".to_owned(), "SessionList"),
        (format!("/insights/sessions?topic={topic}"), "SessionList"),
        (format!("/insights/sessions/{session}/trace"), "Trace"),
    ];
    for (path, schema) in rows {
        for key in [&running.viewer, &running.editor] {
            running.get(key, &path).ok(schema);
        }
    }
    let overview = running.get(&running.viewer, "/insights/overview?range=90d").json();
    assert!(overview["kpis"]["sessions"]["value"].as_u64().unwrap() > 10);
}

#[test]
fn a_key_is_told_whose_it_is() {
    let running = Running::start();
    let org = running.get(&running.editor, "/org").ok("Org");
    assert_eq!(org["actor"]["role"], "editor");
    assert_eq!(org["actor"]["apiKeyName"], "editor");
    let id = org["actor"]["apiKeyId"].as_str().unwrap();
    assert!(running.editor.starts_with(&format!("amt_{id}_")));
}

#[test]
fn the_contract_health_and_metrics_need_no_key() {
    let running = Running::with_events();
    running.get(&running.viewer, "/insights/overview").ok("Overview");
    let openapi = running.send("GET", &format!("{API}/openapi"), &[], b"");
    assert_eq!(openapi.json(), contract::document());
    let health = running.send("GET", "/healthz", &[], b"");
    assert_eq!((health.status, health.body.as_str()), (200, "ok"));
    assert!(health.header("content-type").unwrap().starts_with("text/plain"));
    let metrics = running.send("GET", "/metrics", &[], b"");
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain"));
    for line in [
        "mcp_insights_ingest_batches_total 10",
        "mcp_insights_ingest_events_accepted_total 909",
        "mcp_insights_events 909",
        "mcp_insights_snapshot_age_seconds ",
        "mcp_insights_store_bytes{part=\"log\"} ",
        "mcp_insights_http_request_duration_seconds_count{endpoint=\"/api/armature/v1/insights/overview\",method=\"GET\"} 1",
        "mcp_insights_http_requests_total{endpoint=\"/api/mcp-analytics/ingest\",method=\"POST\",status=\"200\"} 10",
    ] {
        assert!(metrics.body.lines().any(|row| row.starts_with(line)), "{line}\n{}", metrics.body);
    }
}

#[test]
fn an_answer_that_a_client_has_is_not_sent_again() {
    let running = Running::with_events();
    let (topic, search, session) = running.ids();
    let paths = [
        "/insights/overview".to_owned(),
        "/insights/topics".to_owned(),
        format!("/insights/topics/{topic}"),
        "/insights/searches".to_owned(),
        format!("/insights/searches/{search}"),
        "/insights/sessions".to_owned(),
        format!("/insights/sessions/{session}/trace"),
    ];
    for path in paths {
        // The clock of queries may go on between the two.
        let again = (0..3).find_map(|_| {
            let first = running.get(&running.viewer, &path);
            let tag = first.header("etag").unwrap().to_owned();
            assert!(tag.starts_with('"') && first.status == 200, "{path}: {first:?}");
            let again = running.get_if_none_match(&path, &tag);
            (again.status == 304).then_some((again, tag))
        });
        let (again, tag) = again.unwrap();
        assert_eq!((again.body.as_str(), again.header("etag")), ("", Some(tag.as_str())));
        assert_eq!(running.get_if_none_match(&path, "\"another\"").status, 200);
    }
}

#[test]
fn what_was_just_sent_is_seen_in_the_next_answer() {
    let running = Running::start();
    let event = |id: usize| {
        json!({
            "event_id": format!("e{id}"), "kind": "tool_call", "ok": true,
            "session_id_hint": format!("conv-{id}"), "actor_id": "a",
            "started_at": mcp_insights_server::system_time().to_string(),
            "metadata": {"tool_name": "list_orders", "user_intent": "See my orders"},
        })
    };
    for id in 1..=5 {
        running.post_events(&[event(id)]).ok("IngestReport");
        let sessions = running.get(&running.viewer, "/insights/sessions").ok("SessionList");
        assert_eq!(sessions["total"], id, "{sessions}");
    }
}

#[test]
fn edits_need_an_editor_and_are_seen() {
    let running = Running::with_events();
    let (topic, search, _) = running.ids();
    let rows = [
        (format!("/insights/topics/{topic}"), json!({"label": "Renamed"}), "topic", "label"),
        (format!("/insights/searches/{search}"), json!({"note": "Soon"}), "search", "note"),
    ];
    for (path, patch, what, field) in rows {
        running.patch(&running.viewer, &path, &patch).error(403, "forbidden_role");
        running.patch(&running.ingest, &path, &patch).error(403, "forbidden_role");
        let edited = running.patch(&running.editor, &path, &patch);
        let schema = if what == "topic" { "TopicDetail" } else { "SearchDetail" };
        let found = |answer: &Value| answer.to_string().contains(patch[field].as_str().unwrap());
        assert!(found(&edited.ok(schema)));
        assert!(found(&running.get(&running.viewer, &path).ok(schema)));
    }
}
