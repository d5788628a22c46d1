//! What the catalog offers, against what was used.

use maud::{Markup, html};
use mcp_insights::Tool;
use mcp_insights_presentation::figures::count;
use mcp_insights_presentation::html::parts::{said, section, table};

use crate::report::data::CatalogUse;
use crate::report::phrases;

pub(super) fn write(catalog: &CatalogUse) -> Markup {
    let head = html! {
        th scope="col" { "Tool" }
        th.figure scope="col" { "Missed" }
        th.figure scope="col" { "Found" }
        th.figure scope="col" { "Calls" }
        th.figure scope="col" { "Failed" }
    };
    let row = |tool: &Tool| {
        html! {
            th.wide scope="row" {
                (said(&phrases::tool(tool)))
                @if !tool.confused_with.is_empty() {
                    p.example {
                        "Left for "
                        @for (index, other) in tool.confused_with.iter().enumerate() {
                            @if index > 0 { ", " }
                            (said(&other.tool_name)) " ×" (count(other.count))
                        }
                    }
                }
            }
            td.figure { (count(tool.missed_demand_count)) }
            td.figure { (count(tool.found_count)) }
            td.figure { (count(tool.call_count)) }
            td.figure { (count(tool.reported_failure_count + tool.silent_failure_count)) }
        }
    };
    let rows: Vec<Markup> = catalog.tools.iter().map(row).collect();
    let caption = "Tools that searches missed, that failed and that were called most";
    section("catalog", "Catalog", &phrases::catalog(catalog), &table(caption, &head, &rows))
}
