//! The head of a session: its intent, how it ended, and the facts about it.

use maud::{Markup, html};
use mcp_insights_presentation::figures::{count, millis, score};
use mcp_insights_presentation::html::parts::{heat, said};
use mcp_insights_presentation::phrases;

use super::Replay;
use crate::parts::facts::{Figure, tiles, time};
use crate::parts::sessions::{flags, intent, outcome};
use crate::parts::topics;

pub(super) fn write(replay: &Replay<'_>) -> Markup {
    let (context, session) = (replay.context, &replay.trace.session);
    let scope = context.query.scope();
    html! {
        p.crumb { a href=(scope.href("/sessions")) { "Sessions" } }
        div.page-head {
            div {
                h1 { (intent(session)) }
                p.badges {
                    (outcome(session.outcome))
                    " " span class={ "badge " (heat(Some(session.frustration.score), 0.30, 0.55)) } {
                        "frustration " (score(Some(session.frustration.score))) ", " (phrases::word(&session.frustration.level))
                    }
                    (flags(session))
                }
            }
        }
        (tiles(&figures(replay)))
        dl.facts.columns-of-facts {
            dt { "Started" } dd { (time(session.started_at)) " UTC" }
            dt { "Client" } dd { (said(&phrases::client(session))) }
            dt { "Actor" } dd {
                @if let Some(identifier) = &session.actor_identifier { (said(identifier)) " " }
                code.id { (said(&session.actor_id)) }
            }
            @if let Some(server) = &session.mcp_server_id { dt { "Server" } dd { code { (said(server)) } } }
            dt { "Topics" } dd {
                @if replay.trace.classifications.topics.is_empty() { "none" }
                @for (index, topic) in replay.trace.classifications.topics.iter().enumerate() {
                    @if index > 0 { ", " }
                    (topics::link(context, &topic.id, &topic.label))
                }
            }
            dt { "Intents" } dd { (phrases::word(&session.intent_source)) }
            @if let Some(earlier) = &session.repeat_of {
                dt { "Comes back to" } dd { a href=(scope.href(&format!("/sessions/{earlier}"))) { "an earlier session" } }
            }
            dt { "Session key" } dd { code.id { (said(&session.session_key)) } }
            dt { "Id" } dd { code.id { (session.id) } }
        }
    }
}

fn figures(replay: &Replay<'_>) -> [Figure; 7] {
    let session = &replay.trace.session;
    let hot = |number: u64| if number > 0 { "bad" } else { "" };
    [
        Figure::new("Took", millis(Some(session.duration_ms))),
        Figure::new("Turns", count(replay.trace.turns.len() as u64)),
        Figure::new("Tool calls", count(session.tool_call_count)),
        Figure::new("Errors", count(session.error_count)).heat(hot(session.error_count)),
        Figure::new("Silent failures", count(session.silent_failure_count))
            .heat(hot(session.silent_failure_count)),
        Figure::new("Failed searches", count(session.failed_search_count))
            .heat(hot(session.failed_search_count))
            .below(html! { "of " (count(session.search_count)) }),
        Figure::new("Capability requests", count(session.capability_request_count)),
    ]
}
