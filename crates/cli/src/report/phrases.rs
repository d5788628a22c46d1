//! Sentences of the report, beside those that every page says alike.

use mcp_insights::Tool;
use mcp_insights_presentation::figures::{count, counted, minute};
pub(crate) use mcp_insights_presentation::phrases::*;

use super::data::{Answers, CatalogUse, Input, NowSource, Report};

/// What was read.
pub(crate) fn input(input: &Input) -> String {
    let mut parts = vec![
        counted(input.accepted, "event", "events"),
        format!("from {}", counted(input.sources, "source", "sources")),
    ];
    if input.duplicates > 0 {
        parts.push(format!("· {} dropped", counted(input.duplicates, "duplicate", "duplicates")));
    }
    if input.rejected > 0 {
        parts.push(format!("· {} refused", counted(input.rejected, "record", "records")));
    }
    if !input.unreadable.is_empty() {
        parts.push(format!(
            "· {} unreadable",
            counted(input.unreadable.len() as u64, "file", "files")
        ));
    }
    parts.join(" ")
}

/// Which time is now, and why.
pub(crate) fn now(report: &Report) -> String {
    match (report.now, report.now_source) {
        (Some(now), NowSource::Given) => format!("{} UTC, as given", minute(now)),
        (Some(now), _) => {
            format!(
                "{} UTC, the end of the hour of the newest event; --now TIME takes another",
                minute(now)
            )
        }
        (None, _) => "unknown".to_owned(),
    }
}

/// What is said where there is nothing to report.
pub(crate) const NO_EVENTS: &str =
    "There are no events in the input, so there is nothing to report.";

/// Which sessions are listed.
pub(crate) fn worst_sessions(answers: &Answers) -> String {
    let shown = answers.frustrated().count() as u64;
    let mut remark = format!("the {} with the most frustration", count(shown));
    if shown == 1 {
        "the one with frustration".clone_into(&mut remark);
    }
    format!("{remark}, of {}", counted(answers.worst_sessions.total, "session", "sessions"))
}

/// A tool of the catalog table; one that the catalog lacks is marked.
pub(crate) fn tool(tool: &Tool) -> String {
    if tool.in_catalog { tool.tool_name.clone() } else { format!("{} (not in it)", tool.tool_name) }
}

/// What the catalog table shows.
pub(crate) fn catalog(catalog: &CatalogUse) -> String {
    format!(
        "{}, {} of them called; searches that missed one first",
        counted(catalog.tool_count, "tool", "tools"),
        count(catalog.called_count)
    )
}
