//! The forms of the pages: edits of topics and of failed searches.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::Uri;
use axum::http::request::Parts;
use axum::response::Response;
use mcp_insights::api::{ErrorCode, FieldError, Role};
use mcp_insights::{DurableEngine, Error, Timestamp};
use mcp_insights_dashboard::{refused, search_patch, topic_patch};

use super::pages::{Signed, signed_in};
use super::{html, is_from_elsewhere, redirect, refusal};
use crate::app::App;
use crate::clock::system_time;
use crate::http::{FormSize, enabled, form_of, key_beside};
use crate::refusal::Refusal;

type Form = [(String, String)];
type Id = Result<Path<String>, PathRejection>;

pub(super) async fn topic(State(app): State<Arc<App>>, id: Id, request: Request) -> Response {
    edit(&app, id, request, topic_patch, |engine, id, patch, now| {
        engine.update_topic(id, &patch, now).map(drop)
    })
    .await
}

pub(super) async fn search(State(app): State<Arc<App>>, id: Id, request: Request) -> Response {
    edit(&app, id, request, search_patch, |engine, id, patch, now| {
        engine.update_search(id, &patch, now).map(drop)
    })
    .await
}

/// Why a form changes nothing.
enum Outcome {
    /// It does.
    Saved,
    /// Fields of the form are wrong.
    Fields(Vec<FieldError>),
}

async fn edit<P: Send + 'static>(
    app: &Arc<App>,
    id: Id,
    request: Request,
    read: fn(&Form) -> Result<P, Vec<FieldError>>,
    change: fn(&DurableEngine, &str, P, Timestamp) -> Result<(), Error>,
) -> Response {
    let (request, body) = request.into_parts();
    let signed = match signed_in(app, &request).await {
        Ok(signed) => signed,
        Err(response) => return response,
    };
    let saved = save(app, &signed, id, &request, body, read, change).await;
    let response = match saved {
        Ok(Outcome::Saved) => redirect(&saved_page(&request.uri)),
        Ok(Outcome::Fields(errors)) => {
            let back = request.uri.path_and_query().map_or("/", |path| path.as_str());
            html(refused(&errors, back, &signed.viewer))
        }
        Err(why) => refusal(&why, Some(&signed.viewer)),
    };
    key_beside(&signed.caller, response)
}

async fn save<P: Send + 'static>(
    app: &Arc<App>,
    signed: &Signed,
    id: Id,
    request: &Parts,
    body: Body,
    read: fn(&Form) -> Result<P, Vec<FieldError>>,
    change: fn(&DurableEngine, &str, P, Timestamp) -> Result<(), Error>,
) -> Result<Outcome, Refusal> {
    let form = form_of(&request.headers, body, FormSize::OF_EDITS).await?;
    if is_from_elsewhere(&request.headers) || !signed.session.made(&form) {
        let message = "this form is not of this session; open the page again";
        return Err(Refusal::new(ErrorCode::ForbiddenRole, message));
    }
    if signed.viewer.role < Role::Editor {
        let message = "this needs a key with the role editor, admin or owner";
        return Err(Refusal::new(ErrorCode::ForbiddenRole, message));
    }
    enabled(app)?;
    let Ok(Path(id)) = id else { return Err(Refusal::field("id", "must be UTF-8")) };
    let patch = match read(&form) {
        Ok(patch) => patch,
        Err(errors) => return Ok(Outcome::Fields(errors)),
    };
    app.change(move |engine| Ok(change(engine, &id, patch, system_time())?)).await?;
    Ok(Outcome::Saved)
}

/// The page of a form, which says that it was saved.
fn saved_page(uri: &Uri) -> String {
    let query = uri.query().unwrap_or_default().split('&');
    let mut kept: Vec<&str> =
        query.filter(|pair| !pair.is_empty() && !pair.starts_with("_saved=")).collect();
    kept.push("_saved=1");
    format!("{}?{}", uri.path(), kept.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_form_its_page_is_shown_again() {
        let rows = [
            ("/topics/top_1", "/topics/top_1?_saved=1"),
            ("/topics/top_1?range=30d&_saved=1", "/topics/top_1?range=30d&_saved=1"),
        ];
        for (from, to) in rows {
            assert_eq!(saved_page(&Uri::from_static(from)), to);
        }
    }
}
