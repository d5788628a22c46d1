//! One session laid out flat: its events, turns, calls, searches and capability requests in order.

use mcp_insights_calls::{CallFact, EventFact, Facts, SearchFact};
use mcp_insights_events::{DeclaredFrustration, TextId, Timestamp};

use crate::intents::{self, Intents};
use crate::{Evidence, IntentSource};

/// A call, and where it stands in the session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step<'a> {
    /// The call.
    pub(crate) fact: &'a CallFact,
    /// Its event: place in the session, and fact.
    pub(crate) event: u32,
    pub(crate) happened: &'a EventFact,
    /// Its turn.
    pub(crate) turn: Option<u32>,
    /// Whether it is a search or carries one.
    pub(crate) searches: bool,
}

/// A search, and where it stands in the session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look<'a> {
    /// The search.
    pub(crate) fact: &'a SearchFact,
    /// Its event: place in the session, and fact.
    pub(crate) event: u32,
    pub(crate) happened: &'a EventFact,
    /// Its turn.
    pub(crate) turn: Option<u32>,
    /// The step that is the search or carries it.
    pub(crate) step: Option<u32>,
}

/// A capability request, and where it stands in the session.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// Place of its event in the session.
    pub(crate) event: u32,
    /// When.
    pub(crate) at: Timestamp,
    /// Its turn.
    pub(crate) turn: Option<u32>,
    /// What is asked for.
    pub(crate) text: Option<TextId>,
}

/// A turn.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenTurn {
    /// The declared intent; none where inferred.
    pub(crate) raw: Option<TextId>,
    /// The class of the declared intent; none where inferred or where folding leaves nothing.
    pub(crate) class: Option<u32>,
    /// Start of its first event.
    pub(crate) started_at: Timestamp,
    /// The highest frustration declared in it.
    pub(crate) frustration: Option<DeclaredFrustration>,
}

/// One session, flat. It is kept between sessions, so that one costs no allocation.
#[derive(Debug)]
pub(crate) struct Conversation<'a> {
    /// Its events, other than work included.
    pub(crate) events: Vec<&'a EventFact>,
    /// For each event its turn; none for what is no work.
    pub(crate) turn_of: Vec<Option<u32>>,
    /// Its turns.
    pub(crate) turns: Vec<OpenTurn>,
    /// Its calls.
    pub(crate) steps: Vec<Step<'a>>,
    /// Its searches.
    pub(crate) looks: Vec<Look<'a>>,
    /// Its capability requests.
    pub(crate) requests: Vec<Asked>,
    /// Where its intents come from.
    pub(crate) source: IntentSource,
    /// The folded intent of an inferred turn.
    pub(crate) inferred: Option<String>,
}

impl Default for Conversation<'_> {
    fn default() -> Self {
        Self {
            events: Vec::new(),
            turn_of: Vec::new(),
            turns: Vec::new(),
            steps: Vec::new(),
            looks: Vec::new(),
            requests: Vec::new(),
            source: IntentSource::None,
            inferred: None,
        }
    }
}

impl<'a> Conversation<'a> {
    /// Lays out a session from its events in order.
    pub(crate) fn lay_out(
        &mut self,
        facts: &'a Facts,
        events: impl Iterator<Item = &'a EventFact>,
        intents: &Intents,
        analysed_chars: usize,
    ) {
        self.events.clear();
        self.events.extend(events);
        self.find_turns(facts, intents, analysed_chars);
        self.steps.clear();
        self.looks.clear();
        self.requests.clear();
        for (place, (event, turn)) in (0_u32..).zip(self.events.iter().zip(&self.turn_of)) {
            if !event.is_work {
                continue;
            }
            let (happened, turn) = (*event, *turn);
            let first_step = self.steps.len();
            let calls = facts.calls.range(event.calls.range());
            self.steps.extend(calls.iter().map(|fact| Step {
                fact,
                event: place,
                happened,
                turn,
                searches: fact.is_search,
            }));
            for fact in facts.searches.range(event.searches.range()) {
                let step = fact.call.map(|call| first_step.saturating_add(call as usize));
                if let Some(step) = step.and_then(|step| self.steps.get_mut(step)) {
                    step.searches = true;
                }
                let step = step.filter(|step| *step < self.steps.len()).map(narrow);
                self.looks.push(Look { fact, event: place, happened, turn, step });
            }
            if let Some(request) = event.request {
                let at = event.started_at;
                self.requests.push(Asked { event: place, at, turn, text: request.text });
            }
        }
    }

    fn find_turns(&mut self, facts: &Facts, intents: &Intents, analysed_chars: usize) {
        self.turns.clear();
        self.turn_of.clear();
        self.inferred = None;
        let declares = |event: &&EventFact| event.is_work && event.intent.is_some();
        let declared = self.events.iter().copied().any(|event| declares(&event));
        self.source = if declared {
            IntentSource::Declared
        } else {
            let work = self.events.iter().copied().filter(|event| event.is_work);
            self.inferred = intents::inferred(facts, work.clone(), analysed_chars);
            match (&self.inferred, work.clone().next()) {
                (Some(_), Some(first)) => {
                    let started_at = first.started_at;
                    self.turns.push(OpenTurn {
                        raw: None,
                        class: None,
                        started_at,
                        frustration: None,
                    });
                    IntentSource::Inferred
                }
                _ => IntentSource::None,
            }
        };
        for event in &self.events {
            if !event.is_work {
                self.turn_of.push(None);
                continue;
            }
            if let Some(intent) = event.intent {
                let class = intents.class(intent);
                if self.turns.last().is_none_or(|open| open.class != class) {
                    let started_at = event.started_at;
                    self.turns.push(OpenTurn {
                        raw: Some(intent),
                        class,
                        started_at,
                        frustration: None,
                    });
                }
            }
            if let Some(open) = self.turns.last_mut() {
                open.frustration = open.frustration.max(event.frustration);
            }
            self.turn_of.push(self.turns.len().checked_sub(1).map(narrow));
        }
    }

    /// Its work events.
    pub(crate) fn work(&self) -> impl Iterator<Item = (u32, &'a EventFact)> {
        (0_u32..).zip(self.events.iter().copied()).filter(|(_, event)| event.is_work)
    }
}

impl Step<'_> {
    /// The call as evidence.
    pub(crate) fn evidence(&self) -> Evidence {
        Evidence { event: self.event, entry: self.fact.entry }
    }

    /// Whether it began after another had finished. Within one event nobody knows.
    pub(crate) fn is_after(&self, other: &Self) -> bool {
        self.event > other.event && self.happened.started_at >= other.happened.ended_at
    }
}

impl Look<'_> {
    /// The call that is or carries the search, else its event.
    pub(crate) fn evidence(&self, steps: &[Step<'_>]) -> Evidence {
        self.step
            .and_then(|step| steps.get(step as usize))
            .map_or(Evidence { event: self.event, entry: None }, Step::evidence)
    }

    /// Whether it found nothing or broke.
    pub(crate) fn failed(&self) -> bool {
        self.fact.miss.is_some()
    }

    /// Whether it is known to have found something.
    pub(crate) fn found(&self) -> bool {
        !self.failed() && self.fact.result_count.is_some_and(|count| count > 0)
    }
}

pub(crate) fn narrow(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
