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
/// something came later. Of one event the later entry answers; of a search that is no entry of its calls nobody knows when it was, so a
/// later event does.
fn has_unanswered(session: &Conversation<'_>, resemblance: Option<&Resemblance<'_>>) -> bool {
    let is_empty = |look: &Look<'_>| {
        look.fact.kind == SearchKind::Discovery && look.fact.miss == Some(MissKind::NoResults)
    };
    let worked = session.steps.iter().rposition(|step| !step.searches && !step.fact.failed());
    let worked_in = worked.and_then(|worked| session.steps.get(worked)).map(|step| step.event);
    let is_answered = |look: &Look<'_>| {
        worked_in > Some(look.event)
            || worked_in == Some(look.event)
                && look.step.is_some_and(|step| Some(step as usize) < worked)
    };
    let found = |other: u32| session.looks.get(other as usize).is_some_and(Look::found);
    // Of equal searches the last one is the hardest to answer, and the only one that need be asked about.
    let mut asked = HashSet::new();
    (0..narrow(session.looks.len()))
        .zip(&session.looks)
        .rev()
        .take_while(|(_, look)| worked_in <= Some(look.event))
        .filter(|(_, look)| is_empty(look) && !is_answered(look))
        .any(|(place, _)| {
            let Some(resemblance) = resemblance else {
                return true;
            };
            let is_new = resemblance.number(place).is_none_or(|number| asked.insert(number));
            is_new && resemblance.first_after(place, found).is_none()
        })
}
