//! The paths, and what stands around them.

mod answer;
mod body;
mod caller;
mod guard;
mod ingest;
mod insights;
mod operations;
mod pairs;

use std::sync::Arc;

use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use mcp_insights::api::ErrorCode;
use tower_http::catch_panic::CatchPanicLayer;

use crate::app::App;
use crate::dashboard;
use crate::refusal::Refusal;

pub(crate) use body::{FormSize, form as form_of};
pub(crate) use caller::{enabled, of as key_beside, place};
pub(crate) use pairs::pairs;

/// Where the insights API stands.
pub(crate) const API: &str = "/api/armature/v1";
/// Where the SDKs send events.
pub(crate) const INGEST: &str = "/api/mcp-analytics/ingest";

/// Every path of the server.
pub(crate) fn router(app: &Arc<App>) -> Router {
    let api = Router::new()
        .route("/org", get(operations::org))
        .route("/openapi", get(operations::openapi))
        .route("/insights/overview", get(insights::overview))
        .route("/insights/topics", get(insights::topics))
        .route("/insights/topics/{id}", get(insights::topic).patch(insights::update_topic))
        .route("/insights/searches", get(insights::searches))
        .route("/insights/searches/{id}", get(insights::search).patch(insights::update_search))
        .route("/insights/sessions", get(insights::sessions))
        .route("/insights/sessions/{id}/trace", get(insights::trace));
    let router = Router::new()
        .nest(API, api)
        .merge(dashboard::router())
        .route(INGEST, post(ingest::ingest))
        .route("/healthz", get(operations::health))
        .route("/metrics", get(operations::metrics))
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    guarded(router, app)
}

/// Paths with what stands around them. A panic is caught within, so that its answer is counted and logged like any other.
fn guarded(router: Router<Arc<App>>, app: &Arc<App>) -> Router {
    router
        .layer(CatchPanicLayer::custom(guard::panicked))
        .layer(from_fn_with_state(Arc::clone(app), guard::guard))
        .with_state(Arc::clone(app))
}

async fn not_found() -> Refusal {
    Refusal::new(
        ErrorCode::NotFound,
        "there is no such path; /api/armature/v1/openapi says which there are",
    )
}

async fn method_not_allowed(method: Method) -> Refusal {
    // Of the methods that there are; any text may be sent as one.
    let known =
        [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
    let name = if known.contains(&method) { method.as_str() } else { "this method" };
    Refusal::new(
        ErrorCode::MethodNotAllowed,
        format!("{name} is not for this path; the header Allow says what is"),
    )
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;

    use super::*;
    use crate::faulty::Faulty;

    async fn panics() {
        panic!("as it may happen");
    }

    #[test]
    fn a_panic_is_answered_and_counted_like_anything_else() {
        let app = Faulty::default().app();
        let service =
            TowerToHyperService::new(guarded(Router::new().route("/panics", get(panics)), &app));
        let request = Request::get("/panics").body(Body::empty()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let response = runtime.block_on(service.call(request)).unwrap();
        assert_eq!(response.status(), 500);
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        let metrics = app.metrics.render(&app.engine.status().unwrap()).unwrap();
        let line = "mcp_insights_http_requests_total{endpoint=\"/panics\",method=\"GET\",status=\"500\"} 1";
        assert!(String::from_utf8(metrics).unwrap().contains(line));
    }
}
