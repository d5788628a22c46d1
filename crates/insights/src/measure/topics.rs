//! Figures of every topic in a window.

use hashbrown::{HashMap, HashSet};
use mcp_insights_events::TextId;
use mcp_insights_sessions::{Outcome, Session};

use crate::measure::cohort::Cohort;
use crate::measure::scope::Scope;
use crate::snapshot::{Snapshot, rows};

/// Figures of one topic.
#[derive(Clone, Debug, Default)]
pub(crate) struct TopicFigures {
    /// Its sessions.
    pub(crate) cohort: Cohort,
    /// Distinct folded intents.
    pub(crate) intents: HashSet<TextId>,
    /// Verbatim intents with the sessions that have them.
    pub(crate) samples: HashMap<TextId, u64>,
    /// Tool calls in its turns.
    pub(crate) calls: u64,
    /// Of these, the ones that failed openly.
    pub(crate) errors: u64,
    /// Calls and errors a tool.
    pub(crate) tools: HashMap<TextId, (u64, u64)>,
    /// Sessions with outcome succeeded.
    pub(crate) succeeded: u64,
    /// Sessions with a known outcome.
    pub(crate) known: u64,
}

/// Figures of all topics, by topic index, and how the sessions of the window divide.
pub(crate) struct AllTopics {
    /// By topic index.
    pub(crate) topics: Vec<TopicFigures>,
    /// Sessions of the window.
    pub(crate) sessions: u64,
    /// Sessions with a turn in a topic.
    pub(crate) with_topic: u64,
    /// Sessions without an intent.
    pub(crate) no_intent: u64,
    /// Sum of all frustration scores of the window, in units of 1e-4.
    pub(crate) frustration: u64,
}

/// Counts every topic in one pass over the sessions of the scope.
pub(crate) fn measure(snapshot: &Snapshot, scope: &Scope) -> AllTopics {
    let mut topics = vec![TopicFigures::default(); snapshot.topics.len()];
    let mut all =
        AllTopics { topics: Vec::new(), sessions: 0, with_topic: 0, no_intent: 0, frustration: 0 };
    for (_, session) in scope.sessions(snapshot) {
        all.sessions += 1;
        all.frustration += u64::from(session.frustration.score);
        let of_session = snapshot.session_topics(session);
        if !of_session.is_empty() {
            all.with_topic += 1;
        } else if session.intent_source == mcp_insights_sessions::IntentSource::None {
            all.no_intent += 1;
        }
        for topic in &of_session {
            if let Some(figures) = topics.get_mut(*topic as usize) {
                figures.add_session(scope, session);
            }
        }
        add_turns(snapshot, session, &mut topics);
        add_calls(snapshot, session, &mut topics);
    }
    for (_, session) in scope.previous_sessions(snapshot) {
        for topic in snapshot.session_topics(session) {
            if let Some(figures) = topics.get_mut(topic as usize) {
                figures.cohort.previous += 1;
            }
        }
    }
    all.topics = topics;
    all
}

impl TopicFigures {
    fn add_session(&mut self, scope: &Scope, session: &Session) {
        self.cohort.add(scope, session);
        self.succeeded += u64::from(session.outcome == Outcome::Succeeded);
        self.known += u64::from(session.outcome != Outcome::Unknown);
    }
}

fn add_turns(snapshot: &Snapshot, session: &Session, topics: &mut [TopicFigures]) {
    let turns = rows(&snapshot.sessions.turns, &session.turns);
    let turn_topics = rows(&snapshot.turn_topics, &session.turns);
    for (index, (turn, topic)) in turns.iter().zip(turn_topics).enumerate() {
        let Some(figures) = topic.and_then(|topic| topics.get_mut(topic as usize)) else {
            continue;
        };
        figures.intents.extend(turn.folded_intent);
        let Some(intent) = turn.raw_intent else { continue };
        // A text that comes back in a later turn of the session is one session all the same.
        let again = turns.iter().take(index).any(|earlier| earlier.raw_intent == Some(intent));
        if !again {
            *figures.samples.entry(intent).or_default() += 1;
        }
    }
}

fn add_calls(snapshot: &Snapshot, session: &Session, topics: &mut [TopicFigures]) {
    let turn_topics = rows(&snapshot.turn_topics, &session.turns);
    for call in rows(&snapshot.sessions.calls, &session.calls) {
        let topic = call.turn.and_then(|turn| turn_topics.get(turn as usize).copied().flatten());
        let Some(figures) = topic.and_then(|topic| topics.get_mut(topic as usize)) else {
            continue;
        };
        let error = u64::from(call.reported_failure);
        figures.calls += 1;
        figures.errors += error;
        if let Some(tool) = call.tool {
            let (calls, errors) = figures.tools.entry(tool).or_default();
            *calls += 1;
            *errors += error;
        }
    }
}
