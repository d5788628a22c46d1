//! The dashboard: pages over an [`Engine`], rendered on the server as plain HTML.
//!
//! [`render`] is a pure function of (engine, page, query, viewer, now); there is no HTTP in this crate. A server maps a path
//! to a [`Page`], decodes the query, and sends what comes back:
//!
//! ```
//! use mcp_insights::{Engine, Registry, api};
//! use mcp_insights_dashboard::{Page, Viewer, render};
//!
//! let engine = Engine::from_events([], Registry::default())?;
//! let viewer = Viewer { name: "ada".to_owned(), role: api::Role::Editor, csrf_token: "t".to_owned() };
//! let query = [("range".to_owned(), "30d".to_owned())];
//! let now = api::Timestamp::parse("2026-03-09T10:00:00Z")?;
//!
//! let page = Page::of_path("/topics").expect("a page of the dashboard");
//! let rendered = render(&engine, page, &query, &viewer, now);
//! assert_eq!(rendered.status, 200);
//! assert!(rendered.html.contains("<h1>Topics</h1>"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What the server does beside
//! - `GET /assets/style.css` answers with [`STYLE`].
//! - `GET /sign-in` answers with [`sign_in`]; its form posts the field `key` to `/sign-in`. `POST /sign-out` ends the session.
//! - `POST /topics/{id}` and `POST /searches/{id}` take the forms of the pages: [`topic_patch`] and [`search_patch`] read them,
//!   [`refused`] shows what was wrong. Every form but the one of `/sign-in` carries `csrf_token`, which is the server's to check,
//!   as is the role: forms are shown to whom may use them, and that is no protection.
//!   After an edit the page with `?_saved=1` says that it was saved.
//!
//! # What the pages promise
//! They work without scripts and hold none, nor an inline style, so that the policy [`CONTENT_SECURITY_POLICY`] can stand. Every
//! text of a stranger is escaped, with its control letters and direction marks shown as such. The query parameters of a page are
//! those of its endpoint; an empty one is left out, as a form that nobody filled in sends it.

mod address;
mod explain;
mod json_text;
mod layout;
mod messages;
mod pages;
mod parts;
mod patches;
mod render;
mod replay;
mod style;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use mcp_insights::{Engine, Timestamp, api};

pub use messages::{error, refused, sign_in};
pub use patches::{search_patch, topic_patch};
pub use style::STYLE;

/// The policy under which every page works: nothing from elsewhere, no script, no inline style.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self' data:; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// A page of the dashboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page<'a> {
    /// `/`: the figures of a window.
    Overview,
    /// `/topics`: the topics of a window.
    Topics,
    /// `/topics/{id}`: one topic.
    Topic(&'a str),
    /// `/searches`: the failed searches of a window.
    Searches,
    /// `/searches/{id}`: one cluster of failed searches.
    Search(&'a str),
    /// `/sessions`: the sessions of a window.
    Sessions,
    /// `/sessions/{id}`: one session, turn by turn.
    Session(&'a str),
}

impl<'a> Page<'a> {
    /// The page of a path; none where the dashboard has no such page.
    #[must_use]
    pub fn of_path(path: &'a str) -> Option<Self> {
        let mut parts = path.strip_prefix('/')?.split('/');
        let page = match (parts.next()?, parts.next()) {
            ("", None) => Self::Overview,
            ("topics", None) => Self::Topics,
            ("searches", None) => Self::Searches,
            ("sessions", None) => Self::Sessions,
            (_, Some("")) => return None,
            ("topics", Some(id)) => Self::Topic(id),
            ("searches", Some(id)) => Self::Search(id),
            ("sessions", Some(id)) => Self::Session(id),
            _ => return None,
        };
        parts.next().is_none().then_some(page)
    }
}

/// Who looks at a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// The name of the key.
    pub name: String,
    /// What the key may do: editors and above see the forms.
    pub role: api::Role,
    /// What the forms carry, so that the server knows its own.
    pub csrf_token: String,
}

/// A page as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The HTTP status: 200; 400 for a query that is refused, 404 for an unknown id, 503 for a trace whose events are gone.
    pub status: u16,
    /// The page, `text/html; charset=utf-8`.
    pub html: String,
}

/// Renders a page. `query` holds the decoded names and values of the query, which are those of the page's endpoint.
#[must_use]
pub fn render(
    engine: &Engine,
    page: Page<'_>,
    query: &[(String, String)],
    viewer: &Viewer,
    now: Timestamp,
) -> Rendered {
    render::render(engine, page, query, viewer, now)
}
