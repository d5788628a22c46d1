//! What is said under a list that a limit has cut.

use maud::{Markup, html};
use mcp_insights_presentation::figures::count;

use crate::render::Context;

/// A link to more rows, where there are some.
pub(crate) fn rest(context: &Context<'_>, path: &str, shown: usize, total: u64) -> Markup {
    let shown = shown as u64;
    html! {
        @if shown < total {
            p.more {
                (count(total - shown)) " more are not shown. "
                @if shown < 500 { a href=(context.query.with("limit", "500").href(path)) { "Show up to 500" } }
            }
        }
    }
}
