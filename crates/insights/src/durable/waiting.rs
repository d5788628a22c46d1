//! Batches that wait for the one writer.

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::durable::DurableEngine;
use crate::durable::batch::Batch;
use crate::durable::sent::Sent;
use crate::durable::writer::Joins;
use crate::error::Error;

/// Of a batch of so many events at most, what is known of each may be found out by who joins it.
const MOST_READ_LATER: usize = 512;

/// Batches that wait. One of those who send leads: he stores his own, and all that wait when he can write.
#[derive(Default)]
pub(super) struct Waiting(Mutex<Queue>);

#[derive(Default)]
struct Queue {
    tickets: VecDeque<Arc<Ticket>>,
    /// Those that were taken by someone who panicked: each is led by who sent it and taken by nobody else, as one of them may be why.
    suspect: VecDeque<Arc<Ticket>>,
    is_led: bool,
}

/// A batch that waits.
struct Ticket {
    events: Arc<Sent>,
    turn: Mutex<Turn>,
    has_turned: Condvar,
}

/// What is to become of a batch.
enum Turn {
    /// Another stores it.
    Waits,
    /// Who sent it leads.
    Leads,
    /// How many of its events were known, or why it could not be stored.
    Done(Result<u64, Error>),
}

impl Ticket {
    fn turn(&self, turn: Turn) {
        *self.turn.lock() = turn;
        self.has_turned.notify_one();
    }

    /// The outcome; none for who is to lead.
    fn outcome(&self) -> Option<Result<u64, Error>> {
        let mut turn = self.turn.lock();
        self.has_turned.wait_while(&mut turn, |turn| matches!(turn, Turn::Waits));
        match std::mem::replace(&mut *turn, Turn::Leads) {
            Turn::Done(outcome) => Some(outcome),
            Turn::Leads | Turn::Waits => None,
        }
    }
}

impl Queue {
    /// The first of those who wait leads from now on.
    fn pass_on(&mut self) {
        let next = self.suspect.pop_front().or_else(|| self.tickets.pop_front());
        self.is_led = next.is_some();
        if let Some(next) = next {
            next.turn(Turn::Leads);
        }
    }
}

impl Waiting {
    /// Whether nobody leads.
    #[cfg(test)]
    fn is_idle(&self) -> bool {
        !self.0.lock().is_led
    }

    /// Whether the caller leads, since nobody else does.
    fn begins(&self) -> bool {
        !std::mem::replace(&mut self.0.lock().is_led, true)
    }

    /// Takes a ticket, of who leads if nobody else does.
    fn enter(&self, events: Arc<Sent>) -> Arc<Ticket> {
        let mut queue = self.0.lock();
        let turn = if queue.is_led { Turn::Waits } else { Turn::Leads };
        let ticket =
            Arc::new(Ticket { events, turn: Mutex::new(turn), has_turned: Condvar::new() });
        if std::mem::replace(&mut queue.is_led, true) {
            queue.tickets.push_back(Arc::clone(&ticket));
        }
        ticket
    }
}

/// The tickets of others that someone who leads has taken. Those without an outcome in the end wait again: he panicked.
struct Led<'w> {
    waiting: &'w Waiting,
    tickets: VecDeque<Arc<Ticket>>,
    has_passed_on: bool,
}

impl Led<'_> {
    /// Another can lead. He comes a moment later, so he is told before all is done.
    fn pass_on(&mut self) {
        self.waiting.0.lock().pass_on();
        self.has_passed_on = true;
    }

    fn done(&mut self, outcomes: impl IntoIterator<Item = Result<u64, Error>>) {
        for outcome in outcomes.into_iter().take(self.tickets.len()) {
            if let Some(ticket) = self.tickets.pop_front() {
                ticket.turn(Turn::Done(outcome));
            }
        }
    }
}

impl Drop for Led<'_> {
    fn drop(&mut self) {
        let mut queue = self.waiting.0.lock();
        queue.suspect.append(&mut self.tickets);
        if !self.has_passed_on || !queue.is_led {
            queue.pass_on();
        }
    }
}

impl DurableEngine {
    /// Stores events and gives how many were known.
    pub(super) fn store(&self, batch: Batch<'_>) -> Result<u64, Error> {
        let Batch { sent, parsed, .. } = batch;
        if parsed.is_empty() {
            return Ok(0);
        }
        let sent = Arc::new(sent);
        let is_left = parsed.len() <= MOST_READ_LATER && !self.0.joiner.is_behind();
        if is_left && self.0.waiting.begins() {
            return self.lead(&sent);
        }
        // While others store theirs, or since who joins has enough to do.
        sent.find_out(&parsed, &self.0.extractor);
        let ticket = self.0.waiting.enter(Arc::clone(&sent));
        ticket.outcome().unwrap_or_else(|| self.lead(&sent))
    }

