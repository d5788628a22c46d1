//! What is computed of the events, and the thread that joins to it what was stored.

use std::collections::VecDeque;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use mcp_insights_calls::Extractor;
use mcp_insights_events::ReadSettings;
use mcp_insights_store::Sequence;
use parking_lot::{Condvar, Mutex, MutexGuard, RwLock};
use rayon::ThreadPoolBuilder;

use crate::durable::growing::{Growing, Leaving};
use crate::durable::judge::Fresh;
use crate::durable::sent::{Joining, Sent};
use crate::durable::writer::Writer;
use crate::engine::Engine;

/// What was acknowledged can be ahead of what is computed by what joins in so long, going by the last batch, as who asks waits for it.
const LONGEST_BEHIND: Duration = Duration::from_millis(2);

/// And by so many events at most.
const MOST_BEHIND: u64 = 256;

/// A thread that sleeps comes late, by a good part of what a small batch takes: the joiner stays awake for so long when it has nothing
/// to do.
const AWAKE: Duration = Duration::from_micros(200);

/// So long the joiner waits for the writer before it looks whether it still has to.
const PATIENCE: Duration = Duration::from_millis(1);

/// A point in the order in which events join: how many join before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Point(u64);

/// What is computed of the events, for those who ask and those who store.
pub(crate) struct Joiner {
    growing: Mutex<Growing>,
    /// What is shown of it.
    current: RwLock<Engine>,
    version: AtomicU64,
    queue: Mutex<Queue>,
    /// Notified of what is queued.
    has_come: Condvar,
    /// Notified of what has joined, and of what cannot.
    has_joined: Condvar,
    /// Up to where events are queued, acknowledged, and joined.
    queued: AtomicU64,
    acknowledged: AtomicU64,
    joined: AtomicU64,
    /// By how many events what was acknowledged may be ahead.
    most_behind: AtomicU64,
    /// Whether an event could not join. Then nothing joins until everything was read again.
    is_broken: AtomicBool,
}

#[derive(Default)]
struct Queue {
    stored: VecDeque<Stored>,
    /// Whether a thread takes what is queued.
    has_thread: bool,
    is_closed: bool,
}

/// Stored events that are to join, and those whose places they take.
pub(crate) struct Stored {
    pub(crate) batches: Vec<Arc<Sent>>,
    pub(crate) fresh: Vec<Fresh>,
    /// The record of the first one; those of the others follow.
    pub(crate) first: Sequence,
    pub(crate) leaving: Vec<Leaving>,
}

impl Stored {
    /// None where nothing can be found out of one.
    fn joining(&self, bounds: &ReadSettings, extractor: &Extractor) -> Option<Vec<Joining<'_>>> {
        for batch in &self.batches {
            batch.find_out_later(bounds, extractor);
        }
        let records = (self.first.0..).map(Sequence).zip(&self.fresh);
        records.map(|(sequence, fresh)| fresh.of(&self.batches)?.joining(sequence)).collect()
    }
}

impl Joiner {
    pub(crate) fn new(growing: Growing) -> Self {
        Self {
            current: RwLock::new(growing.engine()),
            growing: Mutex::new(growing),
            version: AtomicU64::new(1),
            queue: Mutex::default(),
            has_come: Condvar::new(),
            has_joined: Condvar::new(),
            queued: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            joined: AtomicU64::new(0),
            most_behind: AtomicU64::new(MOST_BEHIND),
            is_broken: AtomicBool::new(false),
        }
    }

    /// The engine over everything that has joined.
    pub(crate) fn snapshot(&self) -> Engine {
        self.current.read().clone()
    }

    /// Grows with every [snapshot](Self::snapshot) that shows something else.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    /// Shows it as it stands.
    pub(crate) fn publish(&self, growing: &Growing) {
        let engine = growing.engine();
        let before = mem::replace(&mut *self.current.write(), engine);
        // Who asks does not wait for that.
        drop(before);
        self.version.fetch_add(1, Ordering::AcqRel);
    }

