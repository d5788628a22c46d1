//! Appends the events of a file to a new folder, durably, and prints what that took as one line of JSON.
//!
//! ```text
//! cargo run --release -p mcp-insights-store --example append -- FOLDER EVENTS.ndjson [BATCH] [THREADS]
//! ```
//!
//! Only the appending is timed: the events are read and parsed before. `benches/compare/ingest.py` runs it beside `SQLite`.

use std::error::Error;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::{env, fs, thread};

use mcp_insights_events::Timestamp;
use mcp_insights_store::{Folder, NewEvent, Storage, StoreError};
use serde::Deserialize;

#[derive(Deserialize)]
struct Event {
    event_id: String,
    kind: String,
    started_at: Timestamp,
    #[serde(default)]
    actor_id: String,
    mcp_server_id: Option<String>,
    session_id_hint: Option<String>,
    duration_ms: Option<u64>,
    ok: Option<bool>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("name a folder")?;
    let file = arguments.next().ok_or("name a file of events")?;
    let batch: usize = arguments.next().map_or(Ok(20), |number| number.parse())?;
    let threads: usize = arguments.next().map_or(Ok(1), |number| number.parse())?;

    let content = fs::read_to_string(file)?;
    let lines: Vec<&str> = content.lines().collect();
    let parsed: Result<Vec<Event>, _> =
        lines.iter().map(|line| serde_json::from_str(line)).collect();
    let parsed = parsed?;
    let events: Vec<NewEvent<'_>> = lines
        .iter()
        .zip(&parsed)
        .map(|(line, event)| NewEvent {
            json: line.as_bytes(),
            event_id: &event.event_id,
            kind: &event.kind,
            actor_id: &event.actor_id,
            mcp_server_id: event.mcp_server_id.as_deref(),
            session_id_hint: event.session_id_hint.as_deref(),
            tool_name: None,
            started_at: event.started_at,
            duration_ms: event.duration_ms,
            ok: event.ok,
            is_workflow: false,
            replaces: None,
        })
        .collect();
    let batches: Vec<&[NewEvent<'_>]> = events.chunks(batch.max(1)).collect();

    let folder = Folder::open(Path::new(&folder))?;
    let next = AtomicUsize::new(0);
    let begin = Instant::now();
    thread::scope(|scope| {
        let append = || -> Result<(), StoreError> {
            while let Some(batch) = batches.get(next.fetch_add(1, Ordering::Relaxed)) {
                folder.append(batch)?;
            }
            Ok(())
        };
        let threads: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(append)).collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .map_err(|_| "a thread failed".into())
                .and_then(|outcome| outcome.map_err(Box::<dyn Error>::from))
        })
    })?;
    let seconds = begin.elapsed().as_secs_f64();
    println!(r#"{{"events":{},"batches":{},"seconds":{seconds}}}"#, events.len(), batches.len());
    Ok(())
}
