//! A session turn by turn: what the agent thought, called and got, and why it counts as a failure.
//!
//! [`index`] gives every event and call a place on the page, so that the judgement can point at what is behind it; the other
//! files write one part each.

mod event;
mod index;
mod judgement;
mod overview;
mod paging;
mod strip;
mod turns;
mod verdict;

use maud::{Markup, html};
use mcp_insights::api;

use crate::render::Context;
use index::Index;
use paging::Paging;

/// The replay of a session.
pub(crate) fn write(context: &Context<'_>, trace: &api::Trace) -> Markup {
    let paging = Paging::new(trace.events.len(), context.page);
    let replay = Replay { context, trace, index: Index::of(trace), paging };
    html! {
        (overview::write(&replay))
        @if paging.is_first() { (judgement::write(&replay)) }
        (strip::write(&replay))
        div id="turns" { (turns::write(&replay)) }
        (paging::links(&replay))
    }
}

/// What every part of the replay reads.
pub(crate) struct Replay<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) trace: &'a api::Trace,
    pub(crate) index: Index<'a>,
    /// Which of the events are shown.
    pub(crate) paging: Paging,
}
