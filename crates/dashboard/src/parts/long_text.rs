//! Texts of any length: short ones stand open, long ones behind their first lines.

use maud::{Markup, html};
use mcp_insights_presentation::figures::{count, counted};
use mcp_insights_presentation::printable::{in_lines, one_line};

use crate::json_text;

/// Up to so many characters and lines a text stands open.
const OPEN_LETTERS: usize = 480;
const OPEN_LINES: usize = 10;
/// JSON up to so many characters stays as it came.
const ONE_LINE: usize = 100;
/// What is shown of a folded text.
const BEGINNING: usize = 160;
/// More than this of one text is not put on a page.
const MOST_LETTERS: usize = 40_000;

/// What is said, as paragraphs.
pub(crate) fn prose(text: &str) -> Markup {
    folded(&in_lines(text.trim()), &|text| html! { p.prose { bdi { (text) } } })
}

/// What went in or out, letter by letter; JSON is indented.
pub(crate) fn verbatim(text: &str) -> Markup {
    let indented =
        Some(text).filter(|text| text.chars().count() > ONE_LINE).and_then(json_text::indented);
    let text = indented.as_deref().unwrap_or(text);
    if text.trim().is_empty() {
        return html! { p.remark { "an empty text" } };
    }
    folded(&in_lines(text), &|text| html! { pre { code { bdi { (text) } } } })
}

fn folded(text: &str, shown: &dyn Fn(&str) -> Markup) -> Markup {
    let letters = text.chars().count();
    if letters <= OPEN_LETTERS && text.lines().count() <= OPEN_LINES {
        return shown(text);
    }
    html! {
        details {
            summary {
                span.beginning { (beginning(text)) "… " }
                span.size { (counted(letters as u64, "character", "characters")) }
            }
            @if letters > MOST_LETTERS {
                (shown(&text.chars().take(MOST_LETTERS).collect::<String>()))
                p.remark { "Cut here, at " (count(MOST_LETTERS as u64)) " characters; the API's trace has all of it." }
            } @else {
                (shown(text))
            }
        }
    }
}

/// The first words, on one line.
fn beginning(text: &str) -> String {
    let first: String = text.chars().take(BEGINNING * 2).collect();
    one_line(&first).chars().take(BEGINNING).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_stands_open_and_a_long_one_is_folded() {
        assert_eq!(prose(" a <b>\n").0, "<p class=\"prose\"><bdi>a &lt;b&gt;</bdi></p>");
        for long in ["word ".repeat(200), "line\n".repeat(11)] {
            let shown = prose(&long).0;
            assert!(shown.starts_with("<details><summary>"), "{shown}");
            assert!(shown.contains(long.trim()), "{shown}");
        }
    }

    #[test]
    fn a_text_without_end_is_cut_and_says_so() {
        let shown = verbatim(&"é".repeat(MOST_LETTERS + 1)).0;
        assert_eq!(shown.matches('é').count(), MOST_LETTERS + BEGINNING);
        assert!(shown.contains("Cut here, at 40,000 characters"));
    }

    #[test]
    fn long_json_is_indented_and_nothing_steers() {
        let letters = "x".repeat(ONE_LINE);
        assert_eq!(
            verbatim(&format!("{{\"a\":[\"{letters}\"]}}")).0,
            format!(
                "<pre><code><bdi>{{\n  &quot;a&quot;: [\n    &quot;{letters}&quot;\n  ]\n}}</bdi></code></pre>"
            )
        );
        assert_eq!(verbatim("[1,2]").0, "<pre><code><bdi>[1,2]</bdi></code></pre>");
        assert!(verbatim("a\u{1b}[2Jb\u{202e}c").0.contains("a\\u{1b}[2Jb\\u{202e}c"));
        assert!(verbatim(" \n").0.contains("an empty text"));
    }
}
