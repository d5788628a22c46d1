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
    let counting = Arc::clone(app);
    app.change(move |engine| {
        let report = engine.ingest(&packed.unpack()?, Some(&server))?;
        // Here and not by who waits for it: he may be gone, and what was taken in stays so.
        counting.metrics.ingest(&report);
        Ok(report)
    })
    .await
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use axum::body::Body;
    use axum::http::{Request, header};
    use hyper::service::Service as _;
    use hyper_util::service::TowerToHyperService;
    use mcp_insights::{DocumentName, Storage as _, Timestamp};

    use crate::faulty::{Fault, Faulty};
    use crate::http::{INGEST, router};
    use crate::keys::{Access, Keys};

    #[test]
    fn a_batch_counts_also_where_nobody_waits_for_it_any_more() {
        let storage = Faulty::default();
        let mut keys = Keys::default();
        let access = Access::Ingest { mcp_server_id: "shop".to_owned() };
        let key = keys.create(access, "shop", Timestamp::EARLIEST).unwrap().key;
        storage.write_document(DocumentName::Keys, &keys.to_document()).unwrap();
        let app = storage.app();
        let service = TowerToHyperService::new(router(&app));
        let (release, released) = mpsc::channel();
        storage.fails("append", Fault::Wait(released));
        let event = r#"{"event_id":"e1","kind":"tool_call","started_at":"2026-03-01T09:00:00Z"}"#;
        let request = Request::post(INGEST)
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(format!(r#"{{"schema_version":1,"events":[{event}]}}"#)))
            .unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let started = Instant::now();
            let being_stored = async {
                while storage.calls("append") == 0 {
                    assert!(started.elapsed() < Duration::from_secs(10), "nothing is stored");
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::select! {
                _ = service.call(request) => unreachable!("it waits for the storage"),
                () = being_stored => {}
            }
        });
        let counted = || {
            let text = app.metrics.render(&app.engine.status().unwrap()).unwrap();
            String::from_utf8(text).unwrap().contains("mcp_insights_ingest_batches_total 1\n")
        };
        assert!(!counted());
        drop(release);
        let started = Instant::now();
        while !counted() {
            assert!(started.elapsed() < Duration::from_secs(10), "it was not counted");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}
