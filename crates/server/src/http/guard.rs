//! Around every request: a bound on its time, its line in the log and its numbers in the metrics.

use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::caller::KeyId;
use crate::app::App;
use crate::refusal::Refusal;

/// Paths that answer however much there is to do.
const ALWAYS: [&str; 2] = ["/healthz", "/metrics"];

pub(super) async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let path = request.extensions().get::<MatchedPath>();
    // A path that was asked for may hold anything: only those of the router are counted and logged.
    let endpoint = path.map_or("other", MatchedPath::as_str).to_owned();
    let method = known_method(request.method());
    let mut response = if ALWAYS.contains(&endpoint.as_str()) {
        next.run(request).await
    } else {
        within_limits(&app, request, next).await
    };
    let headers = response.headers_mut();
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let took = started.elapsed();
    let status = response.status().as_u16();
    app.metrics.request(&endpoint, method, status, took);
    let key = response.extensions().get::<KeyId>().map_or("", |key| key.0.as_str());
    let milliseconds = took.as_secs_f64() * 1000.0;
    if ALWAYS.contains(&endpoint.as_str()) {
        tracing::debug!(method, endpoint, status, milliseconds, "answered");
    } else {
        tracing::info!(method, endpoint, status, milliseconds, key, "answered");
    }
    response
}

async fn within_limits(app: &Arc<App>, request: Request, next: Next) -> Response {
    if let Err(refusal) = app.serving() {
        return refusal.into_response();
    }
    let limit = Duration::from_secs(app.settings().limits.timeout_seconds.into());
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::unavailable("the request took too long").into_response(),
    }
}

/// The answer where a handler panicked. What it panicked with may quote anything, and goes nowhere.
pub(super) fn panicked(_: Box<dyn Any + Send>) -> Response {
    Refusal::internal().into_response()
}

fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        _ => "other",
    }
}
