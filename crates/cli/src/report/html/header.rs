//! What was read, which window is shown, and which time is now.

use maud::{Markup, html};
use mcp_insights_presentation::html::parts::said;

use crate::report::data::Report;
use crate::report::phrases;

pub(super) fn write(report: &Report) -> Markup {
    html! {
        header {
            h1 { "MCP insights" }
            @if let Some(answers) = &report.answers {
                p.window { (phrases::window(&answers.overview.window)) }
            }
            dl.facts {
                dt { "Read" }
                dd {
                    @for (index, path) in report.input.paths.iter().enumerate() {
                        @if index > 0 { ", " }
                        code { (said(path)) }
                    }
                    br;
                    (phrases::input(&report.input))
                }
                @if let Some(answers) = &report.answers {
                    dt { "Now" }
                    dd { (phrases::now(report)) }
                    dt { "Covers" }
                    dd {
                        @for line in phrases::coverage(&answers.overview.coverage) { span.line { (line) } }
                    }
                }
            }
        }
    }
}
