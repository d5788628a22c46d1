//! What topics and search clusters have in common: a set of sessions of the window, and how many there were before.

use hashbrown::HashSet;
use mcp_insights_events::TextId;
use mcp_insights_kpis::{Trend, mean_score, trend};
use mcp_insights_sessions::Session;

use crate::measure::scope::Scope;

/// The sessions of one topic or cluster in a window, counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cohort {
    /// Sessions in the window.
    pub(crate) sessions: u64,
    /// Sessions in the previous window.
    pub(crate) previous: u64,
    /// Sessions a bucket; empty where there are none.
    sparkline: Vec<u64>,
    actors: HashSet<TextId>,
    frustration: u64,
}

impl Cohort {
    /// Counts a session of the window.
    pub(crate) fn add(&mut self, scope: &Scope, session: &Session) {
        self.sessions += 1;
        self.frustration += u64::from(session.frustration.score);
        self.actors.insert(session.actor);
        self.sparkline.resize(scope.buckets.len(), 0);
        if let Some(count) = self.sparkline.get_mut(scope.bucket(session.started_at)) {
            *count += 1;
        }
    }

    /// Whether it has sessions in this window or the previous one.
    pub(crate) fn is_listed(&self) -> bool {
        self.sessions + self.previous > 0
    }

    /// Distinct actors of the sessions.
    pub(crate) fn actors(&self) -> u64 {
        self.actors.len() as u64
    }

    /// The sum of the sessions' frustration scores, in units of 1e-4.
    pub(crate) fn frustration_sum(&self) -> u64 {
        self.frustration
    }

    /// The mean frustration score; none without sessions.
    pub(crate) fn frustration(&self) -> Option<f64> {
        mean_score(self.frustration, self.sessions)
    }

    /// The trend of the session count.
    pub(crate) fn trend(&self, scope: &Scope) -> Trend {
        let mut sparkline = self.sparkline.clone();
        sparkline.resize(scope.buckets.len(), 0);
        trend(self.sessions, scope.has_previous.then_some(self.previous), sparkline)
    }
}
