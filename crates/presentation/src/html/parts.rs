//! Pieces that several sections are made of.

use maud::{Markup, html};

use crate::figures;
use crate::kpis::{self, Verdict};
use crate::printable::one_line;

/// A text of a stranger: on one line, escaped, and unable to turn the writing around it.
pub fn said(text: &str) -> Markup {
    html! { bdi { (one_line(text)) } }
}

/// A section with its heading, a remark and content.
pub fn section(id: &str, title: &str, remark: &str, content: &Markup) -> Markup {
    html! {
        section id=(id) aria-labelledby={ (id) "-title" } {
            h2 id={ (id) "-title" } { (title) }
            @if !remark.is_empty() { p.remark { (remark) } }
            (content)
        }
    }
}

/// A table that scrolls within the page where it is too wide for it.
pub fn table(caption: &str, head: &Markup, rows: &[Markup]) -> Markup {
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
pub fn change(percent: Option<f64>, verdict: Verdict) -> Markup {
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
pub fn heat(share: Option<f64>, warm: f64, hot: f64) -> &'static str {
    match share {
        Some(share) if share >= hot => "figure bad",
        Some(share) if share >= warm => "figure warn",
        _ => "figure",
    }
}

/// A share of a whole, as a figure and a bar.
pub fn share(share: Option<f64>) -> Markup {
    html! {
        span.share {
            span.figure { (figures::percent(share)) }
            (track(share))
        }
    }
}

/// A bar that is filled to a share of 0..1. The figure stands beside it, so that it is left out of what is read aloud.
pub fn track(share: Option<f64>) -> Markup {
    let filled = (share.unwrap_or(0.0).clamp(0.0, 1.0) * 100.0).round();
    html! {
        svg.track viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true" {
            rect.filled width=(filled) height="10" {}
        }
    }
}
