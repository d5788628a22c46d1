//! Feeding an engine from a queue: a thread takes batches off it, and others ask all the while.
//!
//! `cargo run -p mcp-insights --features store --example from_a_queue`

use std::error::Error;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::thread;

use mcp_insights::{DurableEngine, Fast, KeptVectors, Memory, Options, Timestamp, api};
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let embedder = Arc::new(KeptVectors::new(Arc::new(Fast)));
    let options = Options { embedder, ..Options::default() };
    // `DurableEngine::open` keeps the events in a folder instead.
    let engine = DurableEngine::with_storage(Arc::new(Memory::default()), options)?;

    // A full queue holds its senders back.
    let (queue, batches) = sync_channel::<Vec<u8>>(16);
    let taker = engine.clone();
    let taking = thread::spawn(move || {
        for batch in batches {
            // Only what was acknowledged may be taken off a queue for good.
            if let Err(error) = taker.ingest(&batch, Some("shop")) {
                eprintln!("a batch goes back into the queue: {error}");
            }
        }
    });
    for number in 0..100 {
        let event = json!({
            "event_id": format!("e{number}"), "kind": "tool_call", "ok": number % 7 != 0,
            "session_id_hint": format!("conversation-{}", number / 5),
            "started_at": format!("2026-03-01T09:{:02}:{:02}Z", number / 60, number % 60),
            "metadata": {"tool_name": "create_refund", "user_intent": "Refund an order"},
        });
        queue.send(serde_json::to_vec(&json!({"schema_version": 1, "events": [event]}))?)?;
    }
    drop(queue);
    taking.join().map_err(|_| "the taking thread stopped")?;
    // Puts intents into topics, and whatever else is due. A service does so every few seconds.
    let done = engine.upkeep()?;
    println!("grouped anew: {}", done.grouped);

    let now = Timestamp::parse("2026-03-01T10:00:00Z")?;
    let overview = engine.snapshot().overview(&api::OverviewQuery::default(), now)?;
    println!(
        "{} calls in {} sessions",
        overview.kpis.tool_calls.value, overview.kpis.sessions.value
    );
    Ok(())
}
