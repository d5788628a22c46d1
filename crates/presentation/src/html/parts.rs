//! Pieces that several sections are made of.

use maud::{Markup, html};

use crate::printable::one_line;
use crate::report::figures;
use crate::report::kpis::{self, Verdict};

/// A text of a stranger: on one line, escaped, and unable to turn the writing around it.
pub(super) fn said(text: &str) -> Markup {
    html! { bdi { (one_line(text)) } }
}

/// A section with its heading, a remark and content.
pub(super) fn section(id: &str, title: &str, remark: &str, content: &Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (title) }
            @if !remark.is_empty() { p.remark { (remark) } }
            (content)
        }
    }
}

/// A table that scrolls within the page where it is too wide for it.
pub(super) fn table(caption: &str, head: &Markup, rows: &[Markup]) -> Markup {
    html! {
        div.scroll role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { (head) } }
                tbody { @for row in rows { tr { (row) } } }
            }
        }
    }
}

/// A change with its arrow, and a colour where it is a good or a bad one.
pub(super) fn change(percent: Option<f64>, verdict: Verdict) -> Markup {
    let class = match verdict {
        Verdict::Better => "good",
        Verdict::Worse => "bad",
        Verdict::Neither => "same",
    };
    html! {
        span class=(class) {
            @if percent.is_some() { (kpis::arrow(percent)) " " (figures::change(percent)) }
            @else { (figures::UNKNOWN) }
            @if verdict != Verdict::Neither { " " span.word { (verdict.word()) } }
        }
    }
}

/// How bad a share of failures or a frustration is, as a class of the style sheet.
pub(super) fn heat(share: Option<f64>, warm: f64, hot: f64) -> &'static str {
    match share {
        Some(share) if share >= hot => "figure bad",
        Some(share) if share >= warm => "figure warn",
        _ => "figure",
    }
}
