//! What the catalog offers, against what was used.

use mcp_insights::Tool;
use mcp_insights_presentation::figures::{count, ratio};
use mcp_insights_presentation::printable::one_line;

use super::page::Page;
use super::style;
use super::table::{self, Cell, Column, Row};
use crate::report::data::CatalogUse;
use crate::report::phrases;

pub(super) fn write(page: &mut Page, catalog: &CatalogUse) {
    const COLUMNS: [Column; 6] = [
        Column::left("tool").shrinks(24, 10),
        Column::right("missed"),
        Column::right("found").spare(2),
        Column::right("calls"),
        Column::right("failed"),
        Column::left("left for").shrinks(16, 12).spare(1),
    ];
    let row = |tool: &Tool| {
        let failed = tool.reported_failure_count + tool.silent_failure_count;
        let others: Vec<String> = tool
            .confused_with
            .iter()
            .map(|other| format!("{} ×{}", one_line(&other.tool_name), other.count))
            .collect();
        Row::new(vec![
            Cell::styled(one_line(&phrases::tool(tool)), style::STRONG),
            Cell::plain(count(tool.missed_demand_count)),
            Cell::plain(count(tool.found_count)),
            Cell::plain(count(tool.call_count)),
            Cell::styled(count(failed), style::of_failures(ratio(failed, tool.call_count))),
            Cell::styled(others.join(", "), style::FAINT),
        ])
    };
    page.heading("CATALOG", &phrases::catalog(catalog));
    let rows: Vec<Row> = catalog.tools.iter().map(row).collect();
    for line in table::lines(&COLUMNS, &rows, page.width(), 2) {
        page.line(&line);
    }
}
