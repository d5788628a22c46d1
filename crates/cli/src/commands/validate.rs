//! `validate`: what is in a dump, and what in it is wrong.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use mcp_insights::{ReadReport, Rejection};
use mcp_insights_presentation::figures::{count, counted};
use mcp_insights_presentation::printable::one_line;
use serde::Serialize;

use crate::arguments::Validate;
use crate::arguments::meaning::Needs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages;
use crate::output::{Form, Output};
use crate::reading::account;

pub(super) fn run(arguments: &Validate) -> Result<Exit, Failure> {
    if arguments.reading.data.is_some() {
        return Err(Failure::NoDump);
    }
    let report = &account(&arguments.reading, &arguments.reading.options(Needs::Figures))?;
    if arguments.reading.strict && !report.unreadable.is_empty() {
        messages::reading(report);
        return Err(Failure::Incomplete);
    }
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&Account::new(report), Form::pretty(arguments.pretty))?;
    } else {
        output.text(&page(report))?;
    }
    output.finish()?;
    for file in &report.unreadable {
        messages::warning(format_args!("{}: {}", file.source, file.message));
    }
    Ok(exit(report))
}

fn exit(report: &ReadReport) -> Exit {
    if !report.unreadable.is_empty() {
        Exit::Unusable
    } else if !report.rejections.is_empty() {
        Exit::Rejected
    } else {
        Exit::Done
    }
}

/// The account for machines.
#[derive(Serialize)]
struct Account<'a> {
    accepted: u64,
    duplicates: u64,
    rejected: u64,
    events_by_kind: BTreeMap<&'a str, u64>,
    rejections: &'a [Rejection],
    unreadable: Vec<Unread<'a>>,
}

#[derive(Serialize)]
struct Unread<'a> {
    source: &'a str,
    message: &'a str,
}

impl<'a> Account<'a> {
    fn new(report: &'a ReadReport) -> Self {
        let unread = report.unreadable.iter();
        Self {
            accepted: report.accepted,
            duplicates: report.duplicates,
            rejected: report.rejections.len() as u64,
            events_by_kind: report
                .events_by_kind
                .iter()
                .map(|(kind, count)| (kind.as_str(), *count))
                .collect(),
            rejections: &report.rejections,
            unreadable: unread
                .map(|file| Unread { source: &file.source, message: &file.message })
                .collect(),
        }
    }
}

/// The account for people.
fn page(report: &ReadReport) -> String {
    let mut page = String::new();
    // Writing to a string cannot fail.
    let mut row = |name: &str, number: u64| {
        let _ = writeln!(page, "{name:<24} {:>12}", count(number));
    };
    row("events", report.accepted);
    for (kind, number) in &report.events_by_kind {
        row(&format!("  {}", one_line(kind)), *number);
    }
    row("duplicates", report.duplicates);
    row("refused", report.rejections.len() as u64);
    let mut reasons = BTreeMap::new();
    for rejection in &report.rejections {
        *reasons.entry(messages::reason(rejection)).or_insert(0) += 1;
    }
    for (reason, number) in reasons {
        row(&format!("  {reason}"), number);
    }
    row("unreadable files", report.unreadable.len() as u64);
    if report.rejections.is_empty() {
        return page;
    }
    let records = counted(report.rejections.len() as u64, "refused record", "refused records");
    let _ = writeln!(page, "\n{records}, by place:");
    for rejection in &report.rejections {
        let _ = writeln!(page, "  {}", one_line(&messages::in_full(rejection)));
    }
    page
}
