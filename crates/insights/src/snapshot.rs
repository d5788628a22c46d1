//! What an engine knows: sessions, topics and search clusters of one set of events. It never changes.

use std::sync::Arc;

use mcp_insights_calls::MissKind;
use mcp_insights_events::{SharedMap, Sources, TextId, Timestamp};
use mcp_insights_searches::{Cluster, Clusters};
use mcp_insights_sessions::{Column, Session, Sessions, session_number};
use mcp_insights_topics::Topics;

use crate::build::Account;
use crate::cells::Cells;
use crate::options::Options;

/// The computed state that every query reads. Clones are cheap.
#[derive(Clone)]
pub(crate) struct Snapshot {
    /// Sessions, with everything that happened in them.
    pub(crate) sessions: Sessions,
    /// For each session the one that it repeats, by row. That one may have been replaced since, by one with its id.
    pub(crate) repeat_of: Cells<Option<u32>>,
    /// Topics found, and those only registered.
    pub(crate) topics: Arc<Topics>,
    /// When each topic was first and last seen, ever.
    pub(crate) topic_times: Vec<Times>,
    /// For each turn the topic that it belongs to.
    pub(crate) turn_topics: Column<Option<u32>>,
    /// How the sessions of each topic ended, over all time.
    pub(crate) topic_endings: Vec<Endings>,
    /// Clusters of failed searches found, and those only registered.
    pub(crate) clusters: Arc<Clusters>,
    /// When each cluster was first and last seen, ever.
    pub(crate) cluster_times: Vec<Times>,
    /// For each cluster the share of its sessions that called its nearest tool with success after they had asked.
    pub(crate) used_nearest: Arc<Vec<f64>>,
    /// For each search the cluster that it is in (a miss), or whose meaning it shares (abandoned).
    pub(crate) search_clusters: Column<Option<u32>>,
    /// For each capability request its cluster.
    pub(crate) request_clusters: Column<Option<u32>>,
    /// What the reading gave.
    pub(crate) account: Account,
    /// Where traces are read from.
    pub(crate) sources: Arc<Sources>,
    /// How it was made.
    pub(crate) options: Arc<Options>,
    /// Rows of sessions by the numbers in their ids. A row may have been replaced by none.
    pub(crate) ids: SharedMap<u128, u32>,
}

/// When something was first and last seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Times {
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

/// How the sessions of a topic ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Endings {
    /// Sessions whose outcome is known.
    pub(crate) known: u64,
    /// Of these, the ones that ended unmet or failed.
    pub(crate) unmet_or_failed: u64,
}

/// When each cluster was first and last seen, ever.
pub(crate) fn cluster_times(clusters: &Clusters) -> Vec<Times> {
    let times = |cluster: &Cluster| Times { first: cluster.first_seen, last: cluster.last_seen };
    clusters.iter().map(times).collect()
}

/// The rows of all sessions by the numbers in their ids.
pub(crate) fn by_id(sessions: &Sessions) -> SharedMap<u128, u32> {
    let numbered = sessions.numbered();
    let ids = numbered.filter_map(|(row, session)| Some((session_number(&session.id)?, row)));
    ids.collect()
}

impl Snapshot {
    /// The row of a session by its id.
    pub(crate) fn find_session(&self, id: &str) -> Option<u32> {
        let row = self.ids.get(&session_number(id)?).copied()?;
        self.sessions.is_live(row).then_some(row)
    }

    /// A session by its row.
    pub(crate) fn session(&self, row: u32) -> Option<&Session> {
        self.sessions.get(row)
    }

    /// Whether the session of a row repeats another.
    pub(crate) fn is_repeat(&self, row: u32) -> bool {
        self.repeat_of.get(row as usize).flatten().is_some()
    }

    /// The text of an id.
    pub(crate) fn text(&self, id: TextId) -> &str {
        self.sessions.texts.get(id)
    }

    /// The text of an id as a string of its own.
    pub(crate) fn owned(&self, id: Option<TextId>) -> Option<String> {
        id.map(|id| self.text(id).to_owned())
    }

    /// The topics of a session, each once, in order of first turn.
    pub(crate) fn session_topics(&self, session: &Session) -> Vec<u32> {
        let mut topics = Vec::new();
        for topic in rows(&self.turn_topics, &session.turns).iter().copied().flatten() {
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        topics
    }

    /// The clusters in which a session has a miss or a capability request, each once, ordered.
    pub(crate) fn session_clusters(&self, session: &Session) -> Vec<u32> {
        let searches = rows(&self.sessions.searches, &session.searches);
        let misses = searches
            .iter()
            .zip(rows(&self.search_clusters, &session.searches))
            .filter(|(search, _)| search.miss == Some(MissKind::NoResults))
            .filter_map(|(_, cluster)| *cluster);
        let requests = rows(&self.request_clusters, &session.requests).iter().copied().flatten();
        let mut clusters: Vec<u32> = misses.chain(requests).collect();
        clusters.sort_unstable();
        clusters.dedup();
        clusters
    }
}

/// The rows of a column that a session's range names.
pub(crate) fn rows<'a, T>(column: &'a Column<T>, range: &std::ops::Range<u32>) -> &'a [T] {
    column.rows(range)
}
