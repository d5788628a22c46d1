//! Sessions that come back to what an earlier one was about.

use std::collections::VecDeque;

use hashbrown::HashMap;
use mcp_insights_events::{TextId, Timestamp};

use crate::conversation::narrow;
use crate::{Session, Sessions};

/// An earlier session may have ended so long before: 7 days.
pub const LONGEST_AGO_MICROS: i64 = 7 * 24 * 3600 * 1_000_000;

/// What two sessions may share. Equal folded intents have the same topic, so where there is one it says all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Subject {
    Topic(u32),
    Intent(TextId),
}

/// An actor on one server, and a subject of its sessions.
type Interest = (Option<TextId>, TextId, Subject);

/// For each row of a session the row of the latest one that it repeats, if any; `topic_of` gives the topic of a folded intent.
///
/// That is an earlier session of the same server and actor that shares a topic or an equal folded intent and ended
/// at most 7 days before this one began; the latest is the last by (`started_at`, id). Synthetic sessions neither
/// repeat nor are repeated. Costs a sort, and one step for each subject of each session.
#[must_use]
pub fn repeats(
    sessions: &Sessions,
    topic_of: &(dyn Fn(TextId) -> Option<u32> + Sync),
) -> Vec<Option<u32>> {
    let real = |session: &Session| !session.is_workflow;
    let (numbers, rows): (Vec<u32>, Vec<&Session>) = sessions.numbered().unzip();
    let mut ended: Vec<(Timestamp, u32)> = (0..narrow(rows.len()))
        .zip(&rows)
        .filter(|(_, session)| real(session))
        .map(|(index, session)| (session.ended_at, index))
        .collect();
    ended.sort_unstable();
    let subjects = |session: &Session| subjects(sessions, session, topic_of);
    let mut recent: HashMap<Interest, Window> = HashMap::new();
    let mut next = ended.iter().copied().peekable();
    let mut repeat_of = vec![None; sessions.sessions.len()];
    for ((index, session), number) in (0..narrow(rows.len())).zip(&rows).zip(&numbers) {
        if !real(session) {
            continue;
        }
        // Sessions come by (started_at, id), so one that ended as this one began and stands before it is earlier.
        while let Some((_, past)) = next.next_if(|end| *end < (session.started_at, index)) {
            let Some(row) = rows.get(past as usize) else {
                continue;
            };
            for subject in subjects(row) {
                let window = recent.entry((row.server, row.actor, subject)).or_default();
                window.add(row.ended_at, past);
            }
        }
        let oldest = session.started_at.plus_micros(-LONGEST_AGO_MICROS);
        let latest = |subject| {
            recent.get_mut(&(session.server, session.actor, subject))?.latest_since(oldest)
        };
        let latest = subjects(session).into_iter().filter_map(latest).max();
        if let Some(repeat) = repeat_of.get_mut(*number as usize) {
            *repeat = latest.and_then(|index| numbers.get(index as usize)).copied();
        }
    }
    repeat_of
}

/// What a session is about, each once.
fn subjects(
    sessions: &Sessions,
    session: &Session,
    topic_of: &(dyn Fn(TextId) -> Option<u32> + Sync),
) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = sessions
        .turns
        .rows(&session.turns)
        .iter()
        .filter_map(|turn| turn.folded_intent)
        .map(|intent| topic_of(intent).map_or(Subject::Intent(intent), Subject::Topic))
        .collect();
    subjects.sort_unstable();
    subjects.dedup();
    subjects
}

/// Sessions by end, of which the last to begin is asked for over a window that only moves forward.
#[derive(Debug, Default)]
struct Window {
    /// Ends ascend, indices descend: whatever ended earlier and began earlier can never be the answer.
    candidates: VecDeque<(Timestamp, u32)>,
}

impl Window {
    fn add(&mut self, ended_at: Timestamp, index: u32) {
        while self.candidates.back().is_some_and(|(_, earlier)| *earlier < index) {
            self.candidates.pop_back();
        }
        self.candidates.push_back((ended_at, index));
    }

    fn latest_since(&mut self, oldest: Timestamp) -> Option<u32> {
        while self.candidates.front().is_some_and(|(ended_at, _)| *ended_at < oldest) {
            self.candidates.pop_front();
        }
        self.candidates.front().map(|(_, index)| *index)
    }
}
