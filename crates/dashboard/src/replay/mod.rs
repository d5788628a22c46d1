//! A session turn by turn: what the agent thought, called and got, and why it counts as a failure.
//!
//! [`index`] gives every event and call a place on the page, so that the judgement can point at what is behind it; the other
//! files write one part each.

mod event;
mod index;
mod judgement;
mod overview;
mod strip;
mod turns;
mod verdict;

use maud::{Markup, html};
use mcp_insights::api;

use crate::render::Context;
use index::Index;

/// The replay of a session.
pub(crate) fn write(context: &Context<'_>, trace: &api::Trace) -> Markup {
    let replay = Replay { context, trace, index: Index::of(trace) };
    html! {
        (overview::write(&replay))
        (judgement::write(&replay))
        (strip::write(&replay))
        (turns::write(&replay))
    }
}

/// What every part of the replay reads.
pub(crate) struct Replay<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) trace: &'a api::Trace,
    pub(crate) index: Index<'a>,
}
