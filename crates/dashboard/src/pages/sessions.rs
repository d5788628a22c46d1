//! `/sessions`: the sessions of a window, filtered.

use maud::{Markup, html};
use mcp_insights::api::{self, Limit, SessionSort, SessionView};
use mcp_insights_presentation::figures::counted;
use mcp_insights_presentation::html::parts::said;
use mcp_insights_presentation::phrases;

use crate::parts::choosers::{self, Choice};
use crate::parts::{fields, sessions};
use crate::render::{Content, Context, Refusal};

const PATH: &str = "/sessions";
/// The filters of the form.
const NAMES: [&str; 5] = ["topic", "search", "intent", "search_miss", "limit"];

pub(crate) fn content(context: &Context<'_>) -> Result<Content, Refusal> {
    let query = api::SessionsQuery::from_pairs(context.query.pairs())?;
    let list = context.engine.sessions(&query, context.now)?;
    let body = html! {
        div.page-head {
            div { h1 { "Sessions" } p.remark { (phrases::window(&list.window)) } }
            (choosers::scope(context, PATH))
        }
        div.toolbar { (views(context, query.view)) (sorts(context, query.sort)) (filters(context)) }
        (active(context))
        p.remark { (counted(list.total, "session", "sessions")) @if query.cursor.is_some() { ", a later page" } }
        @if list.sessions.is_empty() { p.empty { "No session is like this." } }
        @else { (sessions::listed(context, "Sessions", &list.sessions)) }
        (paging(context, &query, list.next_cursor.as_deref()))
    };
    Ok(Content { title: "Sessions".to_owned(), body })
}

fn views(context: &Context<'_>, asked: SessionView) -> Markup {
    let choices = SessionView::ALL.map(|view| Choice {
        value: view.as_str(),
        name: match view {
            SessionView::All => "All",
            SessionView::HighFrustration => "High frustration",
            SessionView::Repeat => "Repeats",
            SessionView::Flagged => "Flagged",
        },
        chosen: view == asked,
    });
    choosers::links(context, PATH, "View", "view", &choices)
}

fn sorts(context: &Context<'_>, asked: SessionSort) -> Markup {
    let choices = SessionSort::ALL.map(|sort| Choice {
        value: sort.as_str(),
        name: match sort {
            SessionSort::Recent => "Newest first",
            SessionSort::Frustration => "Worst first",
        },
        chosen: sort == asked,
    });
    choosers::links(context, PATH, "Order", "sort", &choices)
}

/// The filters by topic, search and text; open where one is set.
pub(crate) fn filters(context: &Context<'_>) -> Markup {
    let query = &context.query;
    let open = NAMES.iter().any(|name| query.get(name).is_some());
    html! {
        details.filters open[open] {
            summary { "Filters" }
            form method="get" action=(PATH) {
                (fields::hidden(&query.without(&NAMES).without(&["cursor"])))
                (fields::select("topic", "Topic", "topic", &topics(context), query.get("topic")))
                (fields::select("search", "Failed search", "search", &searches(context), query.get("search")))
                (fields::text("intent", "Intent, exactly", "intent", "as the agent declared it", query.get("intent")))
                (fields::text("search-miss", "Failed search text, exactly", "search_miss", "as it was searched for", query.get("search_miss")))
                (fields::limit("limit", query.get("limit")))
                div.actions {
                    button type="submit" { "Apply" }
                    @if open { a href=(query.without(&NAMES).without(&["cursor"]).href(PATH)) { "Clear" } }
                }
            }
        }
    }
}

/// The topics of the window by label, with the one asked for.
fn topics(context: &Context<'_>) -> Vec<(String, String)> {
    let scope = api::WindowQuery::from_pairs(context.query.scope().pairs()).unwrap_or_default();
    let query = api::TopicsQuery {
        range: scope.range,
        mcp_server_id: scope.mcp_server_id,
        include_archived: true,
        limit: Limit::MOST,
        ..api::TopicsQuery::default()
    };
    let listed = context.engine.topics(&query, context.now).map(|list| list.topics);
    let options = listed.unwrap_or_default().into_iter().map(|topic| (topic.id, topic.label));
    with_asked(options.collect(), context.query.get("topic"), |id| {
        context.engine.label_of_topic(id)
    })
}

fn searches(context: &Context<'_>) -> Vec<(String, String)> {
    let scope = api::WindowQuery::from_pairs(context.query.scope().pairs()).unwrap_or_default();
    let query = api::SearchesQuery {
        range: scope.range,
        mcp_server_id: scope.mcp_server_id,
        limit: Limit::MOST,
    };
    let listed = context.engine.searches(&query, context.now).map(|list| list.searches);
    let options = listed.unwrap_or_default().into_iter().map(|search| (search.id, search.label));
    with_asked(options.collect(), context.query.get("search"), |id| {
        context.engine.label_of_search(id)
    })
}

/// Any, those listed, and the one asked for where that is none of them.
fn with_asked(
    listed: Vec<(String, String)>,
    asked: Option<&str>,
    label: impl Fn(&str) -> Option<String>,
) -> Vec<(String, String)> {
    let unlisted = asked.filter(|asked| !listed.iter().any(|(id, _)| id == asked));
    let unlisted = unlisted.map(|id| (id.to_owned(), label(id).unwrap_or_else(|| id.to_owned())));
    let any = (String::new(), "any".to_owned());
    std::iter::once(any).chain(unlisted).chain(listed).collect()
}

/// The filters that hold, each with a way to drop it.
fn active(context: &Context<'_>) -> Markup {
    let query = &context.query;
    let engine = context.engine;
    let shown = |name: &str, value: &str| match name {
        "topic" => engine.label_of_topic(value).unwrap_or_else(|| value.to_owned()),
        "search" => engine.label_of_search(value).unwrap_or_else(|| value.to_owned()),
        _ => value.to_owned(),
    };
    let words = [
        ("topic", "Topic"),
        ("search", "Failed search"),
        ("intent", "Intent"),
        ("search_miss", "Searched for"),
    ];
    let active: Vec<(&str, &str, String)> = words
        .into_iter()
        .filter_map(|(name, word)| Some((name, word, shown(name, query.get(name)?))))
        .collect();
    html! {
        @if !active.is_empty() {
            ul.active aria-label="Filters that hold" {
                @for (name, word, text) in active {
                    li {
                        span.remark { (word) ": " } (said(&sessions::shortened(&text))) " "
                        a href=(query.without(&[name, "cursor"]).href(PATH)) {
                            span aria-hidden="true" { "✕" } span.hidden { "Drop the filter " (word) }
                        }
                    }
                }
            }
        }
    }
}

fn paging(context: &Context<'_>, query: &api::SessionsQuery, next: Option<&str>) -> Markup {
    html! {
        @if next.is_some() || query.cursor.is_some() {
            nav.paging aria-label="Pages of the list" {
                @if query.cursor.is_some() {
                    a.button href=(context.query.without(&["cursor"]).href(PATH)) { "First page" }
                }
                @if let Some(cursor) = next {
                    a.button rel="next" href=(context.query.with("cursor", cursor).href(PATH)) { "Next page" }
                }
            }
        }
    }
}
