//! Which topics the turns of sessions are in, and how and when their sessions went.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use mcp_insights_events::{TextId, Timestamp};
use mcp_insights_registry::Registry;
use mcp_insights_sessions::{Outcome, Session};
use mcp_insights_topics::{Assigner, is_of_one_text};

use crate::snapshot::{Snapshot, Times, rows};

/// What is needed to put new turns into topics.
pub(super) struct TopicState {
    assigner: Assigner,
    /// The topics of texts met so far.
    known: HashMap<TextId, Option<u32>>,
    /// When each topic was seen according to the registry.
    remembered: Vec<Times>,
    /// Topics that have the direction of their one text.
    lone: HashSet<u32>,
    /// Topics that lost the turn at which they were first or last seen, or maybe their one text, with the time of the turn.
    shaken: HashSet<(u32, Timestamp)>,
}

impl TopicState {
    pub(super) fn of(snapshot: &Snapshot, registry: &Registry) -> Self {
        let remembered = registry
            .topics
            .entries()
            .map(|entry| Times { first: entry.first_seen_at(), last: entry.last_seen_at() });
        Self {
            assigner: Assigner::new(&registry.topics),
            known: HashMap::new(),
            remembered: remembered.collect(),
            lone: (0_u32..)
                .zip(registry.topics.entries())
                .filter_map(|(topic, entry)| is_of_one_text(entry).then_some(topic))
                .collect(),
            shaken: HashSet::new(),
        }
        .with_known(snapshot)
    }

    fn with_known(mut self, snapshot: &Snapshot) -> Self {
        for session in snapshot.sessions.iter().filter(|session| !session.is_workflow) {
            let turns = rows(&snapshot.sessions.turns, &session.turns);
            for (turn, topic) in turns.iter().zip(rows(&snapshot.turn_topics, &session.turns)) {
                if let Some(text) = turn.folded_intent {
                    self.known.insert(text, *topic);
                }
            }
        }
        self
    }

    /// Sessions are about to leave.
    pub(super) fn leave(&mut self, snapshot: &mut Snapshot, gone: &[u32]) {
        for row in gone {
            let Some(session) = snapshot.session(*row).cloned() else { continue };
            let turns = rows(&snapshot.sessions.turns, &session.turns);
            for (turn, topic) in turns.iter().zip(rows(&snapshot.turn_topics, &session.turns)) {
                let Some(topic) = *topic else { continue };
                let times = snapshot.topic_times.get(topic as usize);
                let is_edge =
                    times.is_some_and(|times| [times.first, times.last].contains(&turn.started_at));
                if is_edge || self.lone.contains(&topic) {
                    self.shaken.insert((topic, turn.started_at));
                }
            }
            count_ending(snapshot, &session, |count, by| *count = count.saturating_sub(by));
        }
    }

    /// Sessions have come.
    pub(super) fn enter(&mut self, snapshot: &mut Snapshot, new: Range<u32>) {
        let sessions = &snapshot.sessions;
        let first = snapshot.turn_topics.len();
        let mut of_turn: Vec<Option<u32>> = vec![None; sessions.turns.len() - first];
        let real =
            || new.clone().filter_map(|row| sessions.get(row)).filter(|row| !row.is_workflow);
        let folded = real()
            .flat_map(|session| rows(&sessions.turns, &session.turns))
            .filter_map(|turn| turn.folded_intent);
        let unknown: HashSet<TextId> =
            folded.filter(|text| !self.known.contains_key(text)).collect();
        let unknown: Vec<TextId> = unknown.into_iter().collect();
        let texts: Vec<&str> = unknown.iter().map(|text| sessions.texts.get(*text)).collect();
        let options = &snapshot.options;
        let found = self.assigner.topics_of(&texts, options.embedder.as_ref(), &options.topics);
        self.known.extend(unknown.into_iter().zip(found));
        let mut come: BTreeMap<u32, TextId> = BTreeMap::new();
        for session in real() {
            let range = session.turns.start as usize..session.turns.end as usize;
            let turns = rows(&sessions.turns, &session.turns);
            for (index, turn) in range.zip(turns) {
                let topic = turn.folded_intent.and_then(|text| *self.known.get(&text)?);
                let (Some(place), Some(topic)) = (of_turn.get_mut(index - first), topic) else {
                    continue;
                };
                *place = Some(topic);
                if self.lone.contains(&topic) {
                    come.extend(turn.folded_intent.map(|text| (topic, text)));
                }
                self.shaken.remove(&(topic, turn.started_at));
                if let Some(times) = snapshot.topic_times.get_mut(topic as usize) {
                    times.first = times.first.min(turn.started_at);
                    times.last = times.last.max(turn.started_at);
                }
            }
        }
        snapshot.turn_topics.append(of_turn);
        direct(snapshot, &come);
        for row in new {
            let Some(session) = snapshot.session(row).cloned() else { continue };
            count_ending(snapshot, &session, |count, by| *count += by);
        }
        self.settle(snapshot);
    }

    /// Tells anew when the topics that lost a turn were seen.
    fn settle(&mut self, snapshot: &mut Snapshot) {
        if self.shaken.is_empty() {
            return;
        }
        let mut times: HashMap<u32, Times> = self
            .shaken
            .drain()
            .filter_map(|(topic, _)| Some((topic, *self.remembered.get(topic as usize)?)))
            .collect();
        let sessions = &snapshot.sessions;
        let mut present: HashSet<u32> = HashSet::new();
        for session in sessions.iter() {
            let turns = rows(&sessions.turns, &session.turns);
            for (turn, topic) in turns.iter().zip(rows(&snapshot.turn_topics, &session.turns)) {
                let Some(topic) = *topic else { continue };
                if let Some(times) = times.get_mut(&topic) {
                    times.first = times.first.min(turn.started_at);
                    times.last = times.last.max(turn.started_at);
                    present.insert(topic);
                }
            }
        }
        for (topic, times) in times {
            if self.lone.contains(&topic) && !present.contains(&topic) {
                Arc::make_mut(&mut snapshot.topics).undirect(topic);
            }
            if let Some(place) = snapshot.topic_times.get_mut(topic as usize) {
                *place = times;
            }
        }
    }
}

/// Gives topics of one text, which has come, its direction.
fn direct(snapshot: &mut Snapshot, come: &BTreeMap<u32, TextId>) {
    let has_none =
        |topic: u32| snapshot.topics.get(topic).is_some_and(|topic| topic.centroid.is_none());
    let lone: Vec<(u32, &str)> = come
        .iter()
        .filter(|(topic, _)| has_none(**topic))
        .map(|(topic, text)| (*topic, snapshot.sessions.texts.get(*text)))
        .collect();
    if !lone.is_empty() {
        Arc::make_mut(&mut snapshot.topics).direct(&lone, snapshot.options.embedder.as_ref());
    }
}

fn count_ending(snapshot: &mut Snapshot, session: &Session, change: impl Fn(&mut u64, u64)) {
    if session.is_workflow {
        return;
    }
    let bad = matches!(session.outcome, Outcome::Unmet | Outcome::Failed);
    for topic in snapshot.session_topics(session) {
        if let Some(ending) = snapshot.topic_endings.get_mut(topic as usize) {
            change(&mut ending.known, u64::from(session.outcome != Outcome::Unknown));
            change(&mut ending.unmet_or_failed, u64::from(bad));
        }
    }
}
