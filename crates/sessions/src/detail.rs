//! What a trace shows of one session beyond the columns of [`Sessions`].

use mcp_insights_calls::Facts;

use crate::analysis::{self, Findings};
use crate::conversation::{Conversation, Step};
use crate::intents::{self, Intents};
use crate::known_texts::KnownTexts;
use crate::queries::{Queries, Tally};
use crate::{Flags, Frustration, Outcome, Reason, Reasons, Sessions, Settings, frustration};

/// An event of a session, or one entry of its `calls[]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// Index of the event in the facts given.
    pub event: u32,
    /// Place in its `calls[]`; none where the event itself is meant.
    pub entry: Option<u32>,
}

/// A tool call of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallDetail {
    /// The call.
    pub call: Evidence,
    /// Turn within the session, from 0; none before the first intent.
    pub turn: Option<u32>,
    /// The failed call that it repeats.
    pub retry_of: Option<Evidence>,
}

/// A search of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SearchDetail {
    /// The call that is or carries the search, else the event.
    pub at: Evidence,
    /// Turn within the session.
    pub turn: Option<u32>,
    /// Whether it found something and was at once followed by a similar one.
    pub abandoned: bool,
}

/// One session in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// For each event the turn that it belongs to; none before the first intent, and for an event that is no work.
    pub turns: Vec<Option<u32>>,
    /// The tool calls in order, as many as the session has.
    pub calls: Vec<CallDetail>,
    /// The searches in order, as many as the session has.
    pub searches: Vec<SearchDetail>,
    /// Each reason for frustration, in order, with what is behind it: in event order, each once, never empty.
    pub reasons: Vec<(Reason, Vec<Evidence>)>,
    /// As in the session.
    pub frustration: Frustration,
    /// As in the session.
    pub outcome: Outcome,
    /// As in the session.
    pub flags: Flags,
}

/// Analyses one session again, with the evidence.
///
/// `facts` are those of the session's events alone, in the order of [`Session::events`](crate::Session::events);
/// `sessions` gives the common words. The analysis is the one that [`sessionize`](crate::sessionize()) makes.
#[must_use]
pub fn detail(facts: &Facts, sessions: &Sessions, settings: &Settings) -> Detail {
    let mut tally = Tally::default();
    for search in facts.searches.iter() {
        tally.add(search, false);
    }
    let queries = Queries::with(
        &facts.texts,
        &mut KnownTexts::default(),
        &tally,
        &sessions.common_words,
        settings.analysed_chars,
    );
    let declared = intents::declared(facts);
    let intents = Intents::of(&facts.texts, declared, settings.analysed_chars);
    let mut session = Conversation::default();
    session.lay_out(facts, facts.events.iter(), &intents, settings.analysed_chars);
    let (mut findings, mut evidence) = (Findings::default(), Vec::new());
    let verdict = analysis::analyse(facts, &session, &queries, &mut findings, &mut evidence);
    evidence.sort_unstable();
    evidence.dedup();
    let mut reasons: Vec<(Reason, Vec<Evidence>)> = Vec::new();
    let mut fired = Reasons::default();
    for (reason, piece) in evidence {
        fired.insert(reason);
        match reasons.last_mut() {
            Some((last, pieces)) if *last == reason => pieces.push(piece),
            _ => reasons.push((reason, vec![piece])),
        }
    }
    let step = |number: u32| session.steps.get(number as usize).map(Step::evidence);
    let calls = session.steps.iter().zip(&findings.retry_of).map(|(call, retry_of)| CallDetail {
        call: call.evidence(),
        turn: call.turn,
        retry_of: retry_of.and_then(step),
    });
    let searches = session.looks.iter().zip(&findings.abandoned).map(|(look, abandoned)| {
        let at = look.evidence(&session.steps);
        SearchDetail { at, turn: look.turn, abandoned: *abandoned }
    });
    Detail {
        calls: calls.collect(),
        searches: searches.collect(),
        turns: session.turn_of.clone(),
        reasons,
        frustration: frustration::score(fired),
        outcome: verdict.outcome,
        flags: verdict.flags,
    }
}
