//! One session analysed: the same for a column of millions and for a trace.

use mcp_insights_calls::Facts;

use crate::conversation::{Conversation, Look};
use crate::queries::Queries;
use crate::signals::{self, Sink};
use crate::similar::Resemblance;
use crate::{Flag, Flags, Outcome, abandoned, loops, outcome, retries};

/// What an analysis finds for each call and search; kept between sessions, so that one costs no allocation.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// For each call the failed call that it repeats.
    pub(crate) retry_of: Vec<Option<u32>>,
    /// For each search whether it was abandoned.
    pub(crate) abandoned: Vec<bool>,
}

/// What an analysis finds for the session as a whole, frustration aside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) outcome: Outcome,
    pub(crate) flags: Flags,
}

/// Analyses a session; its signals of frustration go to `sink`.
pub(crate) fn analyse(
    facts: &Facts,
    session: &Conversation<'_>,
    queries: &Queries,
    findings: &mut Findings,
    sink: &mut impl Sink,
) -> Verdict {
    retries::find(&session.steps, &facts.arguments, &mut findings.retry_of);
    // Most sessions hold no search at all, and only a failed one asks what resembles it.
    let words: Vec<&[u64]> = session.looks.iter().map(|look| queries.words(look.fact)).collect();
    abandoned::find(session, &words, &mut findings.abandoned);
    let any_failed = session.looks.iter().any(Look::failed);
    let resemblance = any_failed.then(|| Resemblance::of(&words));
    signals::find(session, &findings.retry_of, resemblance.as_ref(), sink);
    let outcome = outcome::of(session, resemblance.as_ref());
    Verdict { outcome, flags: flags(session, outcome) }
}

fn flags(session: &Conversation<'_>, outcome: Outcome) -> Flags {
    let mut flags = Flags::default();
    let fires = [
        (Flag::UnmetDemand, outcome == Outcome::Unmet),
        (Flag::CapabilityRequest, !session.requests.is_empty()),
        (Flag::Loop, loops::loops(&session.steps).next().is_some()),
        (Flag::SilentFailure, session.steps.iter().any(|step| step.fact.silent_failure)),
        (Flag::SecretDetected, session.events.iter().any(|event| event.has_secret)),
    ];
    for (flag, _) in fires.into_iter().filter(|(_, fires)| *fires) {
        flags.insert(flag);
    }
    flags
}
