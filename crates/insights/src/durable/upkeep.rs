//! What takes long and nobody waits for, and the threads for it.

use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::durable::DurableEngine;
use crate::error::Error;

/// What [`DurableEngine::upkeep`] found due and did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// It [grouped anew](DurableEngine::recluster).
    pub grouped: bool,
    /// It [told anew](DurableEngine::refresh) what failed searches mean.
    pub refreshed: bool,
    /// It [tidied up](DurableEngine::compact).
    pub compacted: bool,
    /// It kept a [checkpoint](DurableEngine::checkpoint).
    pub kept: bool,
}

impl DurableEngine {
    /// Does everything that is due: groups anew, tells anew what failed searches mean, tidies up and keeps a checkpoint, each when the
    /// engine [wants](DurableEngine::wants_recluster) it. A look costs one pass over the sessions where something is new, and else nothing.
    ///
    /// A service calls it from a thread of its own every few seconds; events are taken in and questions answered meanwhile. What an engine
    /// without a clock cannot know is left: that a log should be [tidied up](DurableEngine::compact) though it is short, and how long
    /// events are [kept](DurableEngine::drop_before).
    ///
    /// # Errors
    /// The first error of those. The others are tried all the same, and all of them the next time. First of all comes that what is stored
    /// must be read again and cannot.
    pub fn upkeep(&self) -> Result<Upkeep, Error> {
        // Where something could not join or be read, everything is read again.
        drop(self.0.writer.lock().growing()?);
        let mut done = Upkeep::default();
        let version = self.version();
        if self.0.kept_up.load(Ordering::Acquire) == version {
            return Ok(done);
        }
        let grouped = self.wants_recluster().then(|| self.recluster()).transpose();
        let refreshed = if matches!(grouped, Ok(Some(()))) {
            Ok(None)
        } else {
            self.wants_refresh().and_then(|wants| wants.then(|| self.refresh()).transpose())
        };
        let compacted =
            self.wants_compact().and_then(|wants| wants.then(|| self.compact()).transpose());
        let kept = self.wants_checkpoint().then(|| self.checkpoint()).transpose();
        done.grouped = grouped?.is_some();
        done.refreshed = refreshed?.is_some();
        done.compacted = compacted?.is_some();
        done.kept = kept?.is_some();
        // One thing may be due after another.
        if done == Upkeep::default() {
            self.0.kept_up.store(version, Ordering::Release);
        }
        Ok(done)
    }
}

/// Threads of their own for grouping and tidying up. On those that all share, what a batch or a query does in parallel would
/// stand in line behind it.
#[derive(Default)]
pub(crate) struct UpkeepThreads {
    /// Held by whose work it is: a thread that waits for a part of one would else begin another, which may want the same lock.
    turn: Mutex<()>,
    /// None where the system gives no more threads.
    pool: OnceLock<Option<ThreadPool>>,
}

impl UpkeepThreads {
    /// Does the work there, as many threads as the shared ones, and waits for it. It may take no lock that is held by who waits
    /// for the threads.
    pub(crate) fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        let _turn = self.turn.lock();
        let pool = self.pool.get_or_init(|| {
            let threads = ThreadPoolBuilder::new().num_threads(rayon::current_num_threads());
            threads.thread_name(|index| format!("upkeep-{index}")).build().ok()
        });
        match pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::ops::Range;
    use std::sync::{Arc, mpsc};
    use std::thread;
    use std::time::Duration;

    use mcp_insights_store::Memory;
    use mcp_insights_text::{Embedder, Fast, HashedNgrams, KeptVectors};
    use parking_lot::Condvar;
    use rayon::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::durable::DurableEngine;
    use crate::options::Options;

    const PATIENCE: Duration = Duration::from_secs(20);

    /// Holds the threads that come to it while it is closed.
    #[derive(Default)]
    struct Gate {
        is_closed: Mutex<bool>,
        is_open_again: Mutex<bool>,
        opened: Condvar,
        held: Mutex<usize>,
        entered: Condvar,
    }

    impl Gate {
        fn close(&self) {
            *self.is_closed.lock() = true;
        }

        fn open(&self) {
            self.lets_others_pass();
            *self.is_open_again.lock() = true;
            self.opened.notify_all();
        }

        /// Who is held stays, and nobody else is held from now on.
        fn lets_others_pass(&self) {
            *self.is_closed.lock() = false;
        }

