//! The sessions with the most frustration, and how to look into each.

use maud::{Markup, html};
use mcp_insights::api;
use mcp_insights_presentation::figures::{millis, minute, score};
use mcp_insights_presentation::html::parts::{heat, said, section};
use mcp_insights_presentation::printable::escaped;

use crate::report::data::{Answers, Report};
use crate::report::phrases;

pub(super) fn write(report: &Report, answers: &Answers) -> Markup {
    if answers.frustrated().next().is_none() {
        let content = html! { p.empty { "No session shows frustration." } };
        return section("sessions", "Worst sessions", "", &content);
    }
    let content = html! {
        ol.cards { @for session in answers.frustrated() { li { (entry(report, session)) } } }
    };
    section("sessions", "Worst sessions", &phrases::worst_sessions(answers), &content)
}

fn entry(report: &Report, session: &api::Session) -> Markup {
    let frustration = &session.frustration;
    html! {
        article {
            h3 {
                @match &session.raw_intent {
                    Some(intent) => { "“" (said(intent)) "”" }
                    None => "No declared intent"
                }
            }
            p.badges {
                span class={ "badge " (heat(Some(frustration.score), 0.30, 0.55)) } { "frustration " (score(Some(frustration.score))) }
                " " span.badge { (phrases::word(&session.outcome)) }
            }
            p { (phrases::reasons(session)) }
            p.remark {
                (minute(session.started_at)) " · " (said(&phrases::client(session))) " · "
                (phrases::happenings(session)) " · " (millis(Some(session.duration_ms)))
            }
            pre { code { (escaped(&report.reopen.trace(&session.id))) } }
        }
    }
}
