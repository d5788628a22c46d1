//! What the pages of one topic and of one cluster of failed searches have in common.

use maud::{Markup, html};
use mcp_insights::api;
use mcp_insights_presentation::html::parts::{change, section};
use mcp_insights_presentation::html::trends::{MOST_BARS, figure};
use mcp_insights_presentation::kpis::Verdict;
use mcp_insights_presentation::{charts, trends};

use crate::parts::sessions;
use crate::render::Context;

/// Says that an edit was saved, once.
pub(super) fn saved(context: &Context<'_>) -> Markup {
    html! { @if context.saved { p.done role="status" { "Saved." } } }
}

/// A change, where one is known.
pub(super) fn known_change(percent: Option<f64>) -> Markup {
    html! { @if percent.is_some() { (change(percent, Verdict::Neither)) } }
}

/// A trend as a chart.
pub(super) fn trend(window: &api::Window, trend: &api::Trend) -> Markup {
    let series = trends::Series::of_sessions(trend);
    let joined = charts::buckets_a_bar(series.values.len(), MOST_BARS);
    let buckets = trends::buckets_of(window, joined);
    let content = html! { div.wide { (figure("trend-chart", &series, joined, &buckets)) } };
    section("trend", "Trend", "", &content)
}

/// The newest sessions, with a way to all of them: those that a filter of the list holds for.
pub(super) fn newest(
    context: &Context<'_>,
    (filter, value): (&str, &str),
    caption: &str,
    found: &[api::Session],
) -> Markup {
    let all = context.query.scope().with(filter, value).href("/sessions");
    let content = html! {
        @if found.is_empty() { p.empty { "No session in this window." } }
        @else {
            (sessions::listed(context, caption, found))
            p.more { a href=(all) { "All its sessions" } }
        }
    };
    section("sessions", "Sessions", "the newest", &content)
}

/// The section of forms.
pub(super) fn edit(forms: &Markup) -> Markup {
    section("edit", "Edit", "", &html! { div.forms { (forms) } })
}

/// A form that is posted to the page it stands on, with what the server knows its own forms by.
pub(super) fn form(context: &Context<'_>, path: &str, fields: &Markup) -> Markup {
    html! {
        form method="post" action=(context.query.href(path)) {
            input type="hidden" name="csrf_token" value=(context.viewer.csrf_token);
            (fields)
        }
    }
}
