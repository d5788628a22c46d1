//! Sentences that every page says alike.

use mcp_insights_api as api;
use serde::Serialize;

use crate::figures::{count, counted, minute, percent, score, span, words};

/// A word of the contract as people write it: `error_streak` becomes `error streak`.
pub fn word(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => words(&word),
        _ => String::new(),
    }
}

/// The window, in UTC.
pub fn window(window: &api::Window) -> String {
    format!(
        "{} to {} UTC ({})",
        minute(window.start),
        minute(window.end),
        span(window.start, window.end)
    )
}

/// What is compared with what.
pub fn comparison(overview: &api::Overview) -> String {
    let window = &overview.window;
    let before = span(window.previous_start, window.start);
    if overview.kpis.sessions.previous.is_some() {
        format!("compared with the {before} before")
    } else {
        format!(
            "the data does not reach back over the {before} before, so there is no change to show"
        )
    }
}

/// How much of the traffic the figures explain.
pub fn coverage(coverage: &api::Coverage) -> Vec<String> {
    let mut lines = vec![format!(
        "{} in the window · {} of sessions declare an intent · {} have a known outcome · {} of calls belong to a declared intent",
        counted(coverage.events, "event", "events"),
        percent(coverage.declared_intent_rate),
        percent(coverage.known_outcome_rate),
        percent(coverage.attributed_call_rate),
    )];
    if coverage.unknown_result_searches > 0 {
        lines.push(format!(
            "{} with a result that cannot be read: neither failed nor in the miss rate",
            counted(coverage.unknown_result_searches, "search", "searches")
        ));
    }
    if coverage.excluded_workflow_events > 0 {
        lines.push(format!(
            "{} of synthetic traffic left out",
            counted(coverage.excluded_workflow_events, "event", "events")
        ));
    }
    lines
}

/// How many topics, and what share of the sessions they explain.
pub fn topics(list: &api::TopicList) -> String {
    let mut parts = vec![first_of(list.topics.len() as u64, list.total, "by sessions")];
    parts.push(format!(
        "{} of {} sessions have one",
        count(list.with_topic_sessions),
        count(list.sessions)
    ));
    if list.unclustered_sessions > 0 {
        parts.push(format!("{} fit none", count(list.unclustered_sessions)));
    }
    if list.no_intent_sessions > 0 {
        parts.push(format!("{} show no intent", count(list.no_intent_sessions)));
    }
    parts.join(" · ")
}

/// How many clusters of failed searches.
pub fn searches(list: &api::SearchList) -> String {
    first_of(list.searches.len() as u64, list.total, "by priority")
}

fn first_of(shown: u64, total: u64, order: &str) -> String {
    if shown < total {
        format!("first {} of {} {order}", count(shown), count(total))
    } else {
        format!("{} {order}", count(total))
    }
}

/// What marks a topic.
pub fn topic_flags(topic: &api::Topic) -> Vec<String> {
    let mut flags = Vec::new();
    if topic.is_unmet_demand {
        flags.push("unmet demand".to_owned());
    }
    if topic.archived {
        flags.push("archived".to_owned());
    }
    flags
}

/// What a cluster of failed searches is made of.
pub fn demand(search: &api::SearchCluster) -> String {
    let mut parts = Vec::new();
    let mut add = |number: u64, one: &str, many: &str| {
        if number > 0 {
            parts.push(counted(number, one, many));
        }
    };
    add(search.search_count, "empty search", "empty searches");
    add(search.capability_request_count, "capability request", "capability requests");
    add(search.abandoned_count, "abandoned search", "abandoned searches");
    add(search.session_count, "session", "sessions");
    add(search.actor_count, "actor", "actors");
    if parts.is_empty() {
        return "nothing in this window".to_owned();
    }
    if let Some(frustration) = search.frustration {
        parts.push(format!("frustration {}", score(Some(frustration))));
    }
    parts.join(" · ")
}

/// The gap behind a cluster: its kind, title, and a name where one is suggested.
pub fn gap(gap: &api::SuggestedGap) -> String {
    let mut text = format!("{}: {}", word(&gap.kind), gap.title);
    if let Some(name) = &gap.suggested_name {
        text.push_str(&format!(" → {name}"));
    }
    if gap.confidence.is_some() {
        text.push_str(&format!(" ({} sure)", percent(gap.confidence)));
    }
    text
}

/// The state of a cluster; one that was shipped and is asked for again needs a look.
pub fn state(search: &api::SearchCluster) -> String {
    let asked_again = search.state == api::SearchState::Shipped
        && search.edited_at.is_some()
        && search.last_seen_at > search.edited_at;
    if asked_again { "shipped, but still searched for".to_owned() } else { word(&search.state) }
}

/// The client of a session, with its version where it is known.
pub fn client(session: &api::Session) -> String {
    match (&session.client_name, &session.client_version) {
        (Some(name), Some(version)) => format!("{name} {version}"),
        (Some(name), None) => name.clone(),
        _ => "unknown client".to_owned(),
    }
}

/// What happened in a session, in figures.
pub fn happenings(session: &api::Session) -> String {
    let mut parts = vec![counted(session.tool_call_count, "call", "calls")];
    let mut add = |number: u64, one: &str, many: &str| {
        if number > 0 {
            parts.push(counted(number, one, many));
        }
    };
    add(session.error_count, "error", "errors");
    add(session.silent_failure_count, "silent failure", "silent failures");
    add(session.failed_search_count, "failed search", "failed searches");
    add(session.capability_request_count, "capability request", "capability requests");
    parts.join(", ")
}

/// Why a session counts as frustrated.
pub fn reasons(session: &api::Session) -> String {
    let reasons: Vec<String> = session.frustration.reasons.iter().map(word).collect();
    reasons.join(", ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use api::Timestamp;
    use serde_json::json;

    use super::*;

    #[test]
    fn shipped_cluster_that_is_asked_for_again_says_so() {
        let mut search: api::SearchCluster = serde_json::from_value(json!({
            "id": "sch_1", "label": "refund", "search_kind": "discovery", "state": "open", "note": null, "edited_at": null,
            "queries": [], "demand_count": 1, "search_count": 1, "abandoned_count": 0, "capability_request_count": 0,
            "session_count": 1, "actor_count": 1, "frustration": 0.2,
            "trend": {"previous": null, "change_pct": null, "score": null, "sparkline": [1]},
            "first_seen_at": null, "last_seen_at": null,
            "suggested_gap": {
                "kind": "missing", "title": "Refund", "suggested_name": null, "rationale": "", "confidence": null,
                "priority": 0.4, "missing_words": [], "nearest_tools": [],
            },
        }))
        .unwrap();
        let at = |second: i64| Some(Timestamp::from_micros(second * 1_000_000));
        for (changed, edited, seen, said) in [
            (api::SearchState::Shipped, at(1), at(2), "shipped, but still searched for"),
            (api::SearchState::Shipped, at(2), at(1), "shipped"),
            (api::SearchState::Shipped, None, at(1), "shipped"),
            (api::SearchState::Planned, at(1), at(2), "planned"),
        ] {
            (search.state, search.edited_at, search.last_seen_at) = (changed, edited, seen);
            assert_eq!(state(&search), said);
        }
    }
}
