//! Fields of forms.

use maud::{Markup, html};
use mcp_insights_presentation::printable::one_line;

use crate::address::Query;

/// Parameters that a form sends along.
pub(crate) fn hidden(query: &Query) -> Markup {
    html! {
        @for (name, value) in query.pairs() { input type="hidden" name=(name) value=(value); }
    }
}

/// A list to choose one value from, each with what people read. The first is what holds where nothing is asked.
pub(crate) fn select(
    id: &str,
    label: &str,
    name: &str,
    options: &[(String, String)],
    asked: Option<&str>,
) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            select id=(id) name=(name) {
                @for (value, text) in options {
                    option value=(value) selected[asked == Some(value.as_str())] { (one_line(text)) }
                }
            }
        }
    }
}

/// A field for a text, with a word on what is wanted.
pub(crate) fn text(id: &str, label: &str, name: &str, hint: &str, asked: Option<&str>) -> Markup {
    html! {
        div.field {
            label for=(id) { (label) }
            input type="text" id=(id) name=(name) value=[asked] placeholder=(hint) autocomplete="off" spellcheck="false";
        }
    }
}

/// Numbers of rows to choose from; one that was asked for by hand is among them.
pub(crate) fn limit(id: &str, asked: Option<&str>) -> Markup {
    const USUAL: [&str; 5] = ["50", "20", "100", "200", "500"];
    let mut options: Vec<(String, String)> =
        USUAL.iter().map(|rows| ((*rows).to_owned(), (*rows).to_owned())).collect();
    if let Some(asked) = asked.filter(|asked| !USUAL.contains(asked)) {
        options.push((asked.to_owned(), asked.to_owned()));
    }
    select(id, "Rows", "limit", &options, asked)
}
