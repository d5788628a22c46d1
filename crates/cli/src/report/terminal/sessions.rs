//! The sessions with the most frustration, and how to look into each.

use mcp_insights::api;
use mcp_insights_presentation::figures::{millis, minute, score};
use mcp_insights_presentation::printable::{escaped, one_line};

use super::page::Page;
use super::style::{self, paint};
use super::width;
use crate::report::data::{Answers, Report};
use crate::report::phrases;

pub(super) fn write(page: &mut Page, report: &Report, answers: &Answers) {
    if answers.frustrated().next().is_none() {
        page.heading("WORST SESSIONS", "");
        page.line("  No session shows frustration.");
        return;
    }
    page.heading("WORST SESSIONS", &phrases::worst_sessions(answers));
    for session in answers.frustrated() {
        entry(page, report, session);
    }
}

fn entry(page: &mut Page, report: &Report, session: &api::Session) {
    let frustration = &session.frustration;
    let mark = style::of_frustration(Some(frustration.score)).bold();
    let facts = [
        minute(session.started_at),
        one_line(&phrases::client(session)),
        phrases::word(&session.outcome),
        phrases::happenings(session),
        millis(Some(session.duration_ms)),
    ];
    let head = format!("{:>4}", score(Some(frustration.score)));
    let mut lines = width::wrap(&facts.join(" · "), page.width().saturating_sub(8), 3).into_iter();
    let first = lines.next().unwrap_or_default();
    page.line(&format!("  {}  {first}", paint(mark, &head)));
    for line in lines {
        page.line(&format!("        {line}"));
    }
    let intent = match &session.raw_intent {
        Some(intent) => format!("“{}”", one_line(intent)),
        None => "no declared intent".to_owned(),
    };
    page.paragraph(&intent, 8, 2, style::STRONG);
    page.paragraph(&phrases::reasons(session), 8, 2, style::WARNING);
    // The command is never cut: it is there to be copied.
    page.line(&format!(
        "        {}",
        paint(style::FAINT, &escaped(&report.reopen.trace(&session.id)))
    ));
}
