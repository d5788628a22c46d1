//! Retries: which failed call a call tries again.

use std::cmp::Ordering;

use mcp_insights_calls::{Argument, CallFact, Rows};

use crate::conversation::{Step, narrow};

/// A retry comes within this many calls of the failed one.
const NEAREST_CALLS: usize = 3;

/// For each call the latest failed call that it tries again, into `retry_of`.
///
/// That is one of the three calls before it, had finished, and was of the same tool with at least half of the
/// arguments equal. Of calls in one script nobody knows whether one had finished, so none is a retry of another.
pub(crate) fn find(
    steps: &[Step<'_>],
    arguments: &Rows<Argument>,
    retry_of: &mut Vec<Option<u32>>,
) {
    retry_of.clear();
    for (place, step) in steps.iter().enumerate() {
        let nearest = place.saturating_sub(NEAREST_CALLS)..place;
        let earlier = steps.get(nearest.clone()).unwrap_or(&[]);
        let failed = nearest.zip(earlier).rev().find(|(_, before)| {
            before.fact.failed()
                && step.is_after(before)
                && is_same_tool(step.fact, before.fact)
                && is_alike(step.fact, before.fact, arguments)
        });
        retry_of.push(failed.map(|(place, _)| narrow(place)));
    }
}

/// Whether two calls name one tool.
pub(crate) fn is_same_tool(left: &CallFact, right: &CallFact) -> bool {
    left.tool.is_some() && left.tool == right.tool
}

/// Whether two calls have the same input; one that was cut equals nothing.
pub(crate) fn is_same_input(left: &CallFact, right: &CallFact) -> bool {
    left.input.is_some() && left.input == right.input
}

/// Whether at least half of the arguments of two calls are equal, of the union of their names.
fn is_alike(left: &CallFact, right: &CallFact, arguments: &Rows<Argument>) -> bool {
    if left.input.is_none() || right.input.is_none() {
        return false;
    }
    let of = |call: &CallFact| arguments.range(call.arguments.range());
    let (mut left_rest, mut right_rest) = (of(left), of(right));
    let (mut union, mut equal) = (0_usize, 0_usize);
    while let ([first, left_tail @ ..], [second, right_tail @ ..]) = (left_rest, right_rest) {
        union += 1;
        match first.name.cmp(&second.name) {
            Ordering::Less => left_rest = left_tail,
            Ordering::Greater => right_rest = right_tail,
            Ordering::Equal => {
                equal += usize::from(first.value == second.value);
                (left_rest, right_rest) = (left_tail, right_tail);
            }
        }
    }
    union += left_rest.len() + right_rest.len();
    if union == 0 {
        // No arguments, or an input that has no names, such as a list.
        return is_same_input(left, right);
    }
    2 * equal >= union
}
