//! A session as the contract shows it.

use hashbrown::HashSet;
use mcp_insights_api as api;
use mcp_insights_sessions::{Flag, Flags, Session};

use crate::engine::Engine;
use crate::snapshot::rows;

/// At most so many tool names are listed.
const MOST_TOOLS: usize = 20;

/// Flags of a session, with those that depend on topics as they are marked now.
pub(crate) fn flags(engine: &Engine, session: &Session) -> Flags {
    let mut flags = session.flags;
    let snapshot = engine.snapshot();
    if snapshot.session_topics(session).iter().any(|topic| engine.is_unmet_demand(*topic)) {
        flags.insert(Flag::UnmetDemand);
    }
    flags
}

/// The session at an index of the snapshot.
pub(crate) fn session(engine: &Engine, index: u32, session: &Session) -> api::Session {
    let snapshot = engine.snapshot();
    let columns = &snapshot.sessions;
    let calls = rows(&columns.calls, &session.calls);
    let searches = rows(&columns.searches, &session.searches);
    let mut seen = HashSet::new();
    let tools = calls.iter().filter_map(|call| call.tool).filter(|tool| seen.insert(*tool));
    let identifier = columns.identifiers.get(&(session.server, session.actor)).copied();
    let turns = rows(&columns.turns, &session.turns);
    let repeat_of = snapshot.repeat_of.get(index as usize).flatten();
    api::Session {
        id: session.id.to_string(),
        mcp_server_id: snapshot.owned(session.server),
        session_key: session.key.to_string(),
        actor_id: snapshot.text(session.actor).to_owned(),
        actor_identifier: snapshot.owned(identifier),
        client_name: snapshot.owned(session.client_name),
        client_version: snapshot.owned(session.client_version),
        started_at: session.started_at,
        ended_at: session.ended_at,
        duration_ms: whole_millis(session.ended_at.micros_since(session.started_at)),
        raw_intent: snapshot.owned(turns.iter().find_map(|turn| turn.raw_intent)),
        intent_source: session.intent_source,
        topic_ids: snapshot
            .session_topics(session)
            .into_iter()
            .filter_map(|topic| engine.topic_id(topic))
            .collect(),
        event_count: session.event_count.into(),
        ok_count: session.ok_count.into(),
        error_count: session.error_count.into(),
        tool_call_count: calls.len() as u64,
        silent_failure_count: count(calls, |call| call.silent_failure),
        search_count: searches.len() as u64,
        failed_search_count: count(searches, |search| search.miss.is_some()),
        capability_request_count: session.requests.len() as u64,
        frustration: api::Frustration {
            score: score(session),
            level: session.frustration.level(),
            reasons: session.frustration.reasons.iter().collect(),
        },
        outcome: session.outcome,
        is_repeat: repeat_of.is_some(),
        repeat_of: repeat_of
            .and_then(|earlier| snapshot.session(earlier))
            .map(|earlier| earlier.id.to_string()),
        flags: flags(engine, session).iter().collect(),
        tools: tools.take(MOST_TOOLS).map(|tool| snapshot.text(tool).to_owned()).collect(),
    }
}

/// The frustration score as a number of 0..1.
pub(crate) fn score(session: &Session) -> f64 {
    f64::from(session.frustration.score) / 1e4
}

fn count<T>(rows: &[T], holds: impl Fn(&T) -> bool) -> u64 {
    rows.iter().filter(|row| holds(row)).count() as u64
}

/// Microseconds as whole milliseconds; a negative span is none.
fn whole_millis(micros: i64) -> u64 {
    u64::try_from(micros / 1000).unwrap_or(0)
}
