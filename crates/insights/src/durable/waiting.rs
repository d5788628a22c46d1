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

    use mcp_insights_events::Timestamp;
    use mcp_insights_store::{
        Compacted, DocumentName, Dropped, Memory, NewEvent, Sequence, Storage, StoreError,
        StoredEvent, Usage,
    };
    use serde_json::json;

    use super::*;
    use crate::options::Options;

    /// What takes longer will not come.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// A storage that holds who appends until it is told to go on, and panics once.
    #[derive(Debug, Default)]
    struct Moody {
        inner: Memory,
        holds: AtomicBool,
        /// Whether it panics at the next event whose id begins with `bad`.
        panics: AtomicBool,
    }

    impl Storage for Moody {
        fn append(&self, events: &[NewEvent<'_>]) -> Result<Sequence, StoreError> {
            while self.holds.load(Ordering::Acquire) {
                thread::yield_now();
            }
            let is_bad = events.iter().any(|event| event.event_id.starts_with("bad"));
            if is_bad && self.panics.swap(false, Ordering::AcqRel) {
                // Without the message that a panic prints.
                resume_unwind(Box::new("as the test wishes"));
            }
            self.inner.append(events)
        }

        fn fetch(&self, sequences: &[Sequence]) -> Result<Vec<Vec<u8>>, StoreError> {
            self.inner.fetch(sequences)
        }

        fn scan(
            &self,
            from: Sequence,
            visit: &(dyn Fn(&[StoredEvent<'_>]) + Sync),
        ) -> Result<(), StoreError> {
            self.inner.scan(from, visit)
        }

        fn next_sequence(&self) -> Sequence {
            self.inner.next_sequence()
        }

        fn read_document(&self, name: DocumentName) -> Result<Option<Vec<u8>>, StoreError> {
            self.inner.read_document(name)
        }

        fn write_document(&self, name: DocumentName, content: &[u8]) -> Result<(), StoreError> {
            self.inner.write_document(name, content)
        }

        fn drop_before(&self, time: Timestamp) -> Result<Dropped, StoreError> {
            self.inner.drop_before(time)
        }

        fn forget_actor(&self, actor_id: &str) -> Result<Dropped, StoreError> {
            self.inner.forget_actor(actor_id)
        }

        fn compact(&self) -> Result<Compacted, StoreError> {
            self.inner.compact()
        }

        fn usage(&self) -> Result<Usage, StoreError> {
            self.inner.usage()
        }
    }

    /// A batch of one event.
    fn batch(id: &str) -> Vec<u8> {
        let event =
            json!({"event_id": id, "kind": "tool_call", "started_at": "2026-03-01T09:00:00Z"});
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
        let storage = Arc::clone(&moody) as Arc<dyn Storage>;
        let engine = DurableEngine::with_storage(storage, Options::default()).unwrap();
        thread::scope(|scope| {
            let ingest = |id: &'static str| engine.ingest(&batch(id), None).unwrap().accepted;
            let first = scope.spawn(move || ingest("first"));
            let waits = |batches| engine.0.waiting.lock().len() == batches;
            let is_held = comes_true(|| engine.0.state.is_locked() && waits(0));
            // One of the two stores both, and panics.
            let others = ["bad 1", "bad 2"].map(|id| scope.spawn(move || ingest(id)));
            let both_wait = comes_true(|| waits(2));
            moody.holds.store(false, Ordering::Release);
            assert!(is_held && both_wait);
            assert_eq!(first.join().ok(), Some(1));
            let acknowledged = others.map(|other| other.join().ok());
            assert_eq!(acknowledged.iter().flatten().count(), 1, "{acknowledged:?}");
        });
        // What panicked stored neither; the other was stored once more.
        assert_eq!(engine.snapshot().read_report().accepted, 2);
    }
}
