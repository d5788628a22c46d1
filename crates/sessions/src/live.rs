//! Which rows of the sessions count, and in which order.

use std::borrow::Cow;
use std::sync::Arc;

use mcp_insights_events::Timestamp;
use rayon::prelude::*;

use crate::{Column, Session};

/// The newer part of an order is joined with the older one when it has grown to this share of it, and to this many.
const SHARE: usize = 16;
const LEAST: usize = 256;
/// Fewer rows than this share of an order are put in one by one: to look for their places takes less than to walk through all.
const FEW: usize = 32;

/// The rows of a column of sessions that count, ordered by (`started_at`, id). Clones are cheap.
///
/// A session that gets more events becomes another row; the old one is gone, and stays in the column for those who still
/// look at it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    /// Most rows, in order.
    older: Arc<Vec<u32>>,
    /// The others, in order.
    newer: Vec<u32>,
    /// One bit a row.
    gone: Bits,
    count: usize,
}

impl Live {
    /// All rows of a column, which are in order.
    pub(crate) fn all(rows: usize) -> Self {
        let end = u32::try_from(rows).unwrap_or(u32::MAX);
        Self { older: Arc::new((0..end).collect()), count: rows, ..Self::default() }
    }

    /// All rows of a column, whatever their order.
    pub(crate) fn in_order(sessions: &Column<Session>) -> Self {
        let all = Self::all(sessions.len());
        let Some(mut rows) = Arc::into_inner(all.older) else { return Self::default() };
        // Stretches of them are in order already.
        rows.par_sort_by(|left, right| key(sessions, *left).cmp(&key(sessions, *right)));
        Self { older: Arc::new(rows), ..all }
    }

    pub(crate) fn len(&self) -> usize {
        self.count
    }

    pub(crate) fn contains(&self, row: u32) -> bool {
        !self.gone.contains(row)
    }

    /// The rows that count.
    pub(crate) fn rows(&self, sessions: &Column<Session>) -> Cow<'_, [u32]> {
        self.merged(sessions, &self.older, &self.newer)
    }

    /// Those of sessions that start within `[start, end)`.
    pub(crate) fn started_within(
        &self,
        sessions: &Column<Session>,
        start: Timestamp,
        end: Timestamp,
    ) -> Cow<'_, [u32]> {
        let started = |row: u32| sessions.get(row as usize).map(|session| session.started_at);
        fn within(rows: &[u32], before: impl Fn(u32, bool) -> bool) -> &[u32] {
            let first = rows.partition_point(|row| before(*row, true));
            let last = rows.partition_point(|row| before(*row, false)).max(first);
            rows.get(first..last).unwrap_or(&[])
        }
        let before = |row: u32, is_start: bool| {
            started(row).is_some_and(|time| time < if is_start { start } else { end })
        };
        self.merged(sessions, within(&self.older, before), within(&self.newer, before))
    }

    fn merged<'a>(
        &self,
        sessions: &Column<Session>,
        older: &'a [u32],
        newer: &[u32],
    ) -> Cow<'a, [u32]> {
        if self.gone.is_empty() && newer.is_empty() {
            return Cow::Borrowed(older);
        }
        Cow::Owned(merge(sessions, older, newer).filter(|row| self.contains(*row)).collect())
    }

    /// Rows that were appended, in order, take the place of others.
    pub(crate) fn replace(
        &mut self,
        sessions: &Column<Session>,
        gone: &[u32],
        new: std::ops::Range<u32>,
    ) {
        for row in gone {
            self.count -= usize::from(self.gone.insert(*row));
        }
        self.count += new.len();
        let (gone, newer) = (&self.gone, &mut self.newer);
        newer.retain(|row| !gone.contains(*row));
        if new.len() < newer.len() / FEW {
            let key = |row: u32| key(sessions, row);
            for row in new {
                let place = newer.partition_point(|other| key(*other) <= key(row));
                newer.insert(place, row);
            }
        } else {
            let new: Vec<u32> = new.collect();
            *newer = merge(sessions, newer, &new).collect();
        }
        if self.newer.len() >= LEAST.max(self.older.len() / SHARE) {
            let all = merge(sessions, &self.older, &self.newer);
            self.older = Arc::new(all.filter(|row| !self.gone.contains(*row)).collect());
            self.newer.clear();
        }
    }
}

/// What rows are ordered by.
fn key(sessions: &Column<Session>, row: u32) -> Option<(Timestamp, &str)> {
    sessions.get(row as usize).map(|session| (session.started_at, session.id.as_ref()))
}

/// Two ordered lists of rows as one.
fn merge<'a>(
    sessions: &'a Column<Session>,
    left: &'a [u32],
    right: &'a [u32],
) -> impl Iterator<Item = u32> + 'a {
    let (mut left, mut right) = (left.iter().copied().peekable(), right.iter().copied().peekable());
    std::iter::from_fn(move || match (left.peek(), right.peek()) {
        (Some(one), Some(other)) => {
            if key(sessions, *one) <= key(sessions, *other) {
                left.next()
            } else {
                right.next()
            }
        }
        (Some(_), None) => left.next(),
        (None, _) => right.next(),
    })
}

/// A set of small numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bits {
    words: Vec<u64>,
    count: usize,
}

impl Bits {
    pub(crate) fn contains(&self, number: u32) -> bool {
        let word = self.words.get(number as usize / 64).copied().unwrap_or(0);
        word >> (number % 64) & 1 == 1
    }

    /// Whether the number is new.
    pub(crate) fn insert(&mut self, number: u32) -> bool {
        let place = number as usize / 64;
        if self.words.len() <= place {
            self.words.resize(place + 1, 0);
        }
        let Some(word) = self.words.get_mut(place) else { return false };
        let bit = 1 << (number % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        self.count += usize::from(is_new);
        is_new
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}
