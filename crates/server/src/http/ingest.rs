//! `POST /api/mcp-analytics/ingest`: batches of events, as the SDKs send them.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use mcp_insights::api::{IngestReport, no_parameters};

use super::pairs::pairs;
use super::{body, caller};
use crate::app::App;
use crate::auth::Caller;
use crate::refusal::Refusal;

pub(super) async fn ingest(State(app): State<Arc<App>>, request: Request) -> Response {
    let (request, body) = request.into_parts();
    let admitted = match caller::admitted(&app, &request.headers).await {
        Ok(admitted) => admitted,
        Err(response) => {
            body::drain(body).await;
            return response;
        }
    };
    let caller = &admitted.caller;
    let answer = match allowed(&app, caller, &request.uri) {
        Ok(server) => take_in(&app, server, &request.headers, body).await.map(Json),
        Err(refusal) => {
            body::drain(body).await;
            Err(refusal)
        }
    };
    caller::of(caller, answer)
}

/// The MCP server that events of this request are written to.
fn allowed(app: &App, caller: &Caller, uri: &Uri) -> Result<String, Refusal> {
    let server = caller::mcp_server(caller)?.to_owned();
    caller::enabled(app)?;
    no_parameters(&pairs(uri)?).map_err(Refusal::validation)?;
    Ok(server)
}

async fn take_in(
    app: &Arc<App>,
    server: String,
    headers: &HeaderMap,
    body: Body,
) -> Result<IngestReport, Refusal> {
    let packed = body::json(headers, body, app.settings().limits.body_bytes).await?;
    let report =
        app.change(move |engine| Ok(engine.ingest(&packed.unpack()?, Some(&server))?)).await?;
    app.metrics.ingest(&report);
    Ok(report)
}
