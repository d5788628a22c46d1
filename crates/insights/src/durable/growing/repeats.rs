//! Sessions that come back to what an earlier one was about, while sessions come and go.

use std::collections::BTreeSet;
use std::ops::Range;

use hashbrown::HashMap;
use mcp_insights_events::{TextId, Timestamp};
use mcp_insights_sessions::{LONGEST_AGO_MICROS, Session};

use crate::snapshot::{Snapshot, rows};

/// What sessions may share. Equal folded intents have the same topic, so where there is one it says all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Subject {
    Topic(u32),
    Intent(TextId),
}

/// An actor on one server, and a subject of its sessions.
type Interest = (Option<TextId>, TextId, Subject);

/// The sessions of each interest, ordered by (`started_at`, id).
#[derive(Default)]
pub(super) struct Interests(HashMap<Interest, Shared>);

#[derive(Default)]
struct Shared {
    rows: Vec<u32>,
    /// The longest of them ever, in microseconds.
    longest: i64,
}

impl Interests {
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let mut interests = Self::default();
        for row in snapshot.sessions.rows().iter() {
            let Some(session) = real(snapshot, *row) else { continue };
            for interest in interests_of(snapshot, session) {
                interests.0.entry(interest).or_default().push(session, *row);
            }
        }
        interests
    }

    /// Sessions are about to leave; gives those that may have repeated them.
    pub(super) fn leave(&mut self, snapshot: &Snapshot, gone: &[u32]) -> BTreeSet<u32> {
        let mut stirred = BTreeSet::new();
        for row in gone {
            let Some(session) = real(snapshot, *row) else { continue };
            for interest in interests_of(snapshot, session) {
                let Some(shared) = self.0.get_mut(&interest) else { continue };
                shared.remove(snapshot, session, *row);
                stirred.extend(shared.within_reach(snapshot, session));
                if shared.rows.is_empty() {
                    self.0.remove(&interest);
                }
            }
        }
        stirred
    }

    /// Sessions have come; gives them, and those that may repeat them.
    pub(super) fn enter(&mut self, snapshot: &Snapshot, new: Range<u32>) -> BTreeSet<u32> {
        let mut stirred: BTreeSet<u32> = new.clone().collect();
        for row in new {
            let Some(session) = real(snapshot, row) else { continue };
            for interest in interests_of(snapshot, session) {
                let shared = self.0.entry(interest).or_default();
                shared.insert(snapshot, session, row);
                stirred.extend(shared.within_reach(snapshot, session));
            }
        }
        stirred
    }

    /// Tells anew what some sessions repeat.
    pub(super) fn mend(&self, snapshot: &mut Snapshot, stirred: BTreeSet<u32>) {
        for row in
            stirred.into_iter().filter(|row| snapshot.sessions.is_live(*row)).collect::<Vec<_>>()
        {
            let repeated = self.repeated(snapshot, row);
            if snapshot.repeat_of.get(row as usize) != Some(repeated) {
                snapshot.repeat_of.set(row as usize, repeated);
            }
        }
    }

    /// The latest earlier session that shares an interest and ended within seven days before a session began.
    fn repeated(&self, snapshot: &Snapshot, row: u32) -> Option<u32> {
        let session = real(snapshot, row)?;
        let interests = interests_of(snapshot, session);
        let shared = interests.iter().filter_map(|interest| self.0.get(interest));
        let latest = shared.filter_map(|shared| shared.latest_before(snapshot, session));
        latest.max_by(|left, right| place(snapshot, *left).cmp(&place(snapshot, *right)))
    }
}

impl Shared {
    fn push(&mut self, session: &Session, row: u32) {
        self.longest = self.longest.max(session.ended_at.micros_since(session.started_at));
        self.rows.push(row);
    }

    fn insert(&mut self, snapshot: &Snapshot, session: &Session, row: u32) {
        self.longest = self.longest.max(session.ended_at.micros_since(session.started_at));
        let own = Some((session.started_at, &*session.id));
        let at = self.rows.partition_point(|other| place(snapshot, *other) < own);
        self.rows.insert(at, row);
    }

    fn remove(&mut self, snapshot: &Snapshot, session: &Session, row: u32) {
        let own = Some((session.started_at, &*session.id));
        let at = self.rows.partition_point(|other| place(snapshot, *other) < own);
        if self.rows.get(at) == Some(&row) {
            self.rows.remove(at);
        }
    }

    /// The sessions that begin after a session did, and not later than it can be repeated.
    fn within_reach<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        session: &Session,
    ) -> impl Iterator<Item = u32> + 'a {
        let own = Some((session.started_at, &*session.id));
        let first = self.rows.partition_point(|other| place(snapshot, *other) <= own);
        let latest = session.ended_at.plus_micros(LONGEST_AGO_MICROS);
        let rows = self.rows.get(first..).unwrap_or(&[]).iter().copied();
        rows.take_while(move |row| {
            snapshot.session(*row).is_some_and(|other| other.started_at <= latest)
        })
    }

    fn latest_before(&self, snapshot: &Snapshot, session: &Session) -> Option<u32> {
        let own = Some((session.started_at, &*session.id));
        let end = self.rows.partition_point(|other| place(snapshot, *other) < own);
        let oldest = session.started_at.plus_micros(-LONGEST_AGO_MICROS);
        let earliest_start = oldest.plus_micros(-self.longest);
        let earlier = self.rows.get(..end).unwrap_or(&[]).iter().rev().copied();
        earlier
            .map_while(|row| {
                let other = snapshot.session(row)?;
                (other.started_at >= earliest_start).then_some((row, other))
            })
            .find(|(_, other)| (oldest..=session.started_at).contains(&other.ended_at))
            .map(|(row, _)| row)
    }
}

fn place(snapshot: &Snapshot, row: u32) -> Option<(Timestamp, &str)> {
    snapshot.session(row).map(|session| (session.started_at, &*session.id))
}

/// A session that is not synthetic: those neither repeat nor are repeated.
fn real(snapshot: &Snapshot, row: u32) -> Option<&Session> {
    snapshot.session(row).filter(|session| !session.is_workflow)
}

/// What a session is about, each once.
fn interests_of(snapshot: &Snapshot, session: &Session) -> BTreeSet<Interest> {
    let turns = rows(&snapshot.sessions.turns, &session.turns);
    let topics = rows(&snapshot.turn_topics, &session.turns);
    turns
        .iter()
        .zip(topics)
        .filter_map(|(turn, topic)| {
            let text = turn.folded_intent?;
            let subject = topic.map_or(Subject::Intent(text), Subject::Topic);
            Some((session.server, session.actor, subject))
        })
        .collect()
}
