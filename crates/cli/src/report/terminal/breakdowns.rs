//! Tools, clients and failure classes.

use mcp_insights::api;
use mcp_insights_presentation::figures::{count, millis, part, ratio};
use mcp_insights_presentation::printable::one_line;

use super::page::Page;
use super::style;
use super::table::{self, Cell, Column, Row};
use crate::report::phrases;

pub(super) fn write(page: &mut Page, breakdowns: &api::Breakdowns) {
    tools(page, &breakdowns.tools);
    clients(page, &breakdowns.clients);
    failures(page, &breakdowns.failure_classes);
}

fn section(page: &mut Page, title: &str, remark: &str, columns: &[Column], rows: &[Row]) {
    page.heading(title, remark);
    if rows.is_empty() {
        page.line("  None.");
        return;
    }
    for line in table::lines(columns, rows, page.width(), 2) {
        page.line(&line);
    }
}

fn tools(page: &mut Page, tools: &[api::ToolBreakdown]) {
    const COLUMNS: [Column; 8] = [
        Column::left("tool").shrinks(24, 10),
        Column::right("calls"),
        Column::right("errors"),
        Column::right("error rate"),
        Column::right("silent").spare(2),
        Column::right("median").spare(3),
        Column::right("p95").spare(1),
        Column::right("sessions").spare(4),
    ];
    let row = |tool: &api::ToolBreakdown| {
        let failures = style::of_failures(ratio(tool.errors, tool.calls));
        let silent = style::of_failures(ratio(tool.silent_failures, tool.calls));
        Row::new(vec![
            Cell::styled(one_line(&tool.tool_name), style::STRONG),
            Cell::plain(count(tool.calls)),
            Cell::styled(count(tool.errors), failures),
            Cell::styled(part(tool.errors, tool.calls), failures),
            Cell::styled(count(tool.silent_failures), silent),
            Cell::plain(millis(tool.latency_p50_ms)),
            Cell::plain(millis(tool.latency_p95_ms)),
            Cell::plain(count(tool.sessions)),
        ])
    };
    let rows: Vec<Row> = tools.iter().map(row).collect();
    section(page, "TOOLS", "by calls", &COLUMNS, &rows);
}

fn clients(page: &mut Page, clients: &[api::ClientBreakdown]) {
    const COLUMNS: [Column; 5] = [
        Column::left("client").shrinks(20, 10),
        Column::right("sessions"),
        Column::right("calls"),
        Column::right("errors").spare(1),
        Column::right("error rate").spare(2),
    ];
    let row = |client: &api::ClientBreakdown| {
        let failures = style::of_failures(ratio(client.errors, client.tool_calls));
        let name = client.client_name.as_deref().map_or_else(|| "unknown".to_owned(), one_line);
        Row::new(vec![
            Cell::styled(name, style::STRONG),
            Cell::plain(count(client.sessions)),
            Cell::plain(count(client.tool_calls)),
            Cell::styled(count(client.errors), failures),
            Cell::styled(part(client.errors, client.tool_calls), failures),
        ])
    };
    let rows: Vec<Row> = clients.iter().map(row).collect();
    section(page, "CLIENTS", "by sessions", &COLUMNS, &rows);
}

fn failures(page: &mut Page, classes: &[api::FailureBreakdown]) {
    const COLUMNS: [Column; 4] = [
        Column::left("class").shrinks(23, 12),
        Column::right("calls"),
        Column::right("sessions"),
        Column::left("most frequent text").shrinks(16, 16).spare(1),
    ];
    let row = |class: &api::FailureBreakdown| {
        Row::new(vec![
            Cell::styled(phrases::word(&class.class), style::STRONG),
            Cell::plain(count(class.count)),
            Cell::plain(count(class.sessions)),
            Cell::styled(class.example.as_deref().map_or_else(String::new, one_line), style::FAINT),
        ])
    };
    let rows: Vec<Row> = classes.iter().map(row).collect();
    section(page, "FAILURES", "failed calls by cause, silent ones included", &COLUMNS, &rows);
}
