//! How a session was judged: the outcome, each signal of frustration with the events behind it, and why calls failed.

use maud::{Markup, html};
use mcp_insights::api::{ClassCount, ReasonEvidence};
use mcp_insights_presentation::figures::{count, counted, score};
use mcp_insights_presentation::html::parts::{section, table};
use mcp_insights_presentation::phrases;

use super::Replay;
use super::index::reason_anchor;
use crate::explain;
use crate::parts::sessions::outcome;

/// So many events of a signal stand open.
const OPEN_EVENTS: usize = 12;

pub(super) fn write(replay: &Replay<'_>) -> Markup {
    let judged = &replay.trace.classifications;
    let content = html! {
        p { (outcome(judged.outcome)) " " (explain::outcome(judged.outcome)) }
        @if judged.frustration.reasons.is_empty() {
            p.remark { "No signal of frustration." }
        } @else {
            p.remark {
                "Frustration " (score(Some(judged.frustration.score))) " of 1, from "
                (counted(judged.frustration.reasons.len() as u64, "signal", "signals")) ":"
            }
            ul.reasons {
                @for evidence in &judged.frustration.reasons { (reason(replay, evidence)) }
            }
        }
        @if !judged.failure_classes.is_empty() { (classes(&judged.failure_classes)) }
    };
    section("judgement", "How it was judged", "", &content)
}

fn reason(replay: &Replay<'_>, evidence: &ReasonEvidence) -> Markup {
    let (open, folded) = evidence.event_ids.split_at(evidence.event_ids.len().min(OPEN_EVENTS));
    html! {
        li id=(reason_anchor(evidence.reason)) {
            strong { (phrases::word(&evidence.reason)) } " "
            span.remark { (explain::reason(evidence.reason)) }
            ul.evidence {
                @for id in open { (link(replay, id)) }
            }
            @if !folded.is_empty() {
                details {
                    summary { (count(folded.len() as u64)) " more" }
                    ul.evidence { @for id in folded { (link(replay, id)) } }
                }
            }
        }
    }
}

fn link(replay: &Replay<'_>, id: &str) -> Markup {
    html! {
        @if let Some(place) = replay.index.place(id) {
            li { a href=(replay.href(place.event, &place.anchor)) { (place.name) } }
        }
    }
}

fn classes(classes: &[ClassCount]) -> Markup {
    let head = html! {
        th scope="col" { "Why calls failed" }
        th.figure scope="col" { "Calls" }
        th scope="col" { "What that means" }
    };
    let row = |class: &ClassCount| {
        html! {
            th scope="row" { (phrases::word(&class.class)) }
            td.figure { (count(class.count)) }
            td.remark { (explain::failure(class.class)) }
        }
    };
    table(
        "Failed calls by cause, silent failures included",
        &head,
        &classes.iter().map(row).collect::<Vec<_>>(),
    )
}
