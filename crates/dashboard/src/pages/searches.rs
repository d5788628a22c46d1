//! `/searches`: the failed searches of a window.

use maud::html;
use mcp_insights::api;
use mcp_insights_presentation::phrases;

use super::unlisted;
use crate::parts::{choosers, clusters};
use crate::render::{Content, Context, Refusal};

const PATH: &str = "/searches";

pub(crate) fn content(context: &Context<'_>) -> Result<Content, Refusal> {
    let query = api::SearchesQuery::from_pairs(context.query.pairs())?;
    let list = context.engine.searches(&query, context.now)?;
    let body = html! {
        div.page-head {
            div { h1 { "Failed searches" } p.remark { (phrases::window(&list.window)) } }
            (choosers::scope(context, PATH))
        }
        @if list.searches.is_empty() {
            p.empty { "No search came back empty and nothing was asked for that the API lacks." }
        } @else {
            p.remark { (phrases::searches(&list)) ": searches that found nothing and capability requests, grouped by meaning" }
            (clusters::cards(context, &list.searches))
        }
        (unlisted::rest(context, PATH, list.searches.len(), list.total))
    };
    Ok(Content { title: "Failed searches".to_owned(), body })
}
