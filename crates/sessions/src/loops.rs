//! Loops: one call over and over.

use crate::conversation::Step;
use crate::retries::{is_same_input, is_same_tool};

/// From this many equal calls in a row on it is a loop.
const SHORTEST: usize = 3;

/// The loops of a session, each with all its calls.
pub(crate) fn loops<'s, 'a>(steps: &'s [Step<'a>]) -> impl Iterator<Item = &'s [Step<'a>]> {
    steps
        .chunk_by(|left, right| {
            is_same_tool(left.fact, right.fact) && is_same_input(left.fact, right.fact)
        })
        .filter(|run| run.len() >= SHORTEST)
}