    /// Stores the caller's own events, and those of all who wait.
    fn lead(&self, own: &Arc<Sent>) -> Result<u64, Error> {
        let waiting = &self.0.waiting;
        let mut led = Led { waiting, tickets: VecDeque::new(), has_passed_on: false };
        let mut writer = self.0.writer.lock();
        led.tickets = std::mem::take(&mut waiting.0.lock().tickets);
        let others = led.tickets.iter().map(|ticket| &ticket.events);
        let batches = std::iter::once(own).chain(others).map(Arc::clone).collect();
        let stored = writer.store(batches, Joins::Soon);
        led.pass_on();
        drop(writer);
        match stored {
            Ok(outcome) => {
                self.0.joiner.acknowledge(outcome.seen_at);
                let mut duplicates = outcome.duplicates.into_iter();
                let own = duplicates.next().unwrap_or(0);
                led.done(duplicates.map(Ok));
                Ok(own)
            }
            Err(error) => {
                let error = Arc::new(error);
                let failed = || Err(Error::Ingest(Arc::clone(&error)));
                led.done(std::iter::repeat_with(failed));
                failed()
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::panic::resume_unwind;
    use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
    use std::thread;
    use std::time::{Duration, Instant};

    use mcp_insights_events::Timestamp;
    use mcp_insights_store::{
        Compacted, DocumentName, Dropped, Memory, NewEvent, Sequence, Storage, StoreError,
        StoredEvent, Usage,
    };
    use mcp_insights_text::{Embedder, HashedNgrams};
    use serde_json::json;

    use super::*;
    use crate::options::Options;

    /// What takes longer will not come.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// A storage that holds who appends until it is told to go on, and panics.
    #[derive(Debug, Default)]
    struct Moody {
        inner: Memory,
        holds: AtomicBool,
        /// Whether nothing can be read.
        is_unreadable: AtomicBool,
        /// So often it panics at events whose id begins with `bad`.
        panics: AtomicU32,
    }

    impl Storage for Moody {
        fn append(&self, events: &[NewEvent<'_>]) -> Result<Sequence, StoreError> {
            while self.holds.load(Ordering::Acquire) {
                thread::yield_now();
            }
            let is_bad = events.iter().any(|event| event.event_id.starts_with("bad"));
            if is_bad && self.panics.load(Ordering::Acquire) > 0 {
                self.panics.fetch_sub(1, Ordering::AcqRel);
                // Without the message that a panic prints.
                resume_unwind(Box::new("as the test wishes"));
            }
            if let Some(index) = events.iter().position(|event| event.event_id.starts_with("unfit"))
            {
                return Err(StoreError::Unfit { index, problem: "as the test wishes" });
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
            if self.is_unreadable.load(Ordering::Acquire) {
                return Err(StoreError::UnknownSequence(from.0));
            }
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

    /// What becomes of batches of one event each, the first of which is being stored when the others come, one after the other, where
    /// the storage panics so often at those that are bad: 1 for what was acknowledged, none for a panic or an error. And the engine.
    fn outcomes(ids: &[&str], panics: u32) -> (Vec<Option<u64>>, DurableEngine) {
        let moody = Arc::new(Moody::default());
        moody.holds.store(true, Ordering::Release);
        moody.panics.store(panics, Ordering::Release);
        let storage = Arc::clone(&moody) as Arc<dyn Storage>;
        let engine = DurableEngine::with_storage(storage, Options::default()).unwrap();
        let outcomes = thread::scope(|scope| {
            let mut all_wait = true;
            let mut sent = Vec::new();
            for (place, id) in ids.iter().enumerate() {
                let engine = &engine;
                sent.push(scope.spawn(|| engine.ingest(&batch(id), None).unwrap().accepted));
                let waits = || engine.0.waiting.0.lock().tickets.len() == place;
                all_wait &= comes_true(|| engine.0.writer.is_locked() && waits());
            }
            // First, as a scope waits for its threads.
            moody.holds.store(false, Ordering::Release);
            assert!(all_wait);
            sent.into_iter().map(|sent| sent.join().ok()).collect()
        });
        assert!(engine.0.waiting.is_idle());
        (outcomes, engine)
    }

    #[test]
    fn nothing_is_acknowledged_that_a_panic_left_out() {
        // One of the two stores both, and panics.
        let (outcomes, engine) = outcomes(&["first", "bad 1", "bad 2"], 1);
        assert_eq!(outcomes, [Some(1), None, Some(1)]);
        // What panicked stored neither; the other was stored once more.
        assert_eq!(engine.snapshot().read_report().accepted, 2);
    }

    #[test]
    fn who_waits_behind_a_panic_is_stored() {
        let (outcomes, engine) = outcomes(&["bad", "one", "two"], 1);
        assert_eq!(outcomes, [None, Some(1), Some(1)]);
        assert_eq!(engine.snapshot().read_report().accepted, 2);
    }

    #[test]
    fn who_always_makes_it_panic_takes_only_his_first_leader_along() {
        let (outcomes, engine) = outcomes(&["first", "one", "two", "bad", "three"], u32::MAX);
        assert_eq!(outcomes, [Some(1), None, Some(1), None, Some(1)]);
        assert_eq!(engine.snapshot().read_report().accepted, 3);
    }

    #[test]
    fn a_failure_is_told_to_all_who_waited() {
        let (outcomes, engine) = outcomes(&["first", "unfit 1", "unfit 2"], 0);
        assert_eq!(outcomes, [Some(1), None, None], "they got the error");
        assert!(engine.ingest(&batch("next"), None).is_ok());
        assert_eq!(engine.snapshot().read_report().accepted, 2);
    }
    /// An embedder that panics once, when it is told to.
    #[derive(Default)]
    struct Startled(AtomicBool);

    impl Embedder for Startled {
        fn name(&self) -> &str {
            HashedNgrams.name()
        }

        fn dimensions(&self) -> usize {
            HashedNgrams.dimensions()
        }

        fn embed(&self, texts: &[&str]) -> ndarray::Array2<f32> {
            if self.0.swap(false, Ordering::AcqRel) {
                resume_unwind(Box::new("as the test wishes"));
            }
            HashedNgrams.embed(texts)
        }

        fn covers(&self, text: &str) -> bool {
            HashedNgrams.covers(text)
        }
    }

    /// Sends an event of each guest, who wants something that nobody else wants, and gives how many were accepted.
    fn send(engine: &DurableEngine, guests: &[&str]) -> Result<u64, Error> {
        let event = |guest: &&str| {
            json!({"event_id": guest, "kind": "tool_call", "actor_id": guest, "started_at": "2026-03-01T09:00:00Z",
                "metadata": {"tool_name": "t", "user_intent": format!("cancel the order of {guest}")}})
        };
        let events: Vec<_> = guests.iter().map(event).collect();
        let body = json!({"schema_version": 1, "events": events}).to_string();
        Ok(engine.ingest(body.as_bytes(), None)?.accepted)
    }

    /// An engine that was grouped with eight guests, and whose next new text makes joining panic.
    fn startled(storage: &Arc<Moody>) -> DurableEngine {
        let embedder = Arc::new(Startled::default());
        let options = Options { embedder: embedder.clone(), ..Options::default() };
        let storage = Arc::clone(storage) as Arc<dyn Storage>;
        let engine = DurableEngine::with_storage(storage, options).unwrap();
        let guests = ["ann", "ben", "carla", "dora", "emil", "fritz", "gina", "hanna"];
        assert_eq!(send(&engine, &guests).unwrap(), 8);
        engine.recluster().unwrap();
        embedder.0.store(true, Ordering::Release);
        engine
    }

    fn shown(engine: &DurableEngine) -> u64 {
        engine.snapshot().read_report().accepted
    }

    #[test]
    fn what_is_durable_is_seen_though_joining_panics() {
        let engine = startled(&Arc::default());
        let version = engine.version();
        assert_eq!(send(&engine, &["ivan", "jonas"]).unwrap(), 2, "they are durable");
        assert_eq!(shown(&engine), 10, "and were read again");
        assert!(engine.version() > version);
        assert_eq!(send(&engine, &["karl"]).unwrap(), 1);
        assert_eq!(shown(&engine), 11);
        assert!(engine.0.waiting.is_idle());
    }

    #[test]
    fn nothing_is_made_of_what_is_joined_by_half_and_cannot_be_read_again() {
        let moody: Arc<Moody> = Arc::default();
        let engine = startled(&moody);
        moody.is_unreadable.store(true, Ordering::Release);
        assert_eq!(send(&engine, &["ivan", "jonas"]).unwrap(), 2, "they are durable");
        assert_eq!(shown(&engine), 8, "as it was before");
        assert!(engine.upkeep().is_err(), "it says so");
        assert!(engine.recluster().is_err());
        assert!(engine.checkpoint().is_err());
        assert!(send(&engine, &["karl"]).is_err(), "nothing more is taken in");
        assert!(engine.refresh().is_err() && engine.wants_refresh().is_err());
        assert_eq!(shown(&engine), 8);
        moody.is_unreadable.store(false, Ordering::Release);
        assert!(engine.upkeep().is_ok());
        assert_eq!(shown(&engine), 10);
        engine.recluster().unwrap();
        let query = mcp_insights_api::SessionsQuery::default();
        let now = engine.snapshot().default_now().unwrap();
        assert_eq!(engine.snapshot().sessions(&query, now).unwrap().total, 10);
    }
}
