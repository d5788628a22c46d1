//! Tools, clients and failure classes.

use maud::{Markup, html};
use mcp_insights_api as api;

use super::parts::{heat, said, section, table};
use crate::figures::{count, millis, part, ratio};
use crate::phrases;

/// Shares of failures that deserve a look, and that deserve a worry.
const WARM: f64 = 0.05;
const HOT: f64 = 0.20;

/// A section each for tools, clients and failure classes. A narrow page may leave out the columns of the class `minor`.
pub fn write(breakdowns: &api::Breakdowns) -> Markup {
    html! {
        (tools(&breakdowns.tools))
        (clients(&breakdowns.clients))
        (failures(&breakdowns.failure_classes))
    }
}

fn listed(id: &str, title: &str, caption: &str, head: &Markup, rows: &[Markup]) -> Markup {
    let content = if rows.is_empty() {
        html! { p.empty { "None." } }
    } else {
        table(caption, head, rows)
    };
    section(id, title, "", &content)
}

/// The tools by calls.
pub fn tools(tools: &[api::ToolBreakdown]) -> Markup {
    let head = html! {
        th scope="col" { "Tool" }
        th.figure scope="col" { "Calls" }
        th.figure.minor scope="col" { "Errors" }
        th.figure scope="col" { "Error rate" }
        th.figure scope="col" { "Silent failures" }
        th.figure.minor scope="col" { "Median" }
        th.figure.minor scope="col" { "p95" }
        th.figure.minor scope="col" { "Sessions" }
    };
    let row = |tool: &api::ToolBreakdown| {
        let errors = heat(ratio(tool.errors, tool.calls), WARM, HOT);
        let silent = heat(ratio(tool.silent_failures, tool.calls), WARM, HOT);
        html! {
            th scope="row" { (said(&tool.tool_name)) }
            td.figure { (count(tool.calls)) }
            td class={ (errors) " minor" } { (count(tool.errors)) }
            td class=(errors) { (part(tool.errors, tool.calls)) }
            td class=(silent) { (count(tool.silent_failures)) }
            td.figure.minor { (millis(tool.latency_p50_ms)) }
            td.figure.minor { (millis(tool.latency_p95_ms)) }
            td.figure.minor { (count(tool.sessions)) }
        }
    };
    let rows: Vec<Markup> = tools.iter().map(row).collect();
    listed("tools", "Tools", "Tools by calls", &head, &rows)
}

/// The clients by sessions.
pub fn clients(clients: &[api::ClientBreakdown]) -> Markup {
    let head = html! {
        th scope="col" { "Client" }
        th.figure scope="col" { "Sessions" }
        th.figure scope="col" { "Calls" }
        th.figure.minor scope="col" { "Errors" }
        th.figure scope="col" { "Error rate" }
    };
    let row = |client: &api::ClientBreakdown| {
        let errors = heat(ratio(client.errors, client.tool_calls), WARM, HOT);
        html! {
            th scope="row" {
                @match &client.client_name { Some(name) => (said(name)), None => em { "unknown" } }
            }
            td.figure { (count(client.sessions)) }
            td.figure { (count(client.tool_calls)) }
            td class={ (errors) " minor" } { (count(client.errors)) }
            td class=(errors) { (part(client.errors, client.tool_calls)) }
        }
    };
    let rows: Vec<Markup> = clients.iter().map(row).collect();
    listed("clients", "Clients", "Clients by sessions", &head, &rows)
}

/// The failure classes by calls.
pub fn failures(classes: &[api::FailureBreakdown]) -> Markup {
    let head = html! {
        th scope="col" { "Class" }
        th.figure scope="col" { "Calls" }
        th.figure scope="col" { "Sessions" }
    };
    let row = |class: &api::FailureBreakdown| {
        html! {
            th.wide scope="row" {
                (phrases::word(&class.class))
                @if let Some(example) = &class.example { p.example { (said(example)) } }
            }
            td.figure { (count(class.count)) }
            td.figure { (count(class.sessions)) }
        }
    };
    let rows: Vec<Markup> = classes.iter().map(row).collect();
    listed(
        "failures",
        "Failures",
        "Failed calls by cause, with the most frequent text of each; silent failures included",
        &head,
        &rows,
    )
}
