//! Which sessions a query is about.

use mcp_insights_events::{TextId, Timestamp};
use mcp_insights_kpis::{Bucket, ServerFilter, Window};
use mcp_insights_sessions::Session;

use crate::snapshot::Snapshot;

/// A window and a server, with what is derived from the two.
pub(crate) struct Scope {
    /// The window.
    pub(crate) window: Window,
    /// The server asked for.
    pub(crate) server: ServerFilter,
    /// The buckets of the window.
    pub(crate) buckets: Vec<Bucket>,
    /// Whether the data reaches back to the start of the previous window.
    pub(crate) has_previous: bool,
}

impl Scope {
    pub(crate) fn new(snapshot: &Snapshot, window: Window, server: Option<&str>) -> Self {
        let server = match server {
            None => ServerFilter::All,
            Some(id) => {
                snapshot.sessions.texts.find(id).map_or(ServerFilter::Nothing, ServerFilter::Only)
            }
        };
        let history = mcp_insights_kpis::history_start(&snapshot.sessions, server);
        Self {
            buckets: window.buckets(),
            has_previous: history.is_some_and(|start| start <= window.previous_start),
            window,
            server,
        }
    }

    /// The sessions of the window with their indices; synthetic ones are left out.
    pub(crate) fn sessions<'a>(
        &'a self,
        snapshot: &'a Snapshot,
    ) -> impl DoubleEndedIterator<Item = (u32, &'a Session)> {
        self.between(snapshot, self.window.start, self.window.end)
    }

    /// The sessions of the previous window that there are; where the data does not reach back to its start, they are no figure to compare with.
    pub(crate) fn previous_sessions<'a>(
        &'a self,
        snapshot: &'a Snapshot,
    ) -> impl Iterator<Item = (u32, &'a Session)> {
        self.between(snapshot, self.window.previous_start, self.window.start)
    }

    /// The bucket that a session of the window falls into.
    pub(crate) fn bucket(&self, time: Timestamp) -> usize {
        self.buckets.partition_point(|bucket| bucket.end <= time)
    }

    fn between<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        start: Timestamp,
        end: Timestamp,
    ) -> impl DoubleEndedIterator<Item = (u32, &'a Session)> {
        let rows = snapshot.sessions.started_within(start, end);
        (0..rows.len())
            .filter_map(move |place| rows.get(place).copied())
            .filter_map(|row| snapshot.session(row).map(|session| (row, session)))
            .filter(|(_, session)| !session.is_workflow && self.holds(session.server))
    }

    fn holds(&self, server: Option<TextId>) -> bool {
        self.server.holds(server)
    }
}
