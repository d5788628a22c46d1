//! Topics and search clusters meet: by the sessions that they share, and by meaning.

use std::cmp::Reverse;

use mcp_insights_api as api;
use mcp_insights_sessions::Session;

use crate::engine::Engine;
use crate::measure::scope::Scope;
use crate::measure::{clusters, topics};
use crate::queries;
use crate::view;

/// Sessions as the contract shows them: newest first, ties by id. They come with descending starts.
pub(crate) fn newest_first<'a>(
    engine: &Engine,
    sessions: impl Iterator<Item = (u32, &'a Session)>,
    most: usize,
) -> Vec<api::Session> {
    let mut newest: Vec<(u32, &Session)> = Vec::new();
    for (index, session) in sessions {
        // Ids of one instant come in descending order, so that all of the last instant are needed.
        let tied = newest.last().is_some_and(|(_, last)| last.started_at == session.started_at);
        if newest.len() >= most && !tied {
            break;
        }
        newest.push((index, session));
    }
    newest.sort_by_key(|(_, session)| (Reverse(session.started_at), &*session.id));
    newest.truncate(most);
    newest
        .into_iter()
        .map(|(index, session)| view::session::session(engine, index, session))
        .collect()
}

/// The failed searches related to a topic: sessions shared in the window ↓, similarity ↓, id.
pub(crate) fn clusters_of(
    engine: &Engine,
    scope: &Scope,
    topic: u32,
    most: usize,
) -> Vec<api::SearchCluster> {
    let snapshot = engine.snapshot();
    let Some(center) = snapshot.topics.get(topic).map(|topic| &topic.centroid) else {
        return Vec::new();
    };
    let figures = clusters::measure(snapshot, scope);
    let mut shared = vec![0_u64; figures.len()];
    for (_, session) in scope.sessions(snapshot) {
        if snapshot.session_topics(session).contains(&topic) {
            count(&mut shared, &snapshot.session_clusters(session));
        }
    }
    let candidates =
        (0_u32..).zip(&figures).zip(shared).filter_map(|((index, figures), shared)| {
            let similarity = snapshot.clusters.get(index)?.similarity(center);
            let shown = figures.cohort.is_listed() && is_related(engine, shared, similarity);
            let cluster =
                shown.then(|| queries::searches::shown(engine, scope, index, figures))??;
            let visible = cluster.state != api::SearchState::Dismissed;
            visible.then_some((shared, similarity, cluster))
        });
    nearest(candidates.collect(), |cluster: &api::SearchCluster| &cluster.id, most)
}

/// The topics related to a search cluster: sessions shared in the window ↓, similarity ↓, id.
pub(crate) fn topics_of(
    engine: &Engine,
    scope: &Scope,
    cluster: u32,
    most: usize,
) -> Vec<api::Topic> {
    let snapshot = engine.snapshot();
    let Some(center) = snapshot.clusters.get(cluster).map(|cluster| &cluster.centroid) else {
        return Vec::new();
    };
    let all = topics::measure(snapshot, scope);
    let mut shared = vec![0_u64; all.topics.len()];
    for (_, session) in scope.sessions(snapshot) {
        if snapshot.session_clusters(session).contains(&cluster) {
            count(&mut shared, &snapshot.session_topics(session));
        }
    }
    let figures = (0_u32..).zip(&all.topics);
    let candidates = figures.zip(shared).filter_map(|((index, figures), shared)| {
        let similarity = snapshot.topics.get(index)?.similarity(center);
        let shown = figures.cohort.is_listed() && is_related(engine, shared, similarity);
        let topic =
            shown.then(|| queries::topics::shown(engine, scope, &all, index, figures))??;
        (!topic.archived).then_some((shared, similarity, topic))
    });
    nearest(candidates.collect(), |topic: &api::Topic| &topic.id, most)
}

/// Related are a topic and a cluster that share a session or a meaning.
fn is_related(engine: &Engine, shared: u64, similarity: f64) -> bool {
    shared > 0 || similarity >= engine.snapshot().options.searches.same_meaning
}

fn count(counts: &mut [u64], indices: &[u32]) {
    for index in indices {
        if let Some(count) = counts.get_mut(*index as usize) {
            *count += 1;
        }
    }
}

fn nearest<T>(mut found: Vec<(u64, f64, T)>, id: impl Fn(&T) -> &String, most: usize) -> Vec<T> {
    found.sort_by(|left, right| {
        (right.0.cmp(&left.0))
            .then_with(|| right.1.total_cmp(&left.1))
            .then_with(|| id(&left.2).cmp(id(&right.2)))
    });
    found.into_iter().take(most).map(|(_, _, row)| row).collect()
}
