//! `/`: the figures of a window.

use maud::{Markup, html};
use mcp_insights::api;
use mcp_insights_presentation::figures::{count, counted, percent};
use mcp_insights_presentation::html::parts::{section, table};
use mcp_insights_presentation::html::{breakdowns, kpis, trends};
use mcp_insights_presentation::kpis::{self as kpi_rows, Row};
use mcp_insights_presentation::phrases;

use crate::parts::facts::known_time;
use crate::parts::topics::{self, Detail};
use crate::parts::{choosers, clusters};
use crate::render::{Content, Context, Refusal};

pub(crate) fn content(context: &Context<'_>) -> Result<Content, Refusal> {
    let query = api::OverviewQuery::from_pairs(context.query.pairs())?;
    let overview = context.engine.overview(&query, context.now)?;
    let body = html! {
        div.page-head {
            div { h1 { "Overview" } p.remark { (phrases::window(&overview.window)) } }
            (choosers::scope(context, "/"))
        }
        @if overview.coverage.accepted == 0 { (nothing_yet()) } @else {
            (figures(context, &overview))
            (trends::write(&overview.trends))
            div.columns {
                (top_topics(context, &overview))
                (top_searches(context, &overview))
            }
            (breakdowns::tools(&overview.breakdowns.tools))
            div.columns {
                (breakdowns::clients(&overview.breakdowns.clients))
                (breakdowns::failures(&overview.breakdowns.failure_classes))
            }
            (coverage(&overview.coverage))
        }
    };
    Ok(Content { title: "Overview".to_owned(), body })
}

fn nothing_yet() -> Markup {
    html! {
        div.empty {
            p { strong { "There are no events yet." } }
            p { "Send some with an SDK, or read a dump with " code { "mcp-insights import PATH... --data DIR" } "." }
        }
    }
}

fn figures(context: &Context<'_>, overview: &api::Overview) -> Markup {
    let sessions = |view: api::SessionView| {
        context.query.scope().with("view", view.as_str()).href("/sessions")
    };
    let (first, others): (Vec<Row>, Vec<Row>) =
        kpi_rows::rows(&overview.kpis).into_iter().partition(|row| row.headline);
    let content = html! {
        div.headline { (kpis::tiles(&first)) }
        div.others { (kpis::tiles(&others)) }
        p.more {
            "Look into the sessions: "
            a href=(sessions(api::SessionView::HighFrustration)) { "of high frustration" } " · "
            a href=(sessions(api::SessionView::Repeat)) { "that repeat an earlier one" } " · "
            a href=(sessions(api::SessionView::Flagged)) { "with a flag" }
        }
        details.meanings {
            summary { "What the figures mean" }
            dl.facts {
                @for row in first.iter().chain(&others) { dt { (row.name) } dd { (row.meaning) } }
            }
        }
    };
    section("figures", "Key figures", &phrases::comparison(overview), &content)
}

fn top_topics(context: &Context<'_>, overview: &api::Overview) -> Markup {
    let content = if overview.top_topics.is_empty() {
        html! { p.empty { "No topic has a session here: a topic takes two sessions with one intent." } }
    } else {
        let rows =
            overview.top_topics.iter().map(|topic| topics::row(context, topic, Detail::Brief));
        html! {
            (table("The topics with the most sessions", &topics::head(Detail::Brief, None), &rows.collect::<Vec<_>>()))
            p.more { a href=(context.query.scope().href("/topics")) { "All topics" } }
        }
    };
    section("topics", "Top topics", "", &content)
}

fn top_searches(context: &Context<'_>, overview: &api::Overview) -> Markup {
    let content = if overview.top_failed_searches.is_empty() {
        html! { p.empty { "No search came back empty and nothing was asked for that the API lacks." } }
    } else {
        html! {
            (clusters::listed(context, "The failed searches of the highest priority", &overview.top_failed_searches))
            p.more { a href=(context.query.scope().href("/searches")) { "All failed searches" } }
        }
    };
    section("searches", "Top failed searches", "", &content)
}

fn coverage(coverage: &api::Coverage) -> Markup {
    let content = html! {
        dl.facts.columns-of-facts {
            dt { "Events in the window" } dd { (count(coverage.events)) }
            dt { "Sessions in the window" } dd { (count(coverage.sessions)) }
            dt { "Sessions that declare an intent" } dd { (percent(coverage.declared_intent_rate)) }
            dt { "Sessions without any intent" } dd { (count(coverage.no_intent_sessions)) }
            dt { "Sessions with a known outcome" } dd { (percent(coverage.known_outcome_rate)) }
            dt { "Calls that belong to a declared intent" } dd { (percent(coverage.attributed_call_rate)) }
            dt { "Searches with a result that cannot be read" } dd { (count(coverage.unknown_result_searches)) }
            dt { "Synthetic events left out" } dd { (count(coverage.excluded_workflow_events)) }
            dt { "Events held, over all time" } dd { (count(coverage.accepted)) }
            @if let Some(duplicates) = coverage.duplicates { dt { "Duplicates dropped" } dd { (count(duplicates)) } }
            @if let Some(rejected) = coverage.rejected { dt { "Records refused" } dd { (count(rejected)) } }
            dt { "Data from" } dd { (known_time(coverage.history_start)) }
            dt { "Data to" } dd { (known_time(coverage.data_through)) }
        }
    };
    let remark = format!(
        "how much of the traffic these figures explain, of {}",
        counted(coverage.events, "event", "events")
    );
    section("coverage", "Coverage", &remark, &content)
}
