//! Paths that are not about insights: the contract, who asks, health and metrics.

use std::sync::{Arc, LazyLock};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use mcp_insights::api::{Actor, Org, no_parameters};

use super::answer::Answer;
use super::caller;
use super::pairs::pairs;
use crate::app::App;
use crate::keys::Access;
use crate::metrics::CONTENT_TYPE;
use crate::refusal::Refusal;

/// The contract's own document.
const OPENAPI: &str = include_str!("../../../../fixtures/contract/insights.openapi.json");
/// It is the same for all, so that it is hashed once.
static OPENAPI_ANSWER: LazyLock<Result<Answer, Refusal>> =
    LazyLock::new(|| Answer::of_json(Bytes::from_static(OPENAPI.as_bytes())));

pub(super) async fn openapi(uri: Uri) -> Result<Response, Refusal> {
    no_parameters(&pairs(&uri)?).map_err(Refusal::validation)?;
    // The contract has no 304 here.
    Ok(OPENAPI_ANSWER.clone()?.to(&HeaderMap::new()))
}

pub(super) async fn org(
    State(app): State<Arc<App>>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Response> {
    let admitted = caller::admitted(&app, &headers).await?;
    let caller = &admitted.caller;
    let Access::Role(role) = caller.access else {
        let refusal = Refusal::unauthenticated("an ingest key may send events and nothing else");
        return Err(caller::of(caller, refusal));
    };
    let answered = pairs(&uri)
        .and_then(|pairs| no_parameters(&pairs).map_err(Refusal::validation))
        .and_then(|()| {
            Answer::new(&Org {
                organization: app.organization.clone(),
                actor: Actor {
                    api_key_id: caller.key_id.clone(),
                    api_key_name: caller.key_name.clone(),
                    user_profile_id: None,
                    role,
                    email: None,
                },
            })
        });
    let answer = answered.map(|answer| answer.to(&HeaderMap::new()));
    Ok(caller::of(caller, answer))
}

pub(super) async fn health(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    app.serving()?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], "ok").into_response())
}

pub(super) async fn metrics(State(app): State<Arc<App>>) -> Result<Response, Refusal> {
    let status = app.change(|engine| Ok(engine.status()?)).await?;
    let text = app.metrics.render(&status).map_err(|error| {
        tracing::error!(%error, "the metrics cannot be written");
        Refusal::internal()
    })?;
    Ok(([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    #[test]
    fn the_contract_is_neither_copied_nor_hashed_for_a_request() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let body = || {
            let answer = openapi(Uri::from_static("/openapi"));
            let response = runtime.block_on(answer).unwrap();
            assert!(response.headers().contains_key(header::ETAG));
            runtime.block_on(response.into_body().collect()).unwrap().to_bytes()
        };
        let (one, other) = (body(), body());
        assert_eq!(one, OPENAPI);
        assert_eq!(one.as_ptr(), other.as_ptr(), "both are the same bytes in memory");
    }
}
