//! What is held of one MCP server or all of them, over all time.

use std::ops::Range;

use mcp_insights_events::{TextId, Timestamp};
use mcp_insights_sessions::{Column, MemberEvent, Sessions};
use rayon::prelude::*;

use crate::collect::SESSIONS_A_TASK;

/// Which MCP servers a query is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServerFilter {
    /// Every one, and what names none.
    All,
    /// One.
    Only(TextId),
    /// None: the query names one that no event names.
    Nothing,
}

impl ServerFilter {
    /// Whether something of a server, or of none, is asked for.
    #[must_use]
    pub fn holds(self, server: Option<TextId>) -> bool {
        match self {
            Self::All => true,
            Self::Only(wanted) => server == Some(wanted),
            Self::Nothing => false,
        }
    }
}

/// The events held, synthetic ones included: how many, and from when to when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) events: u64,
    pub(crate) oldest: Option<Timestamp>,
    pub(crate) newest: Option<Timestamp>,
}

impl Held {
    pub(crate) fn add(&mut self, events: u64, oldest: Timestamp, newest: Timestamp) {
        self.events += events;
        self.oldest = Some(self.oldest.map_or(oldest, |time| time.min(oldest)));
        self.newest = Some(self.newest.map_or(newest, |time| time.max(newest)));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        if let (Some(oldest), Some(newest)) = (other.oldest, other.newest) {
            self.add(other.events, oldest, newest);
        }
    }
}

/// Start of the oldest event held of the servers asked for, synthetic ones included; none without events.
///
/// A window that begins before it says nothing: its figures are unknown, not 0.
#[must_use]
pub fn history_start(sessions: &Sessions, filter: ServerFilter) -> Option<Timestamp> {
    held(sessions, filter).oldest
}

pub(crate) fn held(sessions: &Sessions, filter: ServerFilter) -> Held {
    let of_sessions = |numbers: &[u32]| {
        let mut held = Held::default();
        let asked = numbers.iter().filter_map(|row| sessions.get(*row));
        for session in asked.filter(|session| filter.holds(session.server)) {
            let events = rows(&sessions.events, &session.events);
            if let Some((first, last)) = ends(events) {
                held.add(events.len() as u64, first, last);
            }
        }
        held
    };
    let numbers = sessions.rows();
    let parts = numbers.par_chunks(SESSIONS_A_TASK).map(of_sessions);
    let mut held = parts.reduce(Held::default, |mut left, right| {
        left.merge(right);
        left
    });
    for event in sessions.loose().filter(|event| filter.holds(event.server)) {
        held.add(1, event.started_at, event.started_at);
    }
    held
}

/// When the first and the last of a session's events began; they are ordered by that.
pub(crate) fn ends(events: &[MemberEvent]) -> Option<(Timestamp, Timestamp)> {
    Some((events.first()?.started_at, events.last()?.started_at))
}

/// The rows of a column that a session's range names.
pub(crate) fn rows<'a, T>(column: &'a Column<T>, range: &Range<u32>) -> &'a [T] {
    column.rows(range)
}
