//! Abandoned searches: those that found something, though not what was wanted.

use mcp_insights_calls::SearchKind;

use crate::conversation::Conversation;
use crate::similar::are_similar;

/// Of a call that carries more searches than this, only the first so many are compared.
const MOST_FOLLOWERS: usize = 64;

/// For each search whether it was abandoned, into `abandoned`; `words` holds the telling words of each.
///
/// A discovery search that did not fail is, where the very next call of the same turn began after it had ended and
/// is or carries a similar search. A search of a script that no call carries has no next call.
pub(crate) fn find(session: &Conversation<'_>, words: &[&[u64]], abandoned: &mut Vec<bool>) {
    abandoned.clear();
    let step = |number: Option<u32>| session.steps.get(number? as usize);
    for (place, look) in session.looks.iter().enumerate() {
        let following = look.step.map(|number| number.saturating_add(1));
        let next = match (step(look.step), step(following)) {
            (Some(own), Some(next)) if next.is_after(own) && next.turn == look.turn => next,
            _ => {
                abandoned.push(false);
                continue;
            }
        };
        let is_candidate = look.fact.kind == SearchKind::Discovery && !look.failed();
        let followed = is_candidate
            && words.get(place).is_some_and(|own| {
                let first = session.looks.partition_point(|other| other.event < next.event);
                let others = session.looks.iter().zip(words).skip(first);
                others
                    .take_while(|(other, _)| other.event == next.event)
                    .filter(|(other, _)| other.step == following)
                    .take(MOST_FOLLOWERS)
                    .any(|(_, others)| are_similar(own, others))
            });
        abandoned.push(followed);
    }
}
