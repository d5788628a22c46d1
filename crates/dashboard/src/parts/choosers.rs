//! Choosers of the range and the server, and other choices that are links. Each keeps every other parameter of the page.

use maud::{Markup, html};
use mcp_insights::api::Range;
use mcp_insights_presentation::printable::one_line;

use super::fields;
use crate::render::Context;

/// From this many servers on there is something to choose from.
const FEWEST_SERVERS: usize = 2;

/// The range and the server of a page.
pub(crate) fn scope(context: &Context<'_>, path: &str) -> Markup {
    let asked = context.query.get("range").unwrap_or(Range::default().as_str());
    let ranges = Range::ALL.map(|range| Choice {
        value: range.as_str(),
        name: range_name(range),
        chosen: range.as_str() == asked,
    });
    html! {
        div.scope {
            (links(context, path, "Range", "range", &ranges))
            (server(context, path))
        }
    }
}

/// One of a few values of a parameter.
pub(crate) struct Choice<'a> {
    /// The value.
    pub(crate) value: &'a str,
    /// What people read.
    pub(crate) name: &'a str,
    /// Whether it holds now.
    pub(crate) chosen: bool,
}

/// The values of a parameter as links in a row.
pub(crate) fn links(
    context: &Context<'_>,
    path: &str,
    label: &str,
    parameter: &str,
    choices: &[Choice<'_>],
) -> Markup {
    html! {
        nav.choices aria-label=(label) {
            ul {
                @for choice in choices {
                    @let href = context.query.with(parameter, choice.value).href(path);
                    li { a href=(href) aria-current=[choice.chosen.then_some("true")] { (choice.name) } }
                }
            }
        }
    }
}

/// A form, since there may be many servers; it sends the other parameters along.
fn server(context: &Context<'_>, path: &str) -> Markup {
    let servers = context.engine.servers();
    let asked = context.query.get("mcp_server_id");
    let unknown = asked.filter(|asked| !servers.iter().any(|server| server == asked));
    if servers.len() < FEWEST_SERVERS && asked.is_none() {
        return html! {};
    }
    html! {
        form.server method="get" action=(path) {
            (fields::hidden(&context.query.without(&["mcp_server_id", "cursor"])))
            label for="server" { "Server" }
            select id="server" name="mcp_server_id" {
                option value="" { "all " (servers.len()) }
                @for server in servers.iter().map(String::as_str).chain(unknown) {
                    option value=(server) selected[asked == Some(server)] { (one_line(server)) }
                }
            }
            button type="submit" { "Show" }
        }
    }
}

fn range_name(range: Range) -> &'static str {
    match range {
        Range::Day => "24 hours",
        Range::Week => "7 days",
        Range::Month => "30 days",
        Range::Quarter => "90 days",
    }
}
