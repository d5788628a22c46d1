//! Sessions as rows.

use maud::{Markup, html};
use mcp_insights::api::{self, Outcome};
use mcp_insights_presentation::figures::{count, millis, score};
use mcp_insights_presentation::html::parts::{heat, said, table};
use mcp_insights_presentation::phrases;
use mcp_insights_presentation::printable::one_line;

use super::facts::time;
use super::topics;
use crate::explain;
use crate::render::Context;

/// An intent is cut on a list; the session has all of it.
const LONGEST_INTENT: usize = 140;

/// Sessions as a table.
pub(crate) fn listed(context: &Context<'_>, caption: &str, sessions: &[api::Session]) -> Markup {
    let head = html! {
        th scope="col" { "Session" }
        th.least scope="col" { "Started" }
        th scope="col" { "Outcome" }
        th.figure scope="col" { "Frustration" }
        th.figure.minor scope="col" { "Calls" }
        th.figure.least scope="col" { "Failed" }
        th.figure.minor scope="col" { "Missed" }
        th.figure.minor scope="col" { "Took" }
        th.minor scope="col" { "Client" }
    };
    let rows: Vec<Markup> = sessions.iter().map(|session| row(context, session)).collect();
    table(caption, &head, &rows)
}

fn row(context: &Context<'_>, session: &api::Session) -> Markup {
    let failed = session.error_count + session.silent_failure_count;
    let frustration = session.frustration.score;
    html! {
        th.wide scope="row" {
            a href=(context.query.scope().href(&format!("/sessions/{}", session.id))) { (intent(session)) }
            (flags(session))
            p.example.instead { (time(session.started_at)) }
            @if !session.topic_ids.is_empty() {
                p.example.least {
                    @for (index, id) in session.topic_ids.iter().enumerate() {
                        @if index > 0 { " · " }
                        @let label = context.engine.label_of_topic(id);
                        (topics::link(context, id, label.as_deref().unwrap_or(id)))
                    }
                }
            }
        }
        td.nowrap.least { (time(session.started_at)) }
        td { (outcome(session.outcome)) }
        td class=(heat(Some(frustration), 0.30, 0.55)) title=(one_line(&phrases::reasons(session))) {
            (score(Some(frustration)))
        }
        td.figure.minor { (count(session.tool_call_count)) }
        td class={ "figure least" @if failed > 0 { " bad" } } title=(phrases::happenings(session)) { (count(failed)) }
        td.figure.minor { (count(session.failed_search_count)) }
        td.figure.minor { (millis(Some(session.duration_ms))) }
        td.minor.nowrap { (said(&phrases::client(session))) }
    }
}

/// The first intent, or what stands in its place.
pub(crate) fn intent(session: &api::Session) -> Markup {
    html! {
        @match &session.raw_intent {
            Some(intent) => (said(&shortened(intent))),
            None => em { "No declared intent" }
        }
    }
}

/// A text of at most so many characters.
pub(crate) fn shortened(text: &str) -> String {
    let text = one_line(text);
    if text.chars().count() <= LONGEST_INTENT {
        return text;
    }
    let kept: String = text.chars().take(LONGEST_INTENT).collect();
    format!("{}…", kept.trim_end())
}

/// What marks a session, beside its outcome: that one is unmet is said once.
pub(crate) fn flags(session: &api::Session) -> Markup {
    let said =
        |flag: &api::Flag| *flag == api::Flag::UnmetDemand && session.outcome == Outcome::Unmet;
    html! {
        @for flag in session.flags.iter().filter(|flag| !said(flag)) {
            " " span.badge.warn title=(explain::flag(*flag)) { (phrases::word(flag)) }
        }
    }
}

/// How a session ended, coloured.
pub(crate) fn outcome(outcome: Outcome) -> Markup {
    let class = match outcome {
        Outcome::Unmet => "badge warn",
        Outcome::Failed => "badge bad",
        Outcome::Succeeded => "badge good",
        Outcome::Unknown => "badge",
    };
    html! { span class=(class) title=(explain::outcome(outcome)) { (phrases::word(&outcome)) } }
}