    /// Whether an event could not join since everything was read.
    pub(crate) fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Acquire)
    }

    /// Whether much waits to join, more than half of what may.
    pub(crate) fn is_behind(&self) -> bool {
        let waiting = self.last_queued().0.saturating_sub(self.joined.load(Ordering::Acquire));
        waiting > self.most_behind.load(Ordering::Relaxed) / 2
    }

    /// Everything that was queued before, joined, or [broken](Self::is_broken). Only who holds the writer's lock may ask, since nothing is
    /// queued meanwhile.
    pub(crate) fn growing(&self) -> MutexGuard<'_, Growing> {
        self.wait_for(self.last_queued());
        self.growing.lock()
    }

    /// Everything that is stored was read again. It takes the place of what there is, and is shown.
    pub(crate) fn replace(&self, growing: Growing) {
        let mut held = self.growing();
        let before = mem::replace(&mut *held, growing);
        self.publish(&held);
        drop(held);
        self.is_broken.store(false, Ordering::Release);
        self.release();
        drop(before);
    }

    /// Up to where events are queued.
    pub(crate) fn last_queued(&self) -> Point {
        Point(self.queued.load(Ordering::Acquire))
    }

    /// Events are stored and are to join, behind those that were queued before. False where they could not and no thread mends that.
    pub(crate) fn push(&self, stored: Stored) -> bool {
        let mut queue = self.queue.lock();
        self.queued.fetch_add(stored.fresh.len() as u64, Ordering::AcqRel);
        if !queue.has_thread {
            drop(queue);
            return !self.is_broken() && self.join(&stored);
        }
        // Else the thread is about to read everything again, and these with it.
        if !self.is_broken() {
            queue.stored.push_back(stored);
            drop(queue);
            self.has_come.notify_one();
        }
        true
    }

    /// Who sent the events up to a point is about to be told: waits until few of them are left to join.
    pub(crate) fn acknowledge(&self, point: Point) {
        self.wait_while(|joined| {
            let is_far = joined + self.most_behind.load(Ordering::Relaxed) < point.0;
            is_far && !self.is_broken()
        });
        self.acknowledged.fetch_max(point.0, Ordering::AcqRel);
    }

    /// For who asks: waits until everything that was acknowledged has joined, or nobody can help it.
    pub(crate) fn settle(&self) {
        let acknowledged = self.acknowledged.load(Ordering::Acquire);
        self.wait_while(|joined| joined < acknowledged);
    }

    /// For who stores: waits until all events up to a point have joined, or cannot.
    pub(crate) fn wait_for(&self, point: Point) {
        self.wait_while(|joined| joined < point.0 && !self.is_broken());
    }

    /// Waits while something is so of how many have joined.
    fn wait_while(&self, is_so: impl Fn(u64) -> bool) {
        let is_so = || is_so(self.joined.load(Ordering::Acquire));
        if is_so() {
            let mut queue = self.queue.lock();
            self.has_joined.wait_while(&mut queue, |_| is_so());
        }
    }

    /// Lets everyone go on who waits for what was queued.
    pub(crate) fn release(&self) {
        self.release_from(&self.queue.lock());
    }

    /// That, while nothing more is queued and nobody begins to wait.
    fn release_from(&self, _queue: &MutexGuard<'_, Queue>) {
        self.joined.store(self.last_queued().0, Ordering::Release);
        self.has_joined.notify_all();
    }

    /// Joins what is queued, and shows it, until it is closed.
    fn work(&self, writer: &Mutex<Writer>) {
        while let Some(stored) = self.next() {
            if !self.join(&stored) {
                self.mend(writer);
            }
        }
    }

    /// What is to join next; none when it is closed.
    fn next(&self) -> Option<Stored> {
        let idle_since = Instant::now();
        let is_idle = || self.last_queued().0 == self.joined.load(Ordering::Relaxed);
        while is_idle() && idle_since.elapsed() < AWAKE {
            thread::yield_now();
        }
        let mut queue = self.queue.lock();
        self.has_come.wait_while(&mut queue, |queue| queue.stored.is_empty() && !queue.is_closed);
        queue.stored.pop_front()
    }

    /// False where they could not. Then half of it may have joined.
    fn join(&self, stored: &Stored) -> bool {
        let begun = Instant::now();
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut growing = self.growing.lock();
            let joining = stored.joining(growing.bounds(), growing.extractor());
            let is_joined =
                joining.is_some_and(|joining| growing.join(&joining, &stored.leaving).is_ok());
            if is_joined {
                self.publish(&growing);
            }
            is_joined
        }));
        let is_joined = matches!(outcome, Ok(true));
        let events = stored.fresh.len() as u64;
        let mut queue = self.queue.lock();
        if is_joined {
            self.joined.fetch_add(events, Ordering::AcqRel);
            let each = begun.elapsed().as_nanos() / u128::from(events.max(1));
            let most = LONGEST_BEHIND.as_nanos() / each.max(1);
            let most = u64::try_from(most).unwrap_or(MOST_BEHIND).min(MOST_BEHIND);
            self.most_behind.store(most, Ordering::Relaxed);
        } else {
            self.is_broken.store(true, Ordering::Release);
            queue.stored.clear();
        }
        self.has_joined.notify_all();
        is_joined
    }

    /// Reads everything again, where nobody has since it broke. Where that fails, too, what was computed before is shown until
    /// it is tried again: when more is stored, and by upkeep.
    fn mend(&self, writer: &Mutex<Writer>) {
        if self.queue.lock().is_closed {
            return self.release();
        }
        while self.is_broken() {
            // Who has the lock may do it himself, and then wait for what he has queued since.
            let Some(mut writer) = writer.try_lock_for(PATIENCE) else { continue };
            if self.is_broken() {
                return writer.try_to_reload();
            }
        }
    }

    /// The thread ends. What it leaves, which is nothing unless it was made to, must be read again.
    fn end(&self) {
        let mut queue = self.queue.lock();
        queue.has_thread = false;
        if !mem::take(&mut queue.stored).is_empty() {
            self.is_broken.store(true, Ordering::Release);
        }
        self.release_from(&queue);
    }
}

