//! Threads that compute while the caller waits for the disk.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use rayon::{ThreadPool, ThreadPoolBuilder};

/// A thread that sleeps comes late, by a good part of what a small batch takes: who expects something in a moment stays awake for so long.
const AWAKE: Duration = Duration::from_micros(200);

/// Threads of its own, as many as the global pool has, which are made when they are first wanted. A small batch needs one of them.
#[derive(Default)]
pub(crate) struct Beside {
    /// None where the system gives no more threads.
    threads: OnceLock<Option<ThreadPool>>,
    calls: Arc<Calls>,
}

/// What a thread is awake for. It says when to look, and nothing is read because of it.
#[derive(Default)]
struct Calls {
    /// Whether one is awake for the next call, or will be when it has done what it does.
    is_awake: AtomicBool,
    /// Calls that were not begun.
    waiting: AtomicUsize,
}

impl Beside {
    fn threads(&self) -> Option<&ThreadPool> {
        let threads = self.threads.get_or_init(|| {
            let names = |number| format!("beside-{number}");
            ThreadPoolBuilder::new()
                .thread_name(names)
                .num_threads(rayon::current_num_threads())
                .build()
                .ok()
        });
        threads.as_ref()
    }

    /// Tells that [`run`](Self::run) will be called in a moment.
    pub(crate) fn awaken(&self) {
        let Some(threads) = self.threads() else { return };
        if self.calls.is_awake.swap(true, Ordering::Relaxed) {
            return;
        }
        let calls = Arc::clone(&self.calls);
        threads.spawn(move || {
            stay_awake(|| calls.waiting.load(Ordering::Relaxed) > 0);
            calls.is_awake.store(false, Ordering::Relaxed);
        });
    }

    /// Does one thing there and another one here, at the same time, and gives both outcomes, of which each can be a panic.
    pub(crate) fn run<A: Send, B>(
        &self,
        there: impl FnOnce() -> A + Send,
        here: impl FnOnce() -> B,
    ) -> (thread::Result<A>, thread::Result<B>) {
        let there = || catch_unwind(AssertUnwindSafe(there));
        let here = || catch_unwind(AssertUnwindSafe(here));
        let Some(threads) = self.threads() else { return (there(), here()) };
        let waiting = &self.calls.waiting;
        let is_done = AtomicBool::new(false);
        let mut outcome = None;
        let own = threads.in_place_scope(|scope| {
            waiting.fetch_add(1, Ordering::Relaxed);
            scope.spawn(|_| {
                waiting.fetch_sub(1, Ordering::Relaxed);
                outcome = Some(there());
                is_done.store(true, Ordering::Relaxed);
            });
            let own = here();
            stay_awake(|| is_done.load(Ordering::Relaxed));
            own
        });
        // The scope waits for what it began.
        (outcome.unwrap_or_else(|| Err(Box::new("a thread did nothing"))), own)
    }
}

/// Waits for something that is likely to come in a moment.
fn stay_awake(has_come: impl Fn() -> bool) {
    let begun = Instant::now();
    while !has_come() && begun.elapsed() < AWAKE {
        thread::yield_now();
    }
}

/// The outcome, or the panic once more.
pub(crate) fn or_panic<A>(outcome: thread::Result<A>) -> A {
    outcome.unwrap_or_else(|panic| resume_unwind(panic))
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a panic is what is tested")]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn both_are_done_at_the_same_time() {
        let (to_here, from_there) = mpsc::channel();
        let (to_there, from_here) = mpsc::channel();
        let there = move || to_here.send(1).is_ok() && from_here.recv() == Ok(2);
        let here = move || to_there.send(2).is_ok() && from_there.recv() == Ok(1);
        let beside = Beside::default();
        beside.awaken();
        let (there, here) = beside.run(there, here);
        assert!(or_panic(there) && or_panic(here));
    }

    #[test]
    fn without_threads_both_are_done_here() {
        let beside = Beside { threads: OnceLock::from(None), ..Beside::default() };
        beside.awaken();
        let (there, here) = beside.run(|| 6, || 7);
        assert_eq!((or_panic(there), or_panic(here)), (6, 7));
    }

    #[test]
    fn who_was_woken_for_nothing_sleeps_and_comes_when_called() {
        let beside = Beside::default();
        beside.awaken();
        while beside.calls.is_awake.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        let (there, here) = beside.run(|| 6, || 7);
        assert_eq!((or_panic(there), or_panic(here)), (6, 7));
        assert_eq!(beside.calls.waiting.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn a_panic_on_one_side_lets_the_other_finish() {
        let beside = Beside::default();
        let (there, here) = beside.run(|| panic!("as a test wishes"), || 7);
        assert_eq!((there.is_err(), or_panic(here)), (true, 7));
        let (there, here) = beside.run(|| 7, || panic!("as a test wishes"));
        assert_eq!((or_panic(there), here.is_err()), (7, true));
    }
}
