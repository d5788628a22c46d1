//! The few styles of the page. Whether they reach the terminal is decided where the page is printed.

use anstyle::{AnsiColor, Style};
use mcp_insights_presentation::kpis::Verdict;
use mcp_insights_presentation::trends::Tone;

/// Plain text.
pub(super) const PLAIN: Style = Style::new();
/// Headings.
pub(super) const HEADING: Style = Style::new().bold();
/// What one looks at first.
pub(super) const STRONG: Style = Style::new().bold();
/// What one looks at last.
pub(super) const FAINT: Style = Style::new().dimmed();
/// Good news.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// Bad news.
pub(super) const BAD: Style = AnsiColor::Red.on_default();
/// What deserves a look.
pub(super) const WARNING: Style = AnsiColor::Yellow.on_default();
/// Bars and names.
pub(super) const ACCENT: Style = AnsiColor::Cyan.on_default();

/// The text in a style; plain text stays without escape sequences.
pub(super) fn paint(style: Style, text: &str) -> String {
    if style == PLAIN || text.is_empty() {
        text.to_owned()
    } else {
        format!("{style}{text}{style:#}")
    }
}

/// The style of a change.
pub(super) fn of_verdict(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Better => GOOD,
        Verdict::Worse => BAD,
        Verdict::Neither => PLAIN,
    }
}

/// The style of a chart.
pub(super) fn of_tone(tone: Tone) -> Style {
    match tone {
        Tone::Volume => ACCENT,
        Tone::Trouble => BAD,
        Tone::Time => WARNING,
    }
}

/// The style of a frustration score or level.
pub(super) fn of_frustration(score: Option<f64>) -> Style {
    match score {
        Some(score) if score >= 0.55 => BAD,
        Some(score) if score >= 0.30 => WARNING,
        _ => PLAIN,
    }
}

/// The style of a share of failures.
pub(super) fn of_failures(share: Option<f64>) -> Style {
    match share {
        Some(share) if share >= 0.20 => BAD,
        Some(share) if share >= 0.05 => WARNING,
        _ => PLAIN,
    }
}
