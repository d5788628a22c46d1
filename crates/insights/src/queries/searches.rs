//! `GET /insights/searches` and `/insights/searches/{id}`.

use mcp_insights_api as api;
use mcp_insights_events::Timestamp;
use mcp_insights_kpis::Window;

use crate::engine::Engine;
use crate::error::Error;
use crate::measure::clusters::{ClusterFigures, measure};
use crate::measure::scope::Scope;
use crate::queries::related;
use crate::view;

const MOST_SAMPLE_SESSIONS: usize = 10;
const MOST_RELATED: usize = 5;

/// The list that a query asks for.
pub(crate) fn list(
    engine: &Engine,
    query: &api::SearchesQuery,
    now: Timestamp,
) -> Result<api::SearchList, Error> {
    let window = Window::new(query.range, now);
    let scope = Scope::new(engine.snapshot(), window, query.mcp_server_id.as_deref());
    let mut searches = listed(engine, &scope);
    let total = searches.len() as u64;
    searches.truncate(query.limit.get());
    Ok(api::SearchList { window, searches, total })
}

/// Every cluster that a list shows, in order: priority ↓, demand ↓, id.
pub(crate) fn listed(engine: &Engine, scope: &Scope) -> Vec<api::SearchCluster> {
    let figures = measure(engine.snapshot(), scope);
    let mut searches: Vec<api::SearchCluster> = (0_u32..)
        .zip(&figures)
        .filter(|(_, figures)| figures.cohort.is_listed())
        .filter_map(|(index, figures)| shown(engine, scope, index, figures))
        .filter(|search| search.state != api::SearchState::Dismissed)
        .collect();
    searches.sort_by(|left, right| {
        let priority = |search: &api::SearchCluster| search.suggested_gap.priority;
        priority(right)
            .total_cmp(&priority(left))
            .then_with(|| right.demand_count.cmp(&left.demand_count))
            .then_with(|| left.id.cmp(&right.id))
    });
    searches
}

/// A cluster of an index as the contract shows it.
pub(crate) fn shown(
    engine: &Engine,
    scope: &Scope,
    index: u32,
    figures: &ClusterFigures,
) -> Option<api::SearchCluster> {
    let cluster = engine.snapshot().clusters.get(index)?;
    Some(view::cluster::cluster(engine, scope, index, cluster, figures))
}

/// One cluster with its newest sessions and the topics related to it.
pub(crate) fn detail(
    engine: &Engine,
    id: &str,
    query: &api::WindowQuery,
    now: Timestamp,
) -> Result<api::SearchDetail, Error> {
    let not_found = || Error::NotFound { what: "search", id: id.to_owned() };
    let snapshot = engine.snapshot();
    let index = engine.find_cluster(id).ok_or_else(not_found)?;
    let window = Window::new(query.range, now);
    let scope = Scope::new(snapshot, window, query.mcp_server_id.as_deref());
    let all = measure(snapshot, &scope);
    let figures = all.get(index as usize).ok_or_else(not_found)?;
    let search = shown(engine, &scope, index, figures).ok_or_else(not_found)?;
    let newest = scope
        .sessions(snapshot)
        .rev()
        .filter(|(_, session)| snapshot.session_clusters(session).contains(&index));
    Ok(api::SearchDetail {
        window,
        search,
        sample_sessions: related::newest_first(engine, newest, MOST_SAMPLE_SESSIONS),
        related_topics: related::topics_of(engine, &scope, index, MOST_RELATED),
    })
}
