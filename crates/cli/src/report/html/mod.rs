//! The report as one page that needs nothing else: styles and charts are in it, there is no script, and every text of
//! a stranger is escaped.

mod catalog;
mod header;
mod searches;
mod sessions;
mod topics;

use maud::{DOCTYPE, PreEscaped, html};
use mcp_insights_presentation::STYLE;
use mcp_insights_presentation::html::{breakdowns, kpis, trends};

use super::data::Report;
use super::phrases;

/// The whole page.
pub(crate) fn render(report: &Report) -> String {
    let title = match &report.answers {
        Some(answers) => format!("MCP insights, {}", phrases::window(&answers.overview.window)),
        None => "MCP insights".to_owned(),
    };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="generator" content=(concat!("mcp-insights ", env!("CARGO_PKG_VERSION")));
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                (header::write(report))
                main {
                    @match &report.answers {
                        None => { p.empty { (phrases::NO_EVENTS) } }
                        Some(answers) => {
                            (kpis::write(&answers.overview))
                            (trends::write(&answers.overview.trends))
                            (topics::write(answers))
                            (searches::write(answers))
                            @if let Some(catalog) = &answers.catalog { (catalog::write(catalog)) }
                            (breakdowns::write(&answers.overview.breakdowns))
                            (sessions::write(report, answers))
                        }
                    }
                }
                footer { p { "Made by mcp-insights " (env!("CARGO_PKG_VERSION")) ". All times are UTC." } }
            }
        }
    };
    page.into_string()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn page_of_a_report() {
        insta::assert_snapshot!(body(&render(&sample::report())));
    }

    #[test]
    fn page_without_events() {
        insta::assert_snapshot!(body(&render(&sample::empty())));
    }

    /// The page without its styles, an element a line.
    fn body(page: &str) -> String {
        let start = page.find("<body>").unwrap_or_default();
        page[start..].replace("><", ">\n<")
    }

    #[test]
    fn texts_of_strangers_stay_texts() {
        let page = render(&sample::report());
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; co"));
        for forbidden in ["<script", "<b>refund", "javascript:", "\u{1b}", "\u{202e}"] {
            assert!(!page.contains(forbidden), "{forbidden}");
        }
    }

    #[test]
    fn the_page_needs_nothing_from_elsewhere() {
        let page = render(&sample::report());
        for reference in ["http:", "https:", "src=", "href=", "url(", "@import", "<link"] {
            assert!(!page.contains(reference), "{reference}");
        }
    }

    #[test]
    fn every_chart_says_what_it_shows() {
        let page = render(&sample::report());
        let charts = page.matches("<svg").count();
        assert!(charts > 6);
        let beside_figures = page.matches("aria-hidden=\"true\"").count();
        assert_eq!(page.matches("role=\"img\"").count() + beside_figures, charts);
        assert_eq!(page.matches("<desc").count(), 5, "one series has nothing to draw");
        assert_eq!(page.matches("<caption>").count(), page.matches("<table>").count());
    }
}
