//! A long session on several pages, since one with all of its texts would be too much for a browser.

use std::ops::Range;

use maud::{Markup, html};
use mcp_insights_presentation::figures::count;

use super::Replay;
use crate::render::PAGE;

/// Events of one page.
pub(crate) const EVENTS: usize = 200;

/// The pages of a session, and the one that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Paging {
    /// How many there are, at least one.
    all: usize,
    /// The one that is shown, from 1.
    shown: usize,
}

impl Paging {
    /// The pages of so many events, of which one is asked for; beyond the last is the last.
    pub(crate) fn new(events: usize, asked: usize) -> Self {
        let all = events.div_ceil(EVENTS).max(1);
        Self { all, shown: asked.clamp(1, all) }
    }

    /// Whether the first page is shown, which has the judgement.
    pub(crate) fn is_first(self) -> bool {
        self.shown == 1
    }

    /// The events that are shown.
    pub(crate) fn events(self) -> Range<usize> {
        (self.shown - 1) * EVENTS..self.shown * EVENTS
    }

    fn of_event(event: usize) -> usize {
        event / EVENTS + 1
    }
}

impl Replay<'_> {
    /// The address of an element that belongs to an event.
    pub(crate) fn href(&self, event: usize, anchor: &str) -> String {
        self.href_in(Paging::of_event(event), anchor)
    }

    /// The address of an element of the judgement.
    pub(crate) fn href_of_judgement(&self, anchor: &str) -> String {
        self.href_in(1, anchor)
    }

    fn href_in(&self, page: usize, anchor: &str) -> String {
        if page == self.paging.shown {
            format!("#{anchor}")
        } else {
            format!("{}#{anchor}", self.page(page))
        }
    }

    /// The address of a page.
    fn page(&self, page: usize) -> String {
        let scope = self.context.query.scope();
        let query = if page == 1 { scope } else { scope.with(PAGE, &page.to_string()) };
        query.href(&format!("/sessions/{}", self.trace.session.id))
    }
}

/// Links from page to page, where there are several.
pub(super) fn links(replay: &Replay<'_>) -> Markup {
    let Paging { all, shown } = replay.paging;
    html! {
        @if all > 1 {
            nav.paging aria-label="Pages of the session" {
                @if shown > 1 { a.button rel="prev" href=(replay.page(shown - 1)) { "Previous page" } }
                span.remark { "Page " (count(shown as u64)) " of " (count(all as u64)) ", " (count(EVENTS as u64)) " events each" }
                @if shown < all { a.button rel="next" href=(replay.page(shown + 1)) { "Next page" } }
            }
        }
    }
}
