//! All sessions, in flat columns that can grow.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use mcp_insights_events::{SharedMap, TextId, TextTable, Timestamp};

use crate::conversation::narrow;
use crate::live::{Bits, Live};
use crate::{
    Call, Column, CommonWords, MemberEvent, Request, Search, Session, Turn, UnattachedEvent,
};

/// All sessions of a set of events, synthetic ones included.
///
/// Rows have no order of their own, and those of sessions that were [replaced](Sessions::replace) count no more:
/// [`Sessions::iter`] gives those that count, ordered by (`started_at`, id). Clones are cheap.
#[derive(Clone, Debug, Default)]
pub struct Sessions {
    /// The texts that the ids in here stand for.
    pub texts: TextTable,
    /// The sessions, those that were replaced included.
    pub sessions: Column<Session>,
    /// Their turns, session by session.
    pub turns: Column<Turn>,
    /// Their events, session by session, in order.
    pub events: Column<MemberEvent>,
    /// Their tool calls, session by session, in order.
    pub calls: Column<Call>,
    /// Their searches, session by session, in order.
    pub searches: Column<Search>,
    /// Their capability requests, session by session, in order.
    pub requests: Column<Request>,
    /// Events of no session, those that were replaced included.
    pub unattached: Column<UnattachedEvent>,
    /// For each (MCP server, actor): who the actor is, from the newest `actor_identity`.
    pub identifiers: SharedMap<(Option<TextId>, TextId), TextId>,
    /// The words that make no two queries of a tool similar, which the trace of one session needs.
    pub common_words: Arc<CommonWords>,
    pub(crate) live: Live,
    pub(crate) gone_unattached: Bits,
}

/// Which rows a replacement appended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replaced {
    /// The new sessions.
    pub sessions: Range<u32>,
    /// The new events of no session.
    pub unattached: Range<u32>,
}

impl Sessions {
    /// The same columns, of which all rows count: for sessions that were put together by hand, in order.
    #[must_use]
    pub fn all_live(mut self) -> Self {
        self.live = Live::all(self.sessions.len());
        self.gone_unattached = Bits::default();
        self
    }

    /// The same columns, of which all rows count, whatever their order.
    pub(crate) fn in_order(mut self) -> Self {
        self.live = Live::in_order(&self.sessions);
        self.gone_unattached = Bits::default();
        self
    }

    /// How many sessions count.
    #[must_use]
    pub fn len(&self) -> usize {
        self.live.len()
    }

    /// Whether none does.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A session by its row, whether it still counts or not.
    #[must_use]
    pub fn get(&self, row: u32) -> Option<&Session> {
        self.sessions.get(row as usize)
    }

    /// How many rows there are, those of sessions that were replaced among them.
    #[must_use]
    pub fn end(&self) -> u32 {
        narrow(self.sessions.len())
    }

    /// Whether the session of a row counts.
    #[must_use]
    pub fn is_live(&self, row: u32) -> bool {
        self.live.contains(row)
    }

    /// The rows of the sessions that count, ordered by (`started_at`, id).
    #[must_use]
    pub fn rows(&self) -> Cow<'_, [u32]> {
        self.live.rows(&self.sessions)
    }

    /// Those of sessions that start within `[start, end)`.
    #[must_use]
    pub fn started_within(&self, start: Timestamp, end: Timestamp) -> Cow<'_, [u32]> {
        self.live.started_within(&self.sessions, start, end)
    }

    /// The sessions that count with their rows, ordered by (`started_at`, id).
    pub fn numbered(&self) -> impl Iterator<Item = (u32, &Session)> {
        let rows = self.rows();
        (0..rows.len()).filter_map(move |place| {
            let row = rows.get(place).copied()?;
            Some((row, self.get(row)?))
        })
    }

    /// The sessions that count, ordered by (`started_at`, id).
    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.numbered().map(|(_, session)| session)
    }

    /// The events of no session that count.
    pub fn loose(&self) -> impl Iterator<Item = &UnattachedEvent> {
        (0_u32..)
            .zip(self.unattached.iter())
            .filter(|(row, _)| !self.gone_unattached.contains(*row))
            .map(|(_, event)| event)
    }

    /// Puts the sessions of some groups in the place of older ones of the same groups.
    ///
    /// `new` has the texts of these sessions and more, as [`sessionize_groups`](crate::sessionize_groups) gives them. What
    /// was replaced counts no more and stays in the columns, until everything is sessionized again.
    pub fn replace(&mut self, gone: &[u32], gone_unattached: &[u32], new: Self) -> Replaced {
        self.texts = new.texts;
        let turns = self.turns.append(new.turns.into_rows());
        let events = self.events.append(new.events.into_rows());
        let calls = self.calls.append(new.calls.into_rows());
        let searches = self.searches.append(new.searches.into_rows());
        let requests = self.requests.append(new.requests.into_rows());
        let mut sessions = new.sessions.into_rows();
        for session in &mut sessions {
            shift(&mut session.turns, turns);
            shift(&mut session.events, events);
            shift(&mut session.calls, calls);
            shift(&mut session.searches, searches);
            shift(&mut session.requests, requests);
        }
        let first = self.sessions.append(sessions);
        let rows = narrow(first)..narrow(self.sessions.len());
        self.live.replace(&self.sessions, gone, rows.clone());
        for row in gone_unattached {
            self.gone_unattached.insert(*row);
        }
        let first = self.unattached.append(new.unattached.into_rows());
        Replaced { sessions: rows, unattached: narrow(first)..narrow(self.unattached.len()) }
    }
}

fn shift(range: &mut Range<u32>, by: usize) {
    let by = narrow(by);
    *range = range.start.saturating_add(by)..range.end.saturating_add(by);
}
