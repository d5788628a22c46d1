//! From a page and its query to HTML, or to what went wrong.

use maud::{Markup, html};
use mcp_insights::api::{ErrorCode, FieldError};
use mcp_insights::{Engine, Error, Timestamp};
use mcp_insights_presentation::html::parts::said;

use crate::address::Query;
use crate::layout::{self, Frame, Part};
use crate::{Page, Rendered, Viewer, messages, pages};

/// Asks for a page of a long one; like all names with this beginning it is none of the contract.
pub(crate) const PAGE: &str = "_page";

/// What every page is made from.
pub(crate) struct Context<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) viewer: &'a Viewer,
    pub(crate) now: Timestamp,
    /// The query as asked.
    pub(crate) query: Query,
    /// Whether an edit has just been saved.
    pub(crate) saved: bool,
    /// Which page of a long one is asked for, from 1.
    pub(crate) page: usize,
}

/// The content of a page.
pub(crate) struct Content {
    /// The title of the window.
    pub(crate) title: String,
    /// What stands in `main`.
    pub(crate) body: Markup,
}

/// Why a page cannot be shown.
pub(crate) enum Refusal {
    /// Parameters of the query are refused.
    Query(Vec<FieldError>),
    /// The engine has no answer.
    Engine(Error),
}

impl From<Vec<FieldError>> for Refusal {
    fn from(errors: Vec<FieldError>) -> Self {
        Self::Query(errors)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        match error {
            Error::Validation(errors) => Self::Query(errors),
            error => Self::Engine(error),
        }
    }
}

/// Renders a page.
pub(crate) fn render(
    engine: &Engine,
    page: Page<'_>,
    pairs: &[(String, String)],
    viewer: &Viewer,
    now: Timestamp,
) -> Rendered {
    let saved = pairs.iter().any(|(name, _)| name == "_saved");
    let asked = pairs.iter().find(|(name, _)| name == PAGE);
    let number = asked.and_then(|(_, number)| number.parse().ok()).unwrap_or(1);
    let context = Context { engine, viewer, now, query: Query::new(pairs), saved, page: number };
    let (status, content) = match content(&context, page) {
        Ok(content) => (200, content),
        Err(refusal) => refused(&context, page, refusal),
    };
    let scope = context.query.scope();
    let frame = Frame {
        title: &content.title,
        part: Some(part(page)),
        viewer: Some(viewer),
        scope: &scope,
    };
    Rendered { status, html: layout::page(&frame, &content.body) }
}

fn content(context: &Context<'_>, page: Page<'_>) -> Result<Content, Refusal> {
    match page {
        Page::Overview => pages::overview::content(context),
        Page::Topics => pages::topics::content(context),
        Page::Topic(id) => pages::topic::content(context, id),
        Page::Searches => pages::searches::content(context),
        Page::Search(id) => pages::search::content(context, id),
        Page::Sessions => pages::sessions::content(context),
        Page::Session(id) => pages::session::content(context, id),
    }
}

fn part(page: Page<'_>) -> Part {
    match page {
        Page::Overview => Part::Overview,
        Page::Topics | Page::Topic(_) => Part::Topics,
        Page::Searches | Page::Search(_) => Part::Searches,
        Page::Sessions | Page::Session(_) => Part::Sessions,
    }
}

/// What is shown in place of a page, with its status. The fields of lists stay as they were filled in, so that they can be
/// mended.
fn refused(context: &Context<'_>, page: Page<'_>, refusal: Refusal) -> (u16, Content) {
    let part = part(page);
    let (status, title, what) = match refusal {
        Refusal::Query(errors) => {
            let what = html! {
                (messages::field_errors(&errors))
                @match page {
                    Page::Topics => (pages::topics::filters(context)),
                    Page::Sessions => (pages::sessions::filters(context)),
                    _ => {}
                }
            };
            (400, "The query is refused".to_owned(), what)
        }
        Refusal::Engine(error) => {
            let (status, title) = match error.body().error.code {
                ErrorCode::NotFound => (404, "Not found"),
                ErrorCode::Unavailable => (503, "Not available now"),
                _ => (500, "Something went wrong"),
            };
            (
                status,
                title.to_owned(),
                html! { p.alert role="alert" { (said(&error.to_string())) } },
            )
        }
    };
    let body = html! {
        h1 { (title) }
        (what)
        p { a href=(part.path()) { (part.name()) ", with no filters" } }
    };
    (status, Content { title, body })
}
