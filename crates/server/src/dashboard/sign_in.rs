//! Signing in with a key, and out.

use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use mcp_insights::api::ErrorCode;
use mcp_insights_dashboard as dashboard;

use super::{html, is_from_elsewhere, redirect, refusal};
use crate::app::App;
use crate::http::{FormSize, form_of};
use crate::keys::Access;
use crate::refusal::Refusal;

pub(super) async fn form() -> Response {
    html(dashboard::sign_in(None))
}

pub(super) async fn sign_in(State(app): State<Arc<App>>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    match begin(&app, &request.headers, body).await {
        Ok(cookie) => with_cookie(redirect("/"), &cookie),
        Err(refused) if refused.body.error.code == ErrorCode::Unauthenticated => {
            html(dashboard::sign_in(Some(&refused.body.error.message)))
        }
        Err(refused) => refusal(&refused, None),
    }
}

async fn begin(app: &Arc<App>, headers: &HeaderMap, body: Body) -> Result<String, Refusal> {
    if is_from_elsewhere(headers) {
        return Err(Refusal::new(ErrorCode::ForbiddenRole, "this form comes from another site"));
    }
    let form = form_of(headers, body, FormSize::OF_SIGNING).await?;
    let key = form.iter().find(|(name, _)| name == "key").map_or("", |(_, key)| key.trim());
    let caller = app.authenticator.authenticate(key).await?;
    if let Access::Ingest { .. } = caller.access {
        let message = "that key may send events and nothing else; sign in with the key of a role";
        return Err(Refusal::unauthenticated(message));
    }
    // A proxy that speaks TLS says so.
    let is_secure = headers.get("x-forwarded-proto").is_some_and(|scheme| scheme == "https");
    app.sessions.begin(&caller.key_id, is_secure, Instant::now()).map_err(|error| {
        tracing::error!(%error, "nobody can sign in");
        Refusal::internal()
    })
}

pub(super) async fn sign_out(State(app): State<Arc<App>>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let form = match form_of(&request.headers, body, FormSize::OF_SIGNING).await {
        Ok(form) => form,
        Err(refused) => return refusal(&refused, None),
    };
    match app.sessions.of(&request.headers, Instant::now()) {
        Some(session) if !session.made(&form) => {
            let refused =
                Refusal::new(ErrorCode::ForbiddenRole, "this form is not of this session");
            refusal(&refused, None)
        }
        _ => with_cookie(redirect("/sign-in"), &app.sessions.end(&request.headers)),
    }
}

fn with_cookie(mut response: Response, cookie: &str) -> Response {
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
