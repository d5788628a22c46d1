//! Everything that an engine answers.

use mcp_insights::Engine;
use mcp_insights::api::{
    OverviewQuery, Range, SearchesQuery, SessionsQuery, TopicsQuery, WindowQuery,
};
use serde::Serialize;

use crate::fixtures::now;

/// What an engine answers to every query, and its registry, as bytes; the range holds all sessions of the fixtures.
///
/// # Panics
/// Where a query has no answer.
#[must_use]
#[expect(clippy::unwrap_used, reason = "a test without an answer has to fail")]
pub fn answers(engine: &Engine) -> String {
    let now = now(engine);
    let range = Range::Quarter;
    let mut bytes = String::new();
    let mut add = |json: String| {
        bytes.push_str(&json);
        bytes.push('\n');
    };
    add(json(&engine.overview(&OverviewQuery { range, mcp_server_id: None }, now).unwrap()));
    let topics = engine.topics(&TopicsQuery { range, ..TopicsQuery::default() }, now).unwrap();
    for topic in topics.topics.iter().take(3) {
        add(json(
            &engine.topic(&topic.id, &WindowQuery { range, mcp_server_id: None }, now).unwrap(),
        ));
    }
    add(json(&topics));
    let searches =
        engine.searches(&SearchesQuery { range, ..SearchesQuery::default() }, now).unwrap();
    for search in searches.searches.iter().take(3) {
        add(json(
            &engine.search(&search.id, &WindowQuery { range, mcp_server_id: None }, now).unwrap(),
        ));
    }
    add(json(&searches));
    let sessions =
        engine.sessions(&SessionsQuery { range, ..SessionsQuery::default() }, now).unwrap();
    for session in sessions.sessions.iter().take(3) {
        add(json(&engine.trace(&session.id).unwrap()));
    }
    add(json(&sessions));
    add(engine.registry().to_json());
    bytes
}

#[expect(clippy::unwrap_used, reason = "answers can always be written")]
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap()
}
