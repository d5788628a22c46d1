//! What stands around every page: head, navigation, footer.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use mcp_insights_presentation::html::parts::said;
use mcp_insights_presentation::phrases;
use mcp_insights_presentation::printable::one_line;

use crate::Viewer;
use crate::address::Query;

/// A part of the dashboard, as the navigation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Overview,
    Topics,
    Searches,
    Sessions,
}

impl Part {
    const ALL: [Self; 4] = [Self::Overview, Self::Topics, Self::Searches, Self::Sessions];

    /// The path of its first page.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/",
            Self::Topics => "/topics",
            Self::Searches => "/searches",
            Self::Sessions => "/sessions",
        }
    }

    /// Its name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Topics => "Topics",
            Self::Searches => "Failed searches",
            Self::Sessions => "Sessions",
        }
    }
}

/// What the layout has to know of a page.
pub(crate) struct Frame<'a> {
    /// The title of the window.
    pub(crate) title: &'a str,
    /// Where the page belongs; none for what stands beside the dashboard.
    pub(crate) part: Option<Part>,
    /// Who looks; none where nobody is signed in.
    pub(crate) viewer: Option<&'a Viewer>,
    /// What links of the navigation keep.
    pub(crate) scope: &'a Query,
}

/// Three bars, in a colour that is seen on light and dark.
const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath \
     d='M2 9h3v5H2zM6.5 5h3v9h-3zM11 2h3v12h-3z' fill='%233b82c4'/%3E%3C/svg%3E";

/// A whole page around its content, which is to hold one `h1`.
pub(crate) fn page(frame: &Frame<'_>, content: &Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (one_line(frame.title)) " · mcp-insights" }
                link rel="stylesheet" href="/assets/style.css";
                link rel="icon" href=(ICON);
            }
            body.dashboard {
                a.skip href="#main" { "Skip to the content" }
                header.top { div.inner {
                    a.brand href=(frame.scope.href("/")) { (mark()) "mcp-insights" }
                    @if let Some(viewer) = frame.viewer { (navigation(frame)) (account(viewer)) }
                } }
                main id="main" tabindex="-1" { (content) }
                footer { p { "mcp-insights " (env!("CARGO_PKG_VERSION")) " · all times are UTC" } }
            }
        }
    };
    page.into_string()
}

fn mark() -> Markup {
    html! {
        (PreEscaped(r#"<svg class="logo" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="M2 9h3v5H2zM6.5 5h3v9h-3zM11 2h3v12h-3z"/></svg>"#))
    }
}

fn navigation(frame: &Frame<'_>) -> Markup {
    html! {
        nav aria-label="Pages" {
            ul {
                @for part in Part::ALL {
                    @let current = (frame.part == Some(part)).then_some("page");
                    li { a href=(frame.scope.href(part.path())) aria-current=[current] { (part.name()) } }
                }
            }
        }
    }
}

fn account(viewer: &Viewer) -> Markup {
    html! {
        form.account method="post" action="/sign-out" {
            input type="hidden" name="csrf_token" value=(viewer.csrf_token);
            span.who { (said(&viewer.name)) " " span.badge { (phrases::word(&viewer.role)) } }
            button.quiet type="submit" { "Sign out" }
        }
    }
}
