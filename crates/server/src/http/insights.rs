//! The paths of the insights: a key, a query, an answer.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, Request, State};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use axum::response::Response;
use mcp_insights::api::{
    FieldError, OverviewQuery, Role, SearchPatch, SearchesQuery, SessionsQuery, TopicPatch,
    TopicsQuery, WindowQuery, no_parameters,
};
use mcp_insights::{Engine, Error, Timestamp};
use serde::Serialize;

use super::answer::Answer;
use super::body::{self, Packed};
use super::caller::{self, Admitted};
use super::pairs::pairs;
use crate::app::App;
use crate::clock::system_time;
use crate::refusal::Refusal;

type Parameters = Vec<(String, String)>;
type Id = Result<Path<String>, PathRejection>;

pub(super) async fn overview(State(app): State<Arc<App>>, request: Request) -> Response {
    ask(&app, request, OverviewQuery::from_pairs, |engine, query, now| engine.overview(&query, now))
        .await
}

pub(super) async fn topics(State(app): State<Arc<App>>, request: Request) -> Response {
    ask(&app, request, TopicsQuery::from_pairs, |engine, query, now| engine.topics(&query, now))
        .await
}

pub(super) async fn topic(State(app): State<Arc<App>>, id: Id, request: Request) -> Response {
    ask_of(&app, request, id, WindowQuery::from_pairs, |engine, id, query, now| {
        engine.topic(&id, &query, now)
    })
    .await
}

pub(super) async fn searches(State(app): State<Arc<App>>, request: Request) -> Response {
    ask(&app, request, SearchesQuery::from_pairs, |engine, query, now| engine.searches(&query, now))
        .await
}

pub(super) async fn search(State(app): State<Arc<App>>, id: Id, request: Request) -> Response {
    ask_of(&app, request, id, WindowQuery::from_pairs, |engine, id, query, now| {
        engine.search(&id, &query, now)
    })
    .await
}

pub(super) async fn sessions(State(app): State<Arc<App>>, request: Request) -> Response {
    ask(&app, request, SessionsQuery::from_pairs, |engine, query, now| engine.sessions(&query, now))
        .await
}

pub(super) async fn trace(State(app): State<Arc<App>>, id: Id, request: Request) -> Response {
    ask_of(&app, request, id, no_parameters, |engine, id, (), _| engine.trace(&id)).await
}

pub(super) async fn update_topic(
    State(app): State<Arc<App>>,
    id: Id,
    request: Request,
) -> Response {
    edit(&app, request, id, TopicPatch::from_json, |engine, id, patch, now| {
        engine.update_topic(&id, &patch, now)
    })
    .await
}

pub(super) async fn update_search(
    State(app): State<Arc<App>>,
    id: Id,
    request: Request,
) -> Response {
    edit(&app, request, id, SearchPatch::from_json, |engine, id, patch, now| {
        engine.update_search(&id, &patch, now)
    })
    .await
}

/// Answers a query.
async fn ask<Q: Send + 'static, T: Serialize + 'static>(
    app: &Arc<App>,
    request: Request,
    read: fn(&[(String, String)]) -> Result<Q, Vec<FieldError>>,
    answer: fn(&Engine, Q, Timestamp) -> Result<T, Error>,
) -> Response {
    let (request, _) = request.into_parts();
    let admitted = match reader(app, &request, Role::Viewer).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let answered = async {
        let query = parameters(&request, read)?;
        app.query(move |engine, now| Answer::new(&answer(engine, query, now)?)).await
    };
    let answer = answered.await.map(|answer| answer.to(&request.headers));
    caller::of(&admitted.caller, answer)
}

/// Answers a query of one thing.
async fn ask_of<Q: Send + 'static, T: Serialize + 'static>(
    app: &Arc<App>,
    request: Request,
    id: Id,
    read: fn(&[(String, String)]) -> Result<Q, Vec<FieldError>>,
    answer: fn(&Engine, String, Q, Timestamp) -> Result<T, Error>,
) -> Response {
    let (request, _) = request.into_parts();
    let admitted = match reader(app, &request, Role::Viewer).await {
        Ok(admitted) => admitted,
        Err(response) => return response,
    };
    let answered = async {
        let id = text_of(id)?;
        let query = parameters(&request, read)?;
        app.query(move |engine, now| Answer::new(&answer(engine, id, query, now)?)).await
    };
    let answer = answered.await.map(|answer| answer.to(&request.headers));
    caller::of(&admitted.caller, answer)
}

/// Edits one thing and answers with it.
async fn edit<P: Send + 'static, T: Serialize + 'static>(
    app: &Arc<App>,
    request: Request,
    id: Id,
    read: fn(&serde_json::Value) -> Result<P, Vec<FieldError>>,
    change: fn(&mcp_insights::DurableEngine, String, P, Timestamp) -> Result<T, Error>,
) -> Response {
    let (request, body) = request.into_parts();
    let admitted = match reader(app, &request, Role::Editor).await {
        Ok(admitted) => admitted,
        Err(response) => {
            body::drain(body).await;
            return response;
        }
    };
    let answered = async {
        let id = text_of(id)?;
        parameters(&request, no_parameters)?;
        let packed: Packed =
            body::json(&request.headers, body, app.settings().limits.body_bytes).await?;
        app.change(move |engine| {
            let patch = read(&packed.value()?).map_err(Refusal::validation)?;
            Answer::new(&change(engine, id, patch, system_time())?)
        })
        .await
    };
    // A condition on an edit is not one on its answer.
    let answer = answered.await.map(|answer| answer.to(&HeaderMap::new()));
    caller::of(&admitted.caller, answer)
}

/// Who asks, if he may, and there are insights.
async fn reader(app: &Arc<App>, request: &Parts, least: Role) -> Result<Admitted, Response> {
    let admitted = caller::admitted(app, &request.headers).await?;
    let allowed = caller::role(&admitted.caller, least).and_then(|_| caller::enabled(app));
    match allowed {
        Ok(()) => Ok(admitted),
        Err(refusal) => Err(caller::of(&admitted.caller, refusal)),
    }
}

fn parameters<Q>(
    request: &Parts,
    read: impl Fn(&[(String, String)]) -> Result<Q, Vec<FieldError>>,
) -> Result<Q, Refusal> {
    let pairs: Parameters = pairs(&request.uri)?;
    read(&pairs).map_err(Refusal::validation)
}

fn text_of(id: Id) -> Result<String, Refusal> {
    id.map(|Path(id)| id).map_err(|_| Refusal::field("id", "must be UTF-8"))
}
