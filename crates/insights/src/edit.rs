//! Edits: the next registry over the same snapshot.

use mcp_insights_api as api;
use mcp_insights_events::Timestamp;
use mcp_insights_registry::{Change, SearchChange, State, TopicChange};

use crate::engine::Engine;
use crate::error::Error;

/// The engine after an edit of a topic.
pub(crate) fn topic(engine: &Engine, id: &str, patch: &api::TopicPatch) -> Result<Engine, Error> {
    let change = topic_change(patch)?;
    let index = engine
        .find_topic(id)
        .and_then(|index| engine.snapshot().topics.get(index))
        .ok_or_else(|| Error::NotFound { what: "topic", id: id.to_owned() })?;
    let mut registry = engine.registry().clone();
    registry.topics.edit(&index.id, change)?;
    Ok(engine.with_registry(registry))
}

/// The engine after an edit of a search cluster at a time.
pub(crate) fn search(
    engine: &Engine,
    id: &str,
    patch: &api::SearchPatch,
    now: Timestamp,
) -> Result<Engine, Error> {
    let change = search_change(patch)?;
    let cluster = engine
        .find_cluster(id)
        .and_then(|index| engine.snapshot().clusters.get(index))
        .ok_or_else(|| Error::NotFound { what: "search", id: id.to_owned() })?;
    let mut registry = engine.registry().clone();
    if let Some(entry) = engine.snapshot().clusters.entry_of_admitted(&cluster.id) {
        registry.searches.adopt(entry);
    }
    registry.searches.edit(&cluster.id, change, now)?;
    Ok(engine.with_registry(registry))
}

/// What a patch of a topic changes.
pub(crate) fn topic_change(patch: &api::TopicPatch) -> Result<TopicChange, Error> {
    let patch = patch.checked().map_err(Error::Validation)?;
    Ok(TopicChange {
        label: change(patch.label),
        is_unmet_demand: change(patch.is_unmet_demand),
        archived: patch.archived.map_or(Change::Keep, Change::Set),
    })
}

/// What a patch of a search cluster changes.
pub(crate) fn search_change(patch: &api::SearchPatch) -> Result<SearchChange, Error> {
    let patch = patch.checked().map_err(Error::Validation)?;
    Ok(SearchChange {
        label: change(patch.label),
        state: patch.state.map_or(Change::Keep, |value| Change::Set(state(value))),
        note: change(patch.note),
    })
}

/// Absent keeps a field, null gives it back, a value sets it.
fn change<T>(field: Option<Option<T>>) -> Change<T> {
    match field {
        None => Change::Keep,
        Some(None) => Change::Reset,
        Some(Some(value)) => Change::Set(value),
    }
}

fn state(state: api::SearchState) -> State {
    match state {
        api::SearchState::Open => State::Open,
        api::SearchState::Planned => State::Planned,
        api::SearchState::Shipped => State::Shipped,
        api::SearchState::Dismissed => State::Dismissed,
    }
}