        fn pass(&self) {
            if *self.is_closed.lock() {
                *self.held.lock() += 1;
                self.entered.notify_all();
                let mut is_open_again = self.is_open_again.lock();
                self.opened.wait_while(&mut is_open_again, |is_open| !*is_open);
            }
        }

        /// Whether so many threads are held, sooner or later.
        fn holds(&self, threads: usize) -> bool {
            let mut held = self.held.lock();
            !self.entered.wait_while_for(&mut held, |held| *held < threads, PATIENCE).timed_out()
        }
    }

    /// Embeds on all threads that it can have, which a gate may hold.
    struct Slow(Arc<Gate>);

    impl Embedder for Slow {
        fn name(&self) -> &str {
            HashedNgrams.name()
        }

        fn dimensions(&self) -> usize {
            HashedNgrams.dimensions()
        }

        fn embed(&self, texts: &[&str]) -> ndarray::Array2<f32> {
            // One, the name of the tool, is embedded before the intents.
            if texts.len() > 1 {
                texts.par_iter().for_each(|_| self.0.pass());
            }
            HashedNgrams.embed(texts)
        }

        fn covers(&self, text: &str) -> bool {
            HashedNgrams.covers(text)
        }
    }

    /// A batch of events, each of a session of its own with an intent of its own.
    fn batch(numbers: Range<usize>) -> Vec<u8> {
        let event = |number: usize| {
            let thing = ["an order", "a plan", "a hotel"][number % 3];
            // Numbers would be folded into one.
            let guest: String =
                number.to_string().bytes().map(|digit| char::from(digit + 49)).collect();
            json!({
                "event_id": format!("e{number}"), "kind": "tool_call", "actor_id": format!("a{number}"),
                "started_at": format!("2026-03-01T{:02}:00:00Z", number % 24),
                "metadata": {"tool_name": "t", "intent": format!("cancel {thing} of {guest}")},
            })
        };
        let events: Vec<Value> = numbers.map(event).collect();
        json!({"schema_version": 1, "events": events}).to_string().into_bytes()
    }

    fn engine(embedder: impl Embedder + 'static) -> DurableEngine {
        let options = Options { embedder: Arc::new(embedder), ..Options::default() };
        DurableEngine::with_storage(Arc::new(Memory::default()), options).unwrap()
    }

    /// How many events were taken in; none where that took too long, and then it is left alone.
    fn taken_in(engine: &DurableEngine, numbers: Range<usize>) -> Option<u64> {
        let (tell, told) = mpsc::channel();
        let engine = engine.clone();
        thread::spawn(move || {
            let taken = engine.ingest(&batch(numbers), None).unwrap().accepted;
            // What asks waits for what joins.
            drop(engine.snapshot());
            tell.send(taken)
        });
        told.recv_timeout(PATIENCE).ok()
    }

    #[test]
    fn a_batch_does_not_wait_for_a_grouping() {
        let gate = Arc::new(Gate::default());
        let engine = engine(Slow(Arc::clone(&gate)));
        let threads = rayon::current_num_threads();
        engine.ingest(&batch(0..8 * threads), None).unwrap();
        gate.close();
        thread::scope(|scope| {
            let grouping = scope.spawn(|| engine.recluster());
            let is_held = gate.holds(threads);
            gate.lets_others_pass();
            // So many are shared out among threads.
            let taken = taken_in(&engine, 1_000..1_500);
            gate.open();
            grouping.join().unwrap().unwrap();
            assert!(is_held, "the grouping has all threads that it can have");
            assert_eq!(taken, Some(500));
        });
        assert_eq!(engine.snapshot().read_report().accepted, 8 * threads as u64 + 500);
    }

    #[test]
    fn a_small_batch_needs_no_other_thread() {
        let engine = engine(KeptVectors::new(Arc::new(Fast)));
        engine.ingest(&batch(0..200), None).unwrap();
        engine.recluster().unwrap();
        let gate = Gate::default();
        gate.close();
        thread::scope(|scope| {
            scope.spawn(|| rayon::broadcast(|_| gate.pass()));
            let is_held = gate.holds(rayon::current_num_threads());
            let taken = taken_in(&engine, 1_000..1_020);
            gate.open();
            assert!(is_held, "no thread is free");
            assert_eq!(taken, Some(20));
        });
    }
}
