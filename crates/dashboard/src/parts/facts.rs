//! Facts as pairs, figures as tiles, and instants.

use maud::{Markup, html};
use mcp_insights::Timestamp;
use mcp_insights_presentation::figures;

/// An instant to the minute, readable by programs too.
pub(crate) fn time(at: Timestamp) -> Markup {
    let minute = figures::minute(at);
    let (day, clock) = minute.split_once(' ').unwrap_or((&minute, ""));
    html! { time datetime=(at.to_string()) { span.unbroken { (day) } " " span.unbroken { (clock) } } }
}

/// An instant that may be unknown.
pub(crate) fn known_time(at: Option<Timestamp>) -> Markup {
    html! { @match at { Some(at) => (time(at)), None => (figures::UNKNOWN) } }
}

/// One figure: its name, its value, and a word below.
pub(crate) struct Figure {
    /// Its name.
    pub(crate) name: &'static str,
    /// Its value.
    pub(crate) value: String,
    /// How bad it is, as a class of the style sheet.
    pub(crate) heat: &'static str,
    /// What stands below; empty where nothing does.
    pub(crate) below: Markup,
}

impl Figure {
    /// A figure of a name.
    pub(crate) fn new(name: &'static str, value: String) -> Self {
        Self { name, value, heat: "", below: html! {} }
    }

    /// The figure with how bad it is.
    pub(crate) fn heat(self, heat: &'static str) -> Self {
        Self { heat, ..self }
    }

    /// The figure with a word below.
    pub(crate) fn below(self, below: Markup) -> Self {
        Self { below, ..self }
    }
}

/// Figures in a row of tiles.
pub(crate) fn tiles(figures: &[Figure]) -> Markup {
    html! {
        dl.tiles {
            @for figure in figures {
                div {
                    dt { (figure.name) }
                    dd.value.warn[figure.heat.contains("warn")].bad[figure.heat.contains("bad")] { (figure.value) }
                    @if !figure.below.0.is_empty() { dd.below { (figure.below) } }
                }
            }
        }
    }
}
