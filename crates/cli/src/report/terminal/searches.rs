//! The failed searches and what they say that the API lacks.

use mcp_insights::api;
use mcp_insights_presentation::figures::{change, score};
use mcp_insights_presentation::kpis::arrow;
use mcp_insights_presentation::printable::one_line;

use super::page::Page;
use super::style::{self, paint};
use super::topics::sparkline;
use super::width;
use crate::report::data::Answers;
use crate::report::phrases;

/// Queries shown of each cluster.
const MOST_QUERIES: usize = 4;

pub(super) fn write(page: &mut Page, answers: &Answers) {
    let list = &answers.searches;
    if list.searches.is_empty() {
        page.heading("FAILED SEARCHES", "");
        let text = "No search came back empty and nothing was asked for that the API lacks.";
        page.paragraph(text, 2, usize::MAX, style::PLAIN);
        return;
    }
    page.heading("FAILED SEARCHES", &phrases::searches(list));
    for (search, number) in list.searches.iter().zip(1_u32..) {
        cluster(page, search, number);
    }
}

fn cluster(page: &mut Page, search: &api::SearchCluster, number: u32) {
    let gap = &search.suggested_gap;
    let priority = format!("priority {}", score(Some(gap.priority)));
    let room = page.width().saturating_sub(6 + 2 + priority.len());
    let label = width::fit(&one_line(&search.label), room);
    let space = " ".repeat(room.saturating_sub(width::width(&label)) + 2);
    let number = paint(style::FAINT, &format!("{number:>4}  "));
    page.line(&format!(
        "{number}{}{space}{}",
        paint(style::STRONG, &label),
        paint(style::WARNING, &priority)
    ));
    page.paragraph(&one_line(&phrases::gap(gap)), 6, 2, style::ACCENT);
    let trend = &search.trend;
    let direction = if trend.change_pct.is_some() {
        format!(" {} {}", arrow(trend.change_pct), change(trend.change_pct))
    } else {
        String::new()
    };
    page.paragraph(
        &format!("{} · {}{direction}", phrases::demand(search), sparkline(trend)),
        6,
        3,
        style::PLAIN,
    );
    let queries: Vec<String> = search
        .queries
        .iter()
        .take(MOST_QUERIES)
        .map(|query| format!("“{}” ×{}", one_line(&query.text), query.count))
        .collect();
    page.paragraph(&queries.join("  "), 6, 2, style::PLAIN);
    let about = format!(
        "{} · {} · {}",
        search.id,
        phrases::word(&search.search_kind),
        phrases::state(search)
    );
    let note =
        search.note.as_deref().map_or_else(String::new, |note| format!(" · {}", one_line(note)));
    page.paragraph(&format!("{about}{note}"), 6, 2, style::FAINT);
    page.paragraph(&one_line(&gap.rationale), 6, 3, style::FAINT);
}
