//! Pages that stand beside the dashboard: signing in, and what went wrong.

use maud::{Markup, html};
use mcp_insights::api::FieldError;
use mcp_insights_presentation::html::parts::said;

use crate::address::Query;
use crate::layout::{self, Frame};
use crate::{Rendered, Viewer};

/// The page for signing in with a key: a form that posts the field `key` to `/sign-in`.
///
/// `message` says why an earlier try failed; the status is then 401.
#[must_use]
pub fn sign_in(message: Option<&str>) -> Rendered {
    let content = html! {
        div.sign-in {
            h1 { "Sign in" }
            p.remark { "With a key of this server: " code { "amt_…" } }
            @if let Some(message) = message { p.alert role="alert" id="refusal" { (said(message)) } }
            form method="post" action="/sign-in" {
                label for="key" { "Key" }
                input id="key" name="key" type="password" required autocomplete="current-password" spellcheck="false"
                    autofocus aria-describedby=[message.map(|_| "refusal")];
                button type="submit" { "Sign in" }
            }
            p.remark {
                "Whoever runs the server makes one with "
                code.command { "mcp-insights keys create --data DIR --role viewer" }
            }
        }
    };
    let scope = Query::default();
    let frame = Frame { title: "Sign in", part: None, viewer: None, scope: &scope };
    let status = if message.is_some() { 401 } else { 200 };
    Rendered { status, html: layout::page(&frame, &content) }
}

/// A page that says what went wrong.
#[must_use]
pub fn error(status: u16, title: &str, message: &str, viewer: Option<&Viewer>) -> Rendered {
    let content = html! {
        h1 { (said(title)) }
        p.alert role="alert" { (said(message)) }
        (ways_out(viewer))
    };
    beside(status, title, viewer, &content)
}

/// The page for a posted form that was refused: 400, with each field and what it must be. `back` is the path of the form.
#[must_use]
pub fn refused(errors: &[FieldError], back: &str, viewer: &Viewer) -> Rendered {
    let title = "The form was refused";
    let content = html! {
        h1 { (title) }
        (field_errors(errors))
        p { a href=(back) { "Back to the form" } }
    };
    beside(400, title, Some(viewer), &content)
}

/// Values that were refused, each with what it must be.
pub(crate) fn field_errors(errors: &[FieldError]) -> Markup {
    html! {
        div.alert role="alert" {
            @if let [_] = errors { p { "One value is refused:" } } @else { p { "These values are refused:" } }
            ul {
                @for error in errors { li { code { (said(&error.field)) } " " (said(&error.message)) } }
            }
        }
    }
}

fn ways_out(viewer: Option<&Viewer>) -> Markup {
    html! {
        @if viewer.is_some() { p { a href="/" { "To the overview" } } }
        @else { p { a href="/sign-in" { "Sign in" } } }
    }
}

fn beside(status: u16, title: &str, viewer: Option<&Viewer>, content: &Markup) -> Rendered {
    let scope = Query::default();
    let frame = Frame { title, part: None, viewer, scope: &scope };
    Rendered { status, html: layout::page(&frame, content) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::viewer;

    #[test]
    fn page_for_signing_in() {
        insta::assert_snapshot!(crate::testing::main(
            &sign_in(Some("The key is <not> known.")).html
        ));
        assert_eq!((sign_in(None).status, sign_in(Some("no")).status), (200, 401));
        assert!(!sign_in(None).html.contains("role=\"alert\""));
    }

    #[test]
    fn page_of_an_error() {
        let rendered = error(503, "Unavailable", "The server is stopping.", Some(&viewer()));
        assert_eq!(rendered.status, 503);
        insta::assert_snapshot!(crate::testing::main(&rendered.html));
    }

    #[test]
    fn page_of_a_refused_form() {
        let errors =
            [FieldError::new("label", "must be a text"), FieldError::new("<b>", "is no field")];
        let rendered = refused(&errors, "/topics/top_1?range=30d", &viewer());
        assert_eq!(rendered.status, 400);
        insta::assert_snapshot!(crate::testing::main(&rendered.html));
    }
}