/// The thread, which ends when this is dropped.
pub(crate) struct JoinerThread {
    joiner: Arc<Joiner>,
    /// None where the system gives no more threads: then who stores joins.
    thread: Option<JoinHandle<()>>,
}

impl JoinerThread {
    pub(crate) fn begin(joiner: &Arc<Joiner>, writer: &Arc<Mutex<Writer>>) -> Self {
        let (own, writer) = (Arc::clone(joiner), Arc::clone(writer));
        // What many events need is shared by as many threads as the global pool has, which questions keep busy.
        joiner.queue.lock().has_thread = true;
        let names = |number| format!("joiner-{number}");
        let threads = rayon::current_num_threads();
        let pool = ThreadPoolBuilder::new().thread_name(names).num_threads(threads).build();
        let thread = pool.ok().and_then(|pool| {
            let work = move || {
                let _ = catch_unwind(AssertUnwindSafe(|| pool.install(|| own.work(&writer))));
                own.end();
            };
            thread::Builder::new().name("joiner".to_owned()).spawn(work).ok()
        });
        if thread.is_none() {
            joiner.end();
        }
        Self { joiner: Arc::clone(joiner), thread }
    }
}

impl Drop for JoinerThread {
    fn drop(&mut self) {
        self.joiner.queue.lock().is_closed = true;
        self.joiner.has_come.notify_one();
        if let Some(thread) = self.thread.take() {
            // It catches all panics.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::sync::mpsc;

    use mcp_insights_events::Event;
    use mcp_insights_store::{Memory, Storage};

    use super::*;
    use crate::durable::state::State;
    use crate::durable::writer::Joins;
    use crate::options::Options;

    fn writer() -> (Arc<Mutex<Writer>>, Arc<Joiner>) {
        let (storage, options) = (Arc::new(Memory::default()), Options::default());
        let storage: Arc<dyn Storage> = storage;
        let state = State::load(Arc::clone(&storage), options.clone()).unwrap();
        let joiner = Arc::new(Joiner::new(state.growing));
        let writer = Writer::new(storage, options, state.known, Arc::clone(&joiner));
        (Arc::new(Mutex::new(writer)), joiner)
    }

    fn json(id: &str) -> String {
        format!(r#"{{"event_id":"{id}","kind":"tool_call","started_at":"2026-03-01T09:00:00Z"}}"#)
    }

    /// Events with these ids.
    fn sent(ids: &[&str]) -> Vec<Arc<Sent>> {
        let Options { rules, read, .. } = Options::default();
        let events: Vec<String> = ids.iter().map(|id| json(id)).collect();
        let events = events.iter().map(|json| ((), json.as_bytes()));
        vec![Arc::new(Sent::read(events, &read, &Extractor::new(rules)).0)]
    }

    /// What is no event when it is read again.
    fn bad() -> Vec<Arc<Sent>> {
        let event = json("bad");
        let mut bad = Sent::default();
        bad.add(&Event::parse(event.as_bytes(), &Options::default().read).unwrap(), b"{}");
        vec![Arc::new(bad)]
    }

    fn store(writer: &Mutex<Writer>, events: Vec<Arc<Sent>>) -> Point {
        writer.lock().store(events, Joins::Soon).unwrap().seen_at
    }

    fn shown(joiner: &Joiner) -> u64 {
        joiner.settle();
        joiner.snapshot().read_report().accepted
    }

    #[test]
    fn without_a_thread_who_stores_joins() {
        let (writer, joiner) = writer();
        let seen_at = store(&writer, sent(&["a", "b"]));
        assert_eq!(seen_at, Point(2));
        assert_eq!(shown(&joiner), 2);
    }

    #[test]
    fn what_is_acknowledged_is_shown_and_what_is_not_is_not_waited_for() {
        let (writer, joiner) = writer();
        let thread = JoinerThread::begin(&joiner, &writer);
        // While it cannot join.
        let held = joiner.growing.lock();
        let seen_at = store(&writer, sent(&["a", "b"]));
        assert_eq!(shown(&joiner), 0);
        joiner.acknowledge(seen_at);
        drop(held);
        assert_eq!(shown(&joiner), 2);
        drop(thread);
    }

    #[test]
    fn who_sends_much_waits_until_little_is_left_to_join() {
        let (writer, joiner) = writer();
        let thread = JoinerThread::begin(&joiner, &writer);
        let ids: Vec<String> = (0..=MOST_BEHIND).map(|id| id.to_string()).collect();
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let seen_at = store(&writer, sent(&ids));
        joiner.acknowledge(seen_at);
        assert_eq!(joiner.joined.load(Ordering::Acquire), MOST_BEHIND + 1);
        drop(thread);
    }

    #[test]
    fn all_that_is_queued_joins_before_the_thread_ends() {
        let (writer, joiner) = writer();
        let thread = JoinerThread::begin(&joiner, &writer);
        let held = joiner.growing.lock();
        for id in ["a", "b", "c"] {
            store(&writer, sent(&[id]));
        }
        drop(held);
        drop(thread);
        assert_eq!(joiner.joined.load(Ordering::Acquire), 3);
        assert_eq!(shown(&joiner), 3);
    }

    #[test]
    fn where_something_cannot_join_everything_is_read_again() {
        for has_thread in [false, true] {
            let (writer, joiner) = writer();
            let thread = has_thread.then(|| JoinerThread::begin(&joiner, &writer));
            store(&writer, sent(&["a"]));
            let seen_at = store(&writer, bad());
            store(&writer, sent(&["c"]));
            joiner.acknowledge(seen_at);
            assert_eq!(shown(&joiner), 2, "what is no event stays out");
            assert!(!joiner.is_broken() && writer.lock().is_whole());
            drop(thread);
        }
    }

    #[test]
    fn who_holds_the_writer_may_read_everything_again_and_wait_for_what_comes_then() {
        let (writer, joiner) = writer();
        let thread = JoinerThread::begin(&joiner, &writer);
        let (tell, told) = mpsc::channel();
        let joined = Arc::clone(&joiner);
        thread::spawn(move || {
            let mut writer = writer.lock();
            let mut store = |events| writer.store(events, Joins::Soon).unwrap().seen_at;
            store(bad());
            while !joined.is_broken() {
                thread::yield_now();
            }
            joined.wait_for(store(sent(&["c"])));
            tell.send(())
        });
        assert_eq!(told.recv_timeout(Duration::from_secs(60)), Ok(()));
        assert_eq!(shown(&joiner), 1);
        drop(thread);
    }

    #[test]
    fn who_stores_joins_when_the_thread_has_ended() {
        let (writer, joiner) = writer();
        drop(JoinerThread::begin(&joiner, &writer));
        joiner.acknowledge(store(&writer, sent(&["a"])));
        assert_eq!(shown(&joiner), 1);
    }
}
