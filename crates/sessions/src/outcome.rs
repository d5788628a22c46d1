//! How a session ended.

use hashbrown::HashSet;
use mcp_insights_calls::{MissKind, SearchKind};

use crate::Outcome;
use crate::conversation::{Conversation, Look, narrow};
use crate::similar::Resemblance;

/// The outcome, by precedence.
///
/// A call that did not fail worked, whether the client says so or says nothing.
pub(crate) fn of(session: &Conversation<'_>, resemblance: Option<&Resemblance<'_>>) -> Outcome {
    let last = session.steps.last();
    let looked_last = last.is_some_and(|last| last.fact.looks_for_tool);
    if !session.requests.is_empty() || looked_last || has_unanswered(session, resemblance) {
        return Outcome::Unmet;
    }
    match last {
        Some(last) if last.fact.failed() => Outcome::Failed,
        Some(_) => Outcome::Succeeded,
        None => Outcome::Unknown,
    }
}

/// Whether a discovery search found nothing, and neither a call that worked nor a similar search that found
/// something came later. A call answers from a later event; of two searches of one event the later entry does.
fn has_unanswered(session: &Conversation<'_>, resemblance: Option<&Resemblance<'_>>) -> bool {
    let is_empty = |look: &Look<'_>| {
        look.fact.kind == SearchKind::Discovery && look.fact.miss == Some(MissKind::NoResults)
    };
    let worked = session.steps.iter().rev().find(|step| !step.searches && !step.fact.failed());
    let answered_before = worked.map_or(0, |worked| worked.event);
    let found = |other: u32| session.looks.get(other as usize).is_some_and(Look::found);
    // Of equal searches the last one is the hardest to answer, and the only one that need be asked about.
    let mut asked = HashSet::new();
    (0..narrow(session.looks.len()))
        .zip(&session.looks)
        .rev()
        .take_while(|(_, look)| look.event >= answered_before)
        .filter(|(_, look)| is_empty(look))
        .any(|(place, _)| {
            let Some(resemblance) = resemblance else {
                return true;
            };
            let is_new = resemblance.number(place).is_none_or(|number| asked.insert(number));
            is_new && resemblance.first_after(place, found).is_none()
        })
}
