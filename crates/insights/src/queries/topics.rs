//! `GET /insights/topics` and `/insights/topics/{id}`.

use std::cmp::{Ordering, Reverse};

use mcp_insights_api as api;
use mcp_insights_events::Timestamp;
use mcp_insights_kpis::Window;

use crate::engine::Engine;
use crate::error::Error;
use crate::measure::scope::Scope;
use crate::measure::topics::{AllTopics, TopicFigures, measure};
use crate::queries::related;
use crate::view;

const MOST_SAMPLE_SESSIONS: usize = 10;
const MOST_RELATED: usize = 10;
/// A topic's mean frustration is drawn to the overall mean as by so many sessions of it.
const SHRINKING_SESSIONS: u64 = 3;

/// The list that a query asks for.
pub(crate) fn list(
    engine: &Engine,
    query: &api::TopicsQuery,
    now: Timestamp,
) -> Result<api::TopicList, Error> {
    let snapshot = engine.snapshot();
    let window = Window::new(query.range, now);
    let scope = Scope::new(snapshot, window, query.mcp_server_id.as_deref());
    let all = measure(snapshot, &scope);
    let mut topics = listed(engine, &scope, &all, query.sort, query.include_archived);
    topics.retain(|topic| {
        query.unmet_demand.is_none_or(|unmet| topic.is_unmet_demand == unmet)
            && query.since.is_none_or(|since| topic.first_seen_at.is_some_and(|at| at >= since))
    });
    let total = topics.len() as u64;
    topics.truncate(query.limit.get());
    Ok(api::TopicList {
        window,
        topics,
        total,
        sessions: all.sessions,
        with_topic_sessions: all.with_topic,
        unclustered_sessions: all.sessions - all.with_topic - all.no_intent,
        no_intent_sessions: all.no_intent,
    })
}

/// Every topic that a list shows, in order.
pub(crate) fn listed(
    engine: &Engine,
    scope: &Scope,
    all: &AllTopics,
    sort: api::TopicSort,
    include_archived: bool,
) -> Vec<api::Topic> {
    let mut rows: Vec<(u32, &TopicFigures, api::Topic)> = (0_u32..)
        .zip(&all.topics)
        .filter(|(_, figures)| figures.cohort.is_listed())
        .filter_map(|(index, figures)| {
            Some((index, figures, shown(engine, scope, all, index, figures)?))
        })
        .filter(|(_, _, topic)| include_archived || !topic.archived)
        .collect();
    rows.sort_by(|(_, left, one), (_, right, other)| order(sort, all, (left, one), (right, other)));
    rows.into_iter().map(|(_, _, topic)| topic).collect()
}

fn order(
    sort: api::TopicSort,
    all: &AllTopics,
    left: (&TopicFigures, &api::Topic),
    right: (&TopicFigures, &api::Topic),
) -> Ordering {
    let count = |topic: &api::Topic| Reverse(topic.session_count);
    let by_count = count(left.1).cmp(&count(right.1));
    let score = |topic: &api::Topic| topic.trend.score.unwrap_or(0.0);
    let by_trend = score(right.1).total_cmp(&score(left.1));
    let by_id = left.1.id.cmp(&right.1.id);
    match sort {
        api::TopicSort::Volume => by_count.then(by_trend).then(by_id),
        api::TopicSort::Frustration => {
            shrunk_order(all, right.0, left.0).then(by_count).then(by_id)
        }
        api::TopicSort::Trend => by_trend.then(by_count).then(by_id),
    }
}

/// Compares `(sum + 3 · overall mean) / (sessions + 3)` of two topics, exactly.
fn shrunk_order(all: &AllTopics, left: &TopicFigures, right: &TopicFigures) -> Ordering {
    let sessions = u128::from(all.sessions.max(1));
    let sum = |figures: &TopicFigures| {
        u128::from(figures.cohort.frustration_sum()) * sessions
            + u128::from(SHRINKING_SESSIONS) * u128::from(all.frustration)
    };
    let weight = |figures: &TopicFigures| u128::from(figures.cohort.sessions + SHRINKING_SESSIONS);
    (sum(left) * weight(right)).cmp(&(sum(right) * weight(left)))
}

/// A topic of an index as the contract shows it.
pub(crate) fn shown(
    engine: &Engine,
    scope: &Scope,
    all: &AllTopics,
    index: u32,
    figures: &TopicFigures,
) -> Option<api::Topic> {
    let topic = engine.snapshot().topics.get(index)?;
    Some(view::topic::topic(engine, scope, index, topic, figures, all.sessions))
}

/// One topic with its newest sessions and the failed searches related to it.
pub(crate) fn detail(
    engine: &Engine,
    id: &str,
    query: &api::WindowQuery,
    now: Timestamp,
) -> Result<api::TopicDetail, Error> {
    let not_found = || Error::NotFound { what: "topic", id: id.to_owned() };
    let snapshot = engine.snapshot();
    let index = engine.find_topic(id).ok_or_else(not_found)?;
    let window = Window::new(query.range, now);
    let scope = Scope::new(snapshot, window, query.mcp_server_id.as_deref());
    let all = measure(snapshot, &scope);
    let figures = all.topics.get(index as usize).ok_or_else(not_found)?;
    let topic = shown(engine, &scope, &all, index, figures).ok_or_else(not_found)?;
    let newest = scope
        .sessions(snapshot)
        .rev()
        .filter(|(_, session)| snapshot.session_topics(session).contains(&index));
    Ok(api::TopicDetail {
        window,
        topic,
        sample_sessions: related::newest_first(engine, newest, MOST_SAMPLE_SESSIONS),
        related_failed_searches: related::clusters_of(engine, &scope, index, MOST_RELATED),
    })
}
