//! What was read, which window is shown, and which time is now.

use mcp_insights_presentation::printable::one_line;

use super::page::Page;
use super::style::{self, paint};
use super::width;
use crate::report::data::Report;
use crate::report::phrases;

pub(super) fn write(page: &mut Page, report: &Report) {
    page.line(&paint(style::HEADING, "MCP INSIGHTS"));
    let paths: Vec<String> = report.input.paths.iter().map(|path| one_line(path)).collect();
    row(page, "read", &paths.join(", "));
    row(page, "", &phrases::input(&report.input));
    if let Some(answers) = &report.answers {
        let overview = &answers.overview;
        row(page, "window", &phrases::window(&overview.window));
        row(page, "now", &phrases::now(report));
        for (index, line) in phrases::coverage(&overview.coverage).iter().enumerate() {
            row(page, if index == 0 { "covers" } else { "" }, line);
        }
    }
}

/// A name and what is said of it, over as many lines as it takes.
fn row(page: &mut Page, name: &str, text: &str) {
    const NAME: usize = 8;
    let columns = page.width().saturating_sub(NAME);
    let mut name = name;
    for line in width::wrap(text, columns, usize::MAX) {
        page.line(&format!("{}{line}", paint(style::FAINT, &format!("{name:NAME$}"))));
        name = "";
    }
}
