//! Clusters of failed searches as cards.

use maud::{Markup, html};
use mcp_insights::api;
use mcp_insights_presentation::figures::{count, percent, score};
use mcp_insights_presentation::html::parts::{change, said, table};
use mcp_insights_presentation::html::sparkline;
use mcp_insights_presentation::kpis::Verdict;
use mcp_insights_presentation::phrases;

use crate::explain;
use crate::render::Context;

/// So many queries are shown on a card.
const MOST_QUERIES: usize = 3;

/// A card for each cluster.
pub(crate) fn cards(context: &Context<'_>, clusters: &[api::SearchCluster]) -> Markup {
    html! {
        ol.cards { @for search in clusters { li { (card(context, search)) } } }
    }
}

fn card(context: &Context<'_>, search: &api::SearchCluster) -> Markup {
    let gap = &search.suggested_gap;
    html! {
        article {
            div.card-head {
                h2 { (link(context, &search.id, &search.label)) }
                (sparkline::draw(&search.trend))
            }
            (badges(search))
            (gap_line(gap))
            p.remark {
                (phrases::demand(search))
                @if let Some(percent) = search.trend.change_pct { " · " (change(Some(percent), Verdict::Neither)) }
            }
            @if !search.queries.is_empty() {
                ul.queries {
                    @for query in search.queries.iter().take(MOST_QUERIES) {
                        li { "“" (said(&query.text)) "” " span.remark { "×" (count(query.count)) } }
                    }
                }
            }
            @if let Some(note) = &search.note { p.note { span.remark { "Note: " } (said(note)) } }
        }
    }
}

/// Clusters as a table, with what fits beside something else.
pub(crate) fn listed(
    context: &Context<'_>,
    caption: &str,
    clusters: &[api::SearchCluster],
) -> Markup {
    let head = html! {
        th scope="col" { "Failed search" }
        th.figure scope="col" { "Demand" }
        th.figure.minor scope="col" { "Sessions" }
        th.least scope="col" { "Trend" }
        th.figure scope="col" { "Priority" }
    };
    let row = |search: &api::SearchCluster| {
        html! {
            th.wide scope="row" { (link(context, &search.id, &search.label)) (gap_line(&search.suggested_gap)) }
            td.figure { (count(search.demand_count)) }
            td.figure.minor { (count(search.session_count)) }
            td.least { (sparkline::draw(&search.trend)) }
            td.figure { (score(Some(search.suggested_gap.priority))) }
        }
    };
    table(caption, &head, &clusters.iter().map(row).collect::<Vec<_>>())
}

/// The suggested gap on a line: its kind, its title, and a name where one is suggested.
fn gap_line(gap: &api::SuggestedGap) -> Markup {
    html! {
        p.gap {
            span class={ "badge " (gap_class(gap.kind)) } title=(explain::gap(gap.kind)) { (phrases::word(&gap.kind)) }
            " " (said(&gap.title))
            @if let Some(name) = &gap.suggested_name { " " code.name { (said(name)) } }
            @if gap.confidence.is_some() { " " span.remark { (percent(gap.confidence)) " sure" } }
        }
    }
}

/// The class of a kind of gap: what the API lacks weighs more than what was not found.
pub(crate) fn gap_class(kind: api::GapKind) -> &'static str {
    match kind {
        api::GapKind::Missing => "bad",
        api::GapKind::Undiscoverable => "warn",
        api::GapKind::Content | api::GapKind::Unknown => "",
    }
}

/// Its priority, kind and state.
pub(crate) fn badges(search: &api::SearchCluster) -> Markup {
    let state = if search.state == api::SearchState::Open { "badge" } else { "badge strong" };
    html! {
        p.badges {
            span.badge.strong { "priority " (score(Some(search.suggested_gap.priority))) }
            // A gap of content says already what was looked for.
            @if search.suggested_gap.kind != api::GapKind::Content { " " span.badge { (phrases::word(&search.search_kind)) } }
            " " span class=(state) { (phrases::state(search)) }
        }
    }
}

/// A cluster by its label.
pub(crate) fn link(context: &Context<'_>, id: &str, label: &str) -> Markup {
    html! { a href=(context.query.scope().href(&format!("/searches/{id}"))) { (said(label)) } }
}
