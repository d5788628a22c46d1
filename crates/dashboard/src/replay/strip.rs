//! All calls of a session as a strip of marks, each a link to its call.

use maud::{Markup, html};
use mcp_insights_presentation::figures::millis;
use mcp_insights_presentation::html::parts::section;
use mcp_insights_presentation::printable::one_line;

use super::Replay;
use super::index::Placed;

pub(super) fn write(replay: &Replay<'_>) -> Markup {
    let calls = &replay.index.calls;
    if calls.is_empty() {
        return html! {};
    }
    let failed = calls.iter().filter(|placed| placed.verdict.failed()).count();
    let content = html! {
        p.remark.legend {
            span.mark.worked {} " worked " span.mark.failed {} " failed " span.mark.silent {} " silent failure "
            span.mark.unreported {} " not reported"
            " · " a href="#turns" { "skip to the turns" }
            @if failed > 0 {
                @if let Some(first) = replay.index.next_failure(0) { " · " a href=(replay.href(first.event, &first.anchor)) { "first failure" } }
            }
        }
        ol.strip { @for placed in calls { li { (mark(replay, placed)) } } }
    };
    section("calls", "All calls", "", &content)
}

fn mark(replay: &Replay<'_>, placed: &Placed<'_>) -> Markup {
    let tool = placed.call.tool_name.as_deref().map_or("unnamed".to_owned(), one_line);
    let told = format!("{tool}, {}, {}", placed.verdict.word(), millis(placed.call.duration_ms));
    html! {
        a class=(placed.verdict.class()) href=(replay.href(placed.event, &placed.anchor)) title=(told) {
            (placed.number) span.hidden { " " (told) }
        }
    }
}
