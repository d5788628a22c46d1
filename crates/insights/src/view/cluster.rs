//! A search cluster as the contract shows it.

use mcp_insights_api as api;
use mcp_insights_registry::State;
use mcp_insights_searches::{Cluster, Evidence, GapKind, Suggestion, suggest};

use crate::engine::Engine;
use crate::measure::clusters::ClusterFigures;
use crate::measure::scope::Scope;
use crate::view::topic::most_frequent;

const MOST_QUERIES: usize = 10;

/// A cluster with its figures.
pub(crate) fn cluster(
    engine: &Engine,
    scope: &Scope,
    index: u32,
    cluster: &Cluster,
    figures: &ClusterFigures,
) -> api::SearchCluster {
    let snapshot = engine.snapshot();
    let edits = engine.search_edits(&cluster.id);
    let trend = figures.cohort.trend(scope);
    let times = snapshot.cluster_times.get(index as usize);
    let evidence = Evidence {
        searches: figures.searches,
        requests: figures.requests,
        sessions: figures.cohort.sessions,
        actors: figures.cohort.actors(),
        gave_up: figures.gave_up,
        mean_frustration: figures.cohort.frustration(),
        trend_score: trend.score,
        used: snapshot.used_nearest.get(index as usize).copied().unwrap_or_default(),
    };
    api::SearchCluster {
        id: cluster.id.clone(),
        label: cluster.shown_label(&edits).to_owned(),
        search_kind: cluster.kind,
        state: state(edits.state),
        note: edits.note.clone(),
        edited_at: edits.edited_at,
        queries: most_frequent(snapshot, &figures.queries, MOST_QUERIES)
            .map(|(text, count)| api::QueryCount { text, count })
            .collect(),
        demand_count: figures.demand(),
        search_count: figures.searches,
        abandoned_count: figures.abandoned,
        capability_request_count: figures.requests,
        session_count: figures.cohort.sessions,
        actor_count: figures.cohort.actors(),
        frustration: figures.cohort.frustration(),
        trend,
        first_seen_at: times.map(|times| times.first),
        last_seen_at: times.map(|times| times.last),
        suggested_gap: gap(suggest(cluster, &evidence)),
    }
}

/// The state of the registry as the contract's.
pub(crate) fn state(state: State) -> api::SearchState {
    match state {
        State::Open => api::SearchState::Open,
        State::Planned => api::SearchState::Planned,
        State::Shipped => api::SearchState::Shipped,
        State::Dismissed => api::SearchState::Dismissed,
    }
}

fn gap(suggestion: Suggestion) -> api::SuggestedGap {
    let nearest = suggestion.nearest_tools.into_iter();
    api::SuggestedGap {
        kind: match suggestion.kind {
            GapKind::Missing => api::GapKind::Missing,
            GapKind::Undiscoverable => api::GapKind::Undiscoverable,
            GapKind::Content => api::GapKind::Content,
            GapKind::Unknown => api::GapKind::Unknown,
        },
        title: suggestion.title,
        suggested_name: suggestion.suggested_name,
        rationale: suggestion.rationale,
        confidence: suggestion.confidence,
        priority: suggestion.priority,
        missing_words: suggestion.missing_words,
        nearest_tools: nearest
            .map(|tool| api::NearestTool { tool_name: tool.tool_name, similarity: tool.similarity })
            .collect(),
    }
}
