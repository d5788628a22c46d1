//! Messages for people, on standard error.

use std::fmt::Display;
use std::io::Write as _;

use anstyle::{AnsiColor, Style};
use mcp_insights::{ReadReport, Rejection, Unreadable};
use mcp_insights_presentation::printable::{escaped, one_line};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();

/// Places that a summary of refused records names.
const PLACES: usize = 3;

/// Says why the command stops.
pub(crate) fn error(message: impl Display) {
    say(ERROR, "error", &message.to_string());
}

/// Says what the user should know of a command that goes on.
pub(crate) fn warning(message: impl Display) {
    say(WARNING, "warning", &message.to_string());
}

fn say(style: Style, kind: &str, message: &str) {
    // Nobody is left to tell where standard error is closed.
    let _ = writeln!(anstream::stderr().lock(), "{style}{kind}{style:#}: {}", escaped(message));
}

/// Names what could not be read and sums up what was refused.
pub(crate) fn reading(report: &ReadReport) {
    left_out(&report.unreadable, &report.rejections);
}

/// The same of any reading.
pub(crate) fn left_out(unreadable: &[Unreadable], rejections: &[Rejection]) {
    for file in unreadable {
        warning(format_args!("{}: {}", file.source, file.message));
    }
    if let Some(summary) = refused(rejections) {
        warning(summary);
    }
}

/// How many records were refused, and where the first of them are.
fn refused(rejections: &[Rejection]) -> Option<String> {
    let count = rejections.len();
    let first: Vec<String> = rejections.iter().take(PLACES).map(short).collect();
    let rest = if count > PLACES { ", …" } else { "" };
    let records = if count == 1 { "record was" } else { "records were" };
    (count > 0).then(|| {
        format!(
            "{count} {records} refused: {}{rest}; `mcp-insights validate` lists all",
            first.join(", ")
        )
    })
}

fn short(rejection: &Rejection) -> String {
    format!("{} ({})", place(rejection), reason(rejection))
}

/// The place of a refused record: its line where there are lines, else its offset.
pub(crate) fn place(rejection: &Rejection) -> String {
    match rejection.line {
        Some(line) => format!("{}:{line}", rejection.source),
        None => format!("{} at byte {}", rejection.source, rejection.offset),
    }
}

/// A refused record in full, on one line.
pub(crate) fn in_full(rejection: &Rejection) -> String {
    let event = match &rejection.event_id {
        Some(id) => format!(" (event {})", one_line(id)),
        None => String::new(),
    };
    format!("{}: {}{event}: {}", place(rejection), reason(rejection), one_line(&rejection.detail))
}

/// The reason as the contract names it.
pub(crate) fn reason(rejection: &Rejection) -> String {
    match serde_json::to_value(rejection.reason) {
        Ok(serde_json::Value::String(reason)) => reason,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use mcp_insights::RejectionReason;

    use super::*;

    fn rejection(line: Option<u64>) -> Rejection {
        Rejection {
            source: "a.ndjson".to_owned(),
            offset: 120,
            line,
            event_id: Some("e\u{1b}1".to_owned()),
            reason: RejectionReason::WrongType,
            detail: "ok is a text,\nnot true or false".to_owned(),
        }
    }

    #[test]
    fn a_refused_record_is_told_on_one_line() {
        let text = "a.ndjson:7: wrong_type (event e\\u{1b}1): ok is a text, not true or false";
        assert_eq!(in_full(&rejection(Some(7))), text);
        assert_eq!(place(&rejection(None)), "a.ndjson at byte 120");
    }

    #[test]
    fn a_summary_names_the_first_places() {
        assert_eq!(refused(&[]), None);
        let one =
            "1 record was refused: a.ndjson:7 (wrong_type); `mcp-insights validate` lists all";
        assert_eq!(refused(&[rejection(Some(7))]).as_deref(), Some(one));
        let many = vec![rejection(Some(1)); 5];
        let summary = refused(&many).unwrap_or_default();
        assert!(summary.starts_with("5 records were refused: a.ndjson:1 (wrong_type), "));
        assert!(summary.contains(", …; "));
    }
}
