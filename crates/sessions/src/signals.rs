//! Which signals of frustration a session shows, and what is behind each.

use mcp_insights_events::DeclaredFrustration;

use crate::conversation::{Conversation, Look, Step};
use crate::loops::loops;
use crate::retries::is_same_tool;
use crate::similar::Resemblance;
use crate::{Evidence, Reason, Reasons};

/// From this many failed calls in a row on it is a streak.
const SHORTEST_STREAK: usize = 3;
/// From this many failed searches in one turn on they count.
const FEWEST_FAILED_SEARCHES: usize = 2;
/// More calls than this in one turn make a session long.
const CALLS_OF_A_TURN: usize = 40;

/// What takes the signals: a set of reasons, or the evidence as well.
pub(crate) trait Sink {
    /// Takes a piece of evidence; false where more of the same reason changes nothing.
    fn take(&mut self, reason: Reason, evidence: Evidence) -> bool;
}

impl Sink for Reasons {
    fn take(&mut self, reason: Reason, _: Evidence) -> bool {
        self.insert(reason);
        false
    }
}

impl Sink for Vec<(Reason, Evidence)> {
    fn take(&mut self, reason: Reason, evidence: Evidence) -> bool {
        self.push((reason, evidence));
        true
    }
}

/// Hands every signal of a session to `sink`; `retry_of` holds for each call the failed one that it repeats.
pub(crate) fn find(
    session: &Conversation<'_>,
    retry_of: &[Option<u32>],
    resemblance: Option<&Resemblance<'_>>,
    sink: &mut impl Sink,
) {
    declared(session, sink);
    for streak in streaks(&session.steps) {
        take_steps(Reason::ErrorStreak, streak, sink);
    }
    for run in loops(&session.steps) {
        take_steps(Reason::RepeatedCall, run, sink);
    }
    failed_searches(session, sink);
    for request in &session.requests {
        let evidence = Evidence { event: request.event, entry: None };
        if !sink.take(Reason::CapabilityRequest, evidence) {
            break;
        }
    }
    let last = session.steps.last().filter(|last| last.fact.failed());
    take_steps(Reason::EndedOnError, last, sink);
    take_steps(Reason::RetryAfterError, failed_retries(&session.steps, retry_of), sink);
    if let Some(resemblance) = resemblance {
        reformulated(session, resemblance, sink);
    }
    let silent = session.steps.iter().filter(|step| step.fact.silent_failure);
    take_steps(Reason::SilentFailure, silent, sink);
    for turn in session.steps.chunk_by(|left, right| left.turn == right.turn) {
        if turn.len() > CALLS_OF_A_TURN {
            take_steps(Reason::LongSession, turn, sink);
        }
    }
}

fn take_steps<'s, 'a: 's>(
    reason: Reason,
    steps: impl IntoIterator<Item = &'s Step<'a>>,
    sink: &mut impl Sink,
) {
    for step in steps {
        if !sink.take(reason, step.evidence()) {
            break;
        }
    }
}

/// The highest frustration declared, whatever the turn; `low` is contentment.
fn declared(session: &Conversation<'_>, sink: &mut impl Sink) {
    let highest = session.work().filter_map(|(_, event)| event.frustration).max();
    let reason = match highest {
        Some(DeclaredFrustration::High) => Reason::DeclaredHigh,
        Some(DeclaredFrustration::Medium) => Reason::DeclaredMedium,
        Some(DeclaredFrustration::Low) | None => return,
    };
    for (event, _) in session.work().filter(|(_, event)| event.frustration == highest) {
        if !sink.take(reason, Evidence { event, entry: None }) {
            break;
        }
    }
}

/// Failed calls in a row, of one tool or of one failure class. The two may overlap.
fn streaks<'s, 'a>(steps: &'s [Step<'a>]) -> impl Iterator<Item = &'s [Step<'a>]> {
    let failed = |left: &Step<'_>, right: &Step<'_>| left.fact.failed() && right.fact.failed();
    let of_tool = steps
        .chunk_by(move |left, right| failed(left, right) && is_same_tool(left.fact, right.fact));
    let of_class = steps.chunk_by(move |left, right| {
        let same = left.fact.failure_class == right.fact.failure_class;
        failed(left, right) && left.fact.failure_class.is_some() && same
    });
    of_tool.chain(of_class).filter(|streak| streak.len() >= SHORTEST_STREAK)
}

/// Searches before the first intent share one "no turn".
fn failed_searches(session: &Conversation<'_>, sink: &mut impl Sink) {
    for turn in session.looks.chunk_by(|left, right| left.turn == right.turn) {
        let failed = || turn.iter().filter(|look| look.failed());
        if failed().count() < FEWEST_FAILED_SEARCHES {
            continue;
        }
        for look in failed() {
            if !sink.take(Reason::RepeatedFailedSearch, look.evidence(&session.steps)) {
                break;
            }
        }
    }
}

/// The retries that failed again, each behind the call that it repeats.
fn failed_retries<'s, 'a>(
    steps: &'s [Step<'a>],
    retry_of: &'s [Option<u32>],
) -> impl Iterator<Item = &'s Step<'a>> {
    steps
        .iter()
        .zip(retry_of)
        .filter(|(step, _)| step.fact.failed())
        .filter_map(|(step, of)| Some([steps.get((*of)? as usize)?, step]))
        .flatten()
}

/// Each failed search that a similar one follows, with the first that does.
fn reformulated(session: &Conversation<'_>, resemblance: &Resemblance<'_>, sink: &mut impl Sink) {
    let evidence = |place: u32| {
        let look: Option<&Look<'_>> = session.looks.get(place as usize);
        look.map(|look| look.evidence(&session.steps))
    };
    for (place, look) in (0_u32..).zip(&session.looks) {
        if !look.failed() {
            continue;
        }
        let next = resemblance.first_after(place, |_| true);
        for found in next.into_iter().flat_map(|next| [place, next]).filter_map(evidence) {
            if !sink.take(Reason::ReformulatedSearch, found) {
                return;
            }
        }
    }
}
