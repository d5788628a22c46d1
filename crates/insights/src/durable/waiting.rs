//! Batches that wait for the one writer.

use std::sync::Arc;

use parking_lot::Mutex;

use crate::durable::DurableEngine;
use crate::durable::ready::Ready;
use crate::durable::state::TakenIn;
use crate::error::Error;

/// A batch on its way, and what became of it.
pub(super) struct Ticket {
    events: Ready,
    outcome: Mutex<Option<Result<u64, Error>>>,
}

impl DurableEngine {
    /// Stores events and gives how many were known. Who comes first stores for all who wait.
    pub(super) fn store(&self, events: Ready) -> Result<u64, Error> {
        if events.len() == 0 {
            return Ok(0);
        }
        let ticket = Arc::new(Ticket { events, outcome: Mutex::default() });
        self.0.waiting.lock().push(Arc::clone(&ticket));
        let mut state = self.0.state.lock();
        if let Some(outcome) = ticket.outcome.lock().take() {
            return outcome;
        }
        let mut tickets = std::mem::take(&mut *self.0.waiting.lock());
        if !tickets.iter().any(|waiting| Arc::ptr_eq(waiting, &ticket)) {
            // Who took it panicked.
            tickets.push(Arc::clone(&ticket));
        }
        let batches: Vec<&Ready> = tickets.iter().map(|ticket| &ticket.events).collect();
        match state.store(&batches, TakenIn::AtOnce, &self.0.beside) {
            Ok(duplicates) => {
                self.publish(&state);
                for (ticket, duplicates) in tickets.iter().zip(duplicates) {
                    *ticket.outcome.lock() = Some(Ok(duplicates));
                }
            }
            Err(error) => {
                let error = Arc::new(error);
                for ticket in &tickets {
                    *ticket.outcome.lock() = Some(Err(Error::Ingest(Arc::clone(&error))));
                }
            }
        }
        let outcome = ticket.outcome.lock().take();
        outcome.unwrap_or(Ok(0))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::panic::resume_unwind;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    use mcp_insights_store::Memory;
    use mcp_insights_text::{Embedder, HashedNgrams};
    use serde_json::json;

    use super::*;
    use crate::options::Options;

    /// What takes longer will not come.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Holds the writer until it is told to go on, and panics at the next text that it is to embed.
    #[derive(Default)]
    struct Moody {
        holds: AtomicBool,
        panics: AtomicBool,
    }

    impl Embedder for Moody {
        fn name(&self) -> &str {
            HashedNgrams.name()
        }

        fn dimensions(&self) -> usize {
            HashedNgrams.dimensions()
        }

        fn embed(&self, texts: &[&str]) -> ndarray::Array2<f32> {
            HashedNgrams.embed(texts)
        }

        fn covers(&self, text: &str) -> bool {
            while text.contains("slow") && self.holds.load(Ordering::Acquire) {
                thread::yield_now();
            }
            if text.contains("bad") && self.panics.swap(false, Ordering::AcqRel) {
                // Without the message that a panic prints.
                resume_unwind(Box::new("as the test wishes"));
            }
            HashedNgrams.covers(text)
        }
    }

    /// A search that finds nothing.
    fn batch(query: &str) -> Vec<u8> {
        let event = json!({
            "event_id": query, "kind": "tool_call", "actor_id": query, "started_at": "2026-03-01T09:00:00Z",
            "metadata": {"tool_name": "search_docs", "input_preview": json!({"query": query}).to_string()},
            "result_preview": r#"{"total":0,"results":[]}"#,
        });
        json!({"schema_version": 1, "events": [event]}).to_string().into_bytes()
    }

    fn comes_true(condition: impl Fn() -> bool) -> bool {
        let begin = Instant::now();
        while !condition() {
            if begin.elapsed() > PATIENCE {
                return false;
            }
            thread::yield_now();
        }
        true
    }

    #[test]
    fn nothing_is_acknowledged_that_a_panic_left_out() {
        let moody = Arc::new(Moody::default());
        moody.holds.store(true, Ordering::Release);
        moody.panics.store(true, Ordering::Release);
        let options =
            Options { embedder: Arc::clone(&moody) as Arc<dyn Embedder>, ..Options::default() };
        let engine = DurableEngine::with_storage(Arc::new(Memory::default()), options).unwrap();
        thread::scope(|scope| {
            let ingest = |query: &'static str| engine.ingest(&batch(query), None).unwrap().accepted;
            let first = scope.spawn(move || ingest("slow writer"));
            let waits = |batches| engine.0.waiting.lock().len() == batches;
            let is_held = comes_true(|| engine.0.state.is_locked() && waits(0));
            // One of the two stores both, and panics.
            let others = ["bad idea", "bad luck"].map(|query| scope.spawn(move || ingest(query)));
            let both_wait = comes_true(|| waits(2));
            moody.holds.store(false, Ordering::Release);
            assert!(is_held && both_wait);
            assert_eq!(first.join().ok(), Some(1));
            let acknowledged = others.map(|other| other.join().ok());
            assert_eq!(acknowledged.iter().flatten().count(), 1, "{acknowledged:?}");
        });
        assert!(!moody.panics.load(Ordering::Acquire));
        assert_eq!(engine.snapshot().read_report().accepted, 3);
    }
}
