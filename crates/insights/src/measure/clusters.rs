//! Figures of every search cluster in a window.

use hashbrown::HashMap;
use mcp_insights_calls::MissKind;
use mcp_insights_events::TextId;
use mcp_insights_sessions::{Outcome, Session};

use crate::measure::cohort::Cohort;
use crate::measure::scope::Scope;
use crate::snapshot::{Snapshot, rows};

/// Figures of one search cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct ClusterFigures {
    /// Its sessions.
    pub(crate) cohort: Cohort,
    /// Searches that found nothing.
    pub(crate) searches: u64,
    /// Capability requests.
    pub(crate) requests: u64,
    /// Searches of this meaning that were abandoned.
    pub(crate) abandoned: u64,
    /// Exact texts with how often each was asked.
    pub(crate) queries: HashMap<TextId, u64>,
    /// Of its sessions, the ones that ended unmet or failed.
    pub(crate) gave_up: u64,
}

impl ClusterFigures {
    /// Searches that found nothing and capability requests.
    pub(crate) fn demand(&self) -> u64 {
        self.searches + self.requests
    }
}

/// Counts every cluster in one pass over the sessions of the scope; by cluster index.
pub(crate) fn measure(snapshot: &Snapshot, scope: &Scope) -> Vec<ClusterFigures> {
    let mut clusters = vec![ClusterFigures::default(); snapshot.clusters.len()];
    for (_, session) in scope.sessions(snapshot) {
        for cluster in snapshot.session_clusters(session) {
            if let Some(figures) = clusters.get_mut(cluster as usize) {
                figures.cohort.add(scope, session);
                let gave_up = matches!(session.outcome, Outcome::Unmet | Outcome::Failed);
                figures.gave_up += u64::from(gave_up);
            }
        }
        add_searches(snapshot, session, &mut clusters);
        add_requests(snapshot, session, &mut clusters);
    }
    for (_, session) in scope.previous_sessions(snapshot) {
        for cluster in snapshot.session_clusters(session) {
            if let Some(figures) = clusters.get_mut(cluster as usize) {
                figures.cohort.previous += 1;
            }
        }
    }
    clusters
}

fn add_searches(snapshot: &Snapshot, session: &Session, clusters: &mut [ClusterFigures]) {
    let searches = rows(&snapshot.sessions.searches, &session.searches);
    let of_search = rows(&snapshot.search_clusters, &session.searches);
    for (search, cluster) in searches.iter().zip(of_search) {
        let Some(figures) = cluster.and_then(|index| clusters.get_mut(index as usize)) else {
            continue;
        };
        if search.miss == Some(MissKind::NoResults) {
            figures.searches += 1;
            *figures.queries.entry(search.query).or_default() += 1;
        } else if search.abandoned {
            figures.abandoned += 1;
        }
    }
}

fn add_requests(snapshot: &Snapshot, session: &Session, clusters: &mut [ClusterFigures]) {
    let requests = rows(&snapshot.sessions.requests, &session.requests);
    let of_request = rows(&snapshot.request_clusters, &session.requests);
    for (request, cluster) in requests.iter().zip(of_request) {
        let Some(figures) = cluster.and_then(|index| clusters.get_mut(index as usize)) else {
            continue;
        };
        figures.requests += 1;
        if let Some(text) = request.text {
            *figures.queries.entry(text).or_default() += 1;
        }
    }
}
