//! Topics as rows.

use maud::{Markup, html};
use mcp_insights::api;
use mcp_insights_presentation::figures::{count, percent, score};
use mcp_insights_presentation::html::parts::{change, heat, said, share};
use mcp_insights_presentation::html::sparkline;
use mcp_insights_presentation::kpis::Verdict;
use mcp_insights_presentation::phrases;

use crate::render::Context;

/// How much is shown of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// All its figures.
    Full,
    /// What fits beside something else.
    Brief,
}

/// Head cells of topics; `sorted` marks the column that the list is ordered by.
pub(crate) fn head(detail: Detail, sorted: Option<api::TopicSort>) -> Markup {
    let order = |by: api::TopicSort| (sorted == Some(by)).then_some("descending");
    html! {
        th scope="col" { "Topic" }
        th.figure scope="col" aria-sort=[order(api::TopicSort::Volume)] { "Sessions" }
        @if detail == Detail::Full { th.minor scope="col" { "Share" } }
        th.least scope="col" { "Trend" }
        @if detail == Detail::Full {
            th.figure.minor scope="col" aria-sort=[order(api::TopicSort::Trend)] { "Change" }
            th.figure.minor scope="col" { "Actors" }
            th.figure.minor scope="col" { "Errors" }
        }
        th.figure scope="col" { "Success" }
        th.figure scope="col" aria-sort=[order(api::TopicSort::Frustration)] { "Frustration" }
    }
}

/// The cells of a topic.
pub(crate) fn row(context: &Context<'_>, topic: &api::Topic, detail: Detail) -> Markup {
    // A low success is what is hot, so the share of the others is looked at.
    let others = topic.success_rate.map(|rate| 1.0 - rate);
    html! {
        th.wide scope="row" {
            (link(context, &topic.id, &topic.label))
            @for flag in phrases::topic_flags(topic) { " " span.badge.warn { (flag) } }
            @if detail == Detail::Full && !topic.keywords.is_empty() {
                p.example.least { (said(&topic.keywords.join(" · "))) }
            }
        }
        td.figure { (count(topic.session_count)) }
        @if detail == Detail::Full { td.minor { (share(topic.share)) } }
        td.least { (sparkline::draw(&topic.trend)) }
        @if detail == Detail::Full {
            td.figure.minor { (change(topic.trend.change_pct, Verdict::Neither)) }
            td.figure.minor { (count(topic.actor_count)) }
            td class={ (heat(topic.error_rate, 0.05, 0.2)) " minor" } { (percent(topic.error_rate)) }
        }
        td class=(heat(others, 0.25, 0.5)) { (percent(topic.success_rate)) }
        td class=(heat(topic.frustration, 0.30, 0.55)) { (score(topic.frustration)) }
    }
}

/// A topic by its label.
pub(crate) fn link(context: &Context<'_>, id: &str, label: &str) -> Markup {
    html! { a href=(context.query.scope().href(&format!("/topics/{id}"))) { (said(label)) } }
}
