//! The failed searches and what they say that the API lacks.

use maud::{Markup, html};
use mcp_insights::api;
use mcp_insights_presentation::figures::{count, score};
use mcp_insights_presentation::html::parts::{change, said, section};
use mcp_insights_presentation::html::sparkline;
use mcp_insights_presentation::kpis::Verdict;

use crate::report::data::Answers;
use crate::report::phrases;

pub(super) fn write(answers: &Answers) -> Markup {
    let list = &answers.searches;
    if list.searches.is_empty() {
        let content = html! {
            p.empty { "No search came back empty and nothing was asked for that the API lacks." }
        };
        return section("searches", "Failed searches", "", &content);
    }
    let content = html! {
        ol.cards { @for search in &list.searches { li { (cluster(search)) } } }
    };
    section("searches", "Failed searches", &phrases::searches(list), &content)
}

fn cluster(search: &api::SearchCluster) -> Markup {
    let gap = &search.suggested_gap;
    html! {
        article {
            h3 { (said(&search.label)) }
            p.badges {
                span.badge.strong { "priority " (score(Some(gap.priority))) }
                " " span.badge { (phrases::word(&search.search_kind)) }
                " " span.badge { (phrases::state(search)) }
            }
            p.gap { (said(&phrases::gap(gap))) }
            p { (phrases::demand(search)) }
            p {
                (sparkline::draw(&search.trend))
                @if let Some(percent) = search.trend.change_pct { " " (change(Some(percent), Verdict::Neither)) }
            }
            @if !search.queries.is_empty() {
                ul.queries {
                    @for query in &search.queries {
                        li { "“" (said(&query.text)) "” " span.remark { "×" (count(query.count)) } }
                    }
                }
            }
            @if !gap.nearest_tools.is_empty() {
                p.remark {
                    "Nearest tools: "
                    @for (index, tool) in gap.nearest_tools.iter().enumerate() {
                        @if index > 0 { ", " }
                        (said(&tool.tool_name)) " (" (score(Some(tool.similarity))) ")"
                    }
                }
            }
            p.remark { (said(&gap.rationale)) }
            @if let Some(note) = &search.note { p.note { "Note: " (said(note)) } }
            p.remark { code { (search.id) } }
        }
    }
}
