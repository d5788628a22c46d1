//! The pages: who looks, at what.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::response::Response;
use mcp_insights::api::ErrorCode;
use mcp_insights_dashboard::{Page, Viewer, render};
use percent_encoding::percent_decode_str;

use super::sessions::Session;
use super::{html, redirect, refusal};
use crate::app::{App, Place};
use crate::auth::Caller;
use crate::http::{enabled, key_beside, pairs, place};
use crate::keys::Access;
use crate::refusal::Refusal;

/// Someone who is signed in.
pub(super) struct Signed {
    pub(super) session: Session,
    pub(super) caller: Caller,
    pub(super) viewer: Viewer,
    /// Held until the request is answered.
    _place: Place,
}

pub(super) async fn page(State(app): State<Arc<App>>, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let signed = match signed_in(&app, &request).await {
        Ok(signed) => signed,
        Err(response) => return response,
    };
    let viewer = signed.viewer.clone();
    let rendered = async {
        enabled(&app)?;
        let query = pairs(&request.uri)?;
        let path = decoded_path(&request)?;
        app.query(move |engine, now| match Page::of_path(&path) {
            Some(page) => Ok(render(engine, page, &query, &viewer, now)),
            None => Err(Refusal::new(ErrorCode::NotFound, "there is no such page")),
        })
        .await
    };
    let response = match rendered.await {
        Ok(rendered) => html(rendered),
        Err(refused) => refusal(&refused, Some(&signed.viewer)),
    };
    key_beside(&signed.caller, response)
}

/// Who looks, if he is signed in and his key is still there; else the answer that lets him sign in.
pub(super) async fn signed_in(app: &Arc<App>, request: &Parts) -> Result<Signed, Response> {
    let to_sign_in = || redirect("/sign-in");
    let session = app.sessions.of(&request.headers, Instant::now()).ok_or_else(to_sign_in)?;
    let caller = match app.authenticator.still_there(&session.key_id).await {
        Ok(Some(caller)) => caller,
        Ok(None) => {
            app.sessions.end(&request.headers);
            return Err(to_sign_in());
        }
        Err(refused) => return Err(refusal(&refused, None)),
    };
    let Access::Role(role) = caller.access else { return Err(to_sign_in()) };
    let csrf_token = session.csrf_token().to_owned();
    let viewer = Viewer { name: caller.key_name.clone(), role, csrf_token };
    match place(app, &caller) {
        Ok(place) => Ok(Signed { session, caller, viewer, _place: place }),
        Err(refused) => Err(key_beside(&caller, refusal(&refused, Some(&viewer)))),
    }
}

fn decoded_path(request: &Parts) -> Result<String, Refusal> {
    let path = percent_decode_str(request.uri.path()).decode_utf8();
    path.map(String::from).map_err(|_| Refusal::field("path", "must be UTF-8"))
}
