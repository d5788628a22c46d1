//! `/topics`: the topics of a window.

use maud::{Markup, html};
use mcp_insights::api::{self, TopicSort};
use mcp_insights_presentation::html::parts::table;
use mcp_insights_presentation::phrases;

use super::unlisted;
use crate::parts::choosers::{self, Choice};
use crate::parts::fields;
use crate::parts::topics::{self, Detail};
use crate::render::{Content, Context, Refusal};

const PATH: &str = "/topics";

pub(crate) fn content(context: &Context<'_>) -> Result<Content, Refusal> {
    let query = api::TopicsQuery::from_pairs(context.query.pairs())?;
    let list = context.engine.topics(&query, context.now)?;
    let rows = list.topics.iter().map(|topic| topics::row(context, topic, Detail::Full));
    let body = html! {
        div.page-head {
            div { h1 { "Topics" } p.remark { (phrases::window(&list.window)) } }
            (choosers::scope(context, PATH))
        }
        div.toolbar { (sorts(context, query.sort)) (filters(context)) }
        p.remark { (summary(&list, query.sort)) }
        @if list.topics.is_empty() {
            p.empty { "No topic is listed: a topic takes two sessions with one intent, in this window or the one before." }
        } @else {
            (table("Topics", &topics::head(Detail::Full, Some(query.sort)), &rows.collect::<Vec<_>>()))
        }
        (unlisted::rest(context, PATH, list.topics.len(), list.total))
    };
    Ok(Content { title: "Topics".to_owned(), body })
}

/// The sentence of the report names the order of the report; here the order is chosen.
fn summary(list: &api::TopicList, sort: TopicSort) -> String {
    phrases::topics(list).replacen("by sessions", &format!("by {}", order(sort)), 1)
}

fn order(sort: TopicSort) -> &'static str {
    match sort {
        TopicSort::Volume => "sessions",
        TopicSort::Frustration => "frustration",
        TopicSort::Trend => "trend",
    }
}

fn sorts(context: &Context<'_>, asked: TopicSort) -> Markup {
    let choices = TopicSort::ALL.map(|sort| Choice {
        value: sort.as_str(),
        name: match sort {
            TopicSort::Volume => "Most sessions",
            TopicSort::Frustration => "Most frustrating",
            TopicSort::Trend => "Growing fastest",
        },
        chosen: sort == asked,
    });
    choosers::links(context, PATH, "Order", "sort", &choices)
}

/// The filters that few ask for; open where one is set.
pub(crate) fn filters(context: &Context<'_>) -> Markup {
    const NAMES: [&str; 4] = ["unmet_demand", "since", "include_archived", "limit"];
    let query = &context.query;
    let open = NAMES.iter().any(|name| query.get(name).is_some());
    let options = |options: &[(&str, &str)]| -> Vec<(String, String)> {
        options.iter().map(|(value, text)| ((*value).to_owned(), (*text).to_owned())).collect()
    };
    let unmet =
        options(&[("", "all"), ("true", "unmet demand only"), ("false", "met demand only")]);
    let archived = options(&[("", "left out"), ("true", "shown")]);
    html! {
        details.filters open[open] {
            summary { "Filters" }
            form method="get" action=(PATH) {
                (fields::hidden(&query.without(&NAMES)))
                (fields::select("unmet", "Demand", "unmet_demand", &unmet, query.get("unmet_demand")))
                (fields::select("archived", "Archived", "include_archived", &archived, query.get("include_archived")))
                (fields::text("since", "First seen since", "since", "2026-01-31T08:00:00Z", query.get("since")))
                (fields::limit("limit", query.get("limit")))
                div.actions {
                    button type="submit" { "Apply" }
                    @if open { a href=(query.without(&NAMES).href(PATH)) { "Clear" } }
                }
            }
        }
    }
}
