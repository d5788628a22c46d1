//! The engine inside an axum service of one's own: one route takes events in, another answers.
//!
//! `cargo run -p mcp-insights-server --example axum_service -- FOLDER`, then
//! `curl -d '{"schema_version":1,"events":[]}' localhost:8080/events` and `curl localhost:8080/overview`.
//! The whole API, with keys and limits, is `mcp_insights_server::Server`.

use std::error::Error;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use mcp_insights::{DurableEngine, Engine, api};
use mcp_insights_server::system_time;
use serde::Serialize;

/// Between two looks at what is due.
const PAUSE: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from).ok_or("give a folder")?;
    let engine = Engine::open(&folder)?;
    let kept = engine.clone();
    thread::spawn(move || {
        loop {
            // Puts intents into topics, moves the log into segments, keeps what was computed: each when it is due.
            if let Err(error) = kept.upkeep() {
                eprintln!("tried again soon: {error}");
            }
            thread::sleep(PAUSE);
        }
    });
    let service = Router::new()
        .route("/events", post(take_in))
        .route("/overview", get(overview))
        .with_state(engine);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    Ok(axum::serve(listener, service).await?)
}

async fn take_in(State(engine): State<DurableEngine>, body: Bytes) -> Response {
    // Taking in waits for the disk, which no thread of the runtime should.
    let taken = tokio::task::spawn_blocking(move || engine.ingest(&body, None)).await;
    answer(taken.map(|report| report.map_err(|error| error.body())))
}

async fn overview(State(engine): State<DurableEngine>) -> Response {
    let asked = tokio::task::spawn_blocking(move || {
        engine.snapshot().overview(&api::OverviewQuery::default(), system_time())
    });
    answer(asked.await.map(|overview| overview.map_err(|error| error.body())))
}

fn answer<T: Serialize, E, S: Serialize>(answer: Result<Result<T, S>, E>) -> Response {
    let json = |status: StatusCode, value: Result<String, serde_json::Error>| match value {
        Ok(value) => (status, [(CONTENT_TYPE, "application/json")], value).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    match answer {
        Ok(Ok(value)) => json(StatusCode::OK, serde_json::to_string(&value)),
        Ok(Err(error)) => json(StatusCode::BAD_REQUEST, serde_json::to_string(&error)),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
