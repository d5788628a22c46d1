//! A thread that waits for the disk while the caller computes.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::OnceLock;
use std::thread;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// One thread of its own, which is made when it is first wanted.
#[derive(Default)]
pub(crate) struct Beside {
    /// None where the system gives no more threads.
    thread: OnceLock<Option<ThreadPool>>,
}

impl Beside {
    /// Does one thing there and another one here, at the same time, and gives both outcomes. A panic there is an outcome.
    pub(crate) fn run<A: Send, B>(
        &self,
        there: impl FnOnce() -> A + Send,
        here: impl FnOnce() -> B,
    ) -> (thread::Result<A>, B) {
        let there = || catch_unwind(AssertUnwindSafe(there));
        let thread = self.thread.get_or_init(|| {
            let thread = ThreadPoolBuilder::new().num_threads(1);
            thread.thread_name(|_| "append".to_owned()).build().ok()
        });
        let Some(thread) = thread else {
            let outcome = there();
            return (outcome, here());
        };
        let mut outcome = None;
        let own = thread.in_place_scope(|scope| {
            scope.spawn(|_| outcome = Some(there()));
            here()
        });
        // The scope waits for what it began.
        (outcome.unwrap_or_else(|| Err(Box::new("a thread did nothing"))), own)
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
        let (there, here) = Beside::default().run(there, here);
        assert!(or_panic(there) && here);
    }

    #[test]
    fn a_panic_there_lets_the_caller_finish() {
        let (there, here) = Beside::default().run(|| panic!("as a test wishes"), || 7);
        assert_eq!((there.is_err(), here), (true, 7));
    }
}
