//! The dashboard: its pages over HTTP, signing in, and the forms.

mod forms;
mod pages;
mod sessions;
mod sign_in;

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use mcp_insights_dashboard::{CONTENT_SECURITY_POLICY, Rendered, STYLE, Viewer, error};

use crate::app::App;
use crate::refusal::Refusal;
pub(crate) use sessions::Sessions;

/// Every path of the dashboard.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(pages::page))
        .route("/topics", get(pages::page))
        .route("/topics/{id}", get(pages::page).post(forms::topic))
        .route("/searches", get(pages::page))
        .route("/searches/{id}", get(pages::page).post(forms::search))
        .route("/sessions", get(pages::page))
        .route("/sessions/{id}", get(pages::page))
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/assets/style.css", get(style))
}

async fn style() -> Response {
    let headers =
        [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")];
    (headers, STYLE).into_response()
}

/// A page as it is sent: nothing from elsewhere, in no frame, in no cache.
fn html(rendered: Rendered) -> Response {
    let status = StatusCode::from_u16(rendered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (status, headers, rendered.html).into_response()
}

/// An error as a page.
fn refusal(refusal: &Refusal, viewer: Option<&Viewer>) -> Response {
    let status = refusal.status();
    let title = status.canonical_reason().unwrap_or("Error");
    let mut response = html(error(status.as_u16(), title, &refusal.body.error.message, viewer));
    refusal.put_headers(response.headers_mut());
    response
}

/// To another page, after a form.
fn redirect(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(to) => (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response(),
        Err(_) => Refusal::internal().into_response(),
    }
}

/// Whether a form comes from another site, as browsers say.
fn is_from_elsewhere(headers: &HeaderMap) -> bool {
    headers
        .get("sec-fetch-site")
        .is_some_and(|site| site.as_bytes() != b"same-origin" && site.as_bytes() != b"none")
}
