//! What an engine knows: sessions, topics and search clusters of one set of events. It never changes.

use hashbrown::HashTable;
use mcp_insights_calls::MissKind;
use mcp_insights_events::{Sources, TextId, Timestamp};
use mcp_insights_searches::Clusters;
use mcp_insights_sessions::{Session, Sessions};
use mcp_insights_topics::Topics;

use crate::build::Account;
use crate::options::Options;

/// The computed state that every query reads.
pub(crate) struct Snapshot {
    /// Sessions, with everything that happened in them.
    pub(crate) sessions: Sessions,
    /// For each session the one that it repeats.
    pub(crate) repeat_of: Vec<Option<u32>>,
    /// Whether each session repeats another.
    pub(crate) is_repeat: Vec<bool>,
    /// Topics found, and those only registered.
    pub(crate) topics: Topics,
    /// For each turn the topic that it belongs to.
    pub(crate) turn_topics: Vec<Option<u32>>,
    /// How the sessions of each topic ended, over all time.
    pub(crate) topic_endings: Vec<Endings>,
    /// Clusters of failed searches found, and those only registered.
    pub(crate) clusters: Clusters,
    /// For each cluster the share of its sessions that called its nearest tool with success after they had asked.
    pub(crate) used_nearest: Vec<f64>,
    /// For each search the cluster that it is in (a miss), or whose meaning it shares (abandoned).
    pub(crate) search_clusters: Vec<Option<u32>>,
    /// For each capability request its cluster.
    pub(crate) request_clusters: Vec<Option<u32>>,
    /// What the reading gave.
    pub(crate) account: Account,
    /// Where traces are read from.
    pub(crate) sources: Sources,
    /// How it was made.
    pub(crate) options: Options,
    /// Sessions by id.
    pub(crate) ids: SessionIds,
}

/// The indices of sessions by their ids.
pub(crate) struct SessionIds(HashTable<u32>);

/// How the sessions of a topic ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Endings {
    /// Sessions whose outcome is known.
    pub(crate) known: u64,
    /// Of these, the ones that ended unmet or failed.
    pub(crate) unmet_or_failed: u64,
}

impl SessionIds {
    pub(crate) fn of(sessions: &[Session]) -> Self {
        let mut ids = HashTable::with_capacity(sessions.len());
        for (index, session) in (0_u32..).zip(sessions) {
            let of = |index: &u32| sessions.get(*index as usize).map_or(0, |row| hash(&row.id));
            ids.insert_unique(hash(&session.id), index, of);
        }
        Self(ids)
    }
}

impl Snapshot {
    /// The index of a session by its id.
    pub(crate) fn find_session(&self, id: &str) -> Option<u32> {
        let same = |index: &u32| self.session(*index).is_some_and(|session| &*session.id == id);
        self.ids.0.find(hash(id), same).copied()
    }

    /// A session by its index.
    pub(crate) fn session(&self, index: u32) -> Option<&Session> {
        self.sessions.sessions.get(index as usize)
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

    /// Indices of the sessions that start within `[start, end)`, synthetic ones included.
    pub(crate) fn started_within(&self, start: Timestamp, end: Timestamp) -> std::ops::Range<u32> {
        let sessions = &self.sessions.sessions;
        let first = sessions.partition_point(|session| session.started_at < start);
        let last = sessions.partition_point(|session| session.started_at < end);
        narrow(first)..narrow(last.max(first))
    }
}

/// The rows of a column that a session's range names.
pub(crate) fn rows<'a, T>(column: &'a [T], range: &std::ops::Range<u32>) -> &'a [T] {
    column.get(range.start as usize..range.end as usize).unwrap_or(&[])
}

/// An index as the columns keep it.
pub(crate) fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}

fn hash(id: &str) -> u64 {
    // Ids are hashes already; their own bytes spread well enough.
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
