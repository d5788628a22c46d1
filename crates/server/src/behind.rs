//! Threads for what may wait while questions are answered.

use std::io;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// Threads of less priority than those that answer questions, where the system lets each thread have its own.
///
/// Taking in events and tidying up want all that a machine has. Beside them, on threads of equal priority, a question takes several
/// times as long. Threads that are begun from these are as they are.
pub(crate) struct Behind {
    threads: Handle,
    /// None only while it is dropped.
    runtime: Option<Runtime>,
}

impl Behind {
    pub(crate) fn new() -> io::Result<Self> {
        // Nobody drives it: its threads for what blocks are all that is wanted of it.
        let runtime = Builder::new_current_thread()
            .thread_name("behind")
            .on_thread_start(priority::lower)
            .build()?;
        Ok(Self { threads: runtime.handle().clone(), runtime: Some(runtime) })
    }

    /// Does what blocks there.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> JoinHandle<T> {
        self.threads.spawn_blocking(work)
    }
}

impl Drop for Behind {
    fn drop(&mut self) {
        // Who stops has waited as long as he wants to.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(target_os = "linux")]
mod priority {
    /// By so much a thread is nicer: beside one of the usual priority it has a tenth of the time on a core, and all of it when that waits.
    pub(super) const LOWER_BY: i32 = 10;

    /// Linux has a niceness of each thread.
    pub(super) fn lower() {
        // Where that is not allowed, it works all the same.
        let _ = rustix::process::nice(LOWER_BY);
    }
}

/// Elsewhere it is that of the whole process.
#[cfg(not(target_os = "linux"))]
mod priority {
    pub(super) fn lower() {}
}

#[cfg(all(test, target_os = "linux"))]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rustix::process::getpriority_process;

    use super::*;

    #[test]
    fn its_threads_and_those_begun_there_are_nicer() {
        let own = getpriority_process(None).unwrap();
        let behind = Behind::new().unwrap();
        let begun = || std::thread::spawn(|| getpriority_process(None).unwrap()).join().unwrap();
        let asked = behind.spawn(move || (getpriority_process(None).unwrap(), begun()));
        let runtime = Builder::new_current_thread().build().unwrap();
        let (there, begun) = runtime.block_on(asked).unwrap();
        let expected = (own + priority::LOWER_BY).min(19);
        assert_eq!((there, begun), (expected, expected));
        assert_eq!(getpriority_process(None).unwrap(), own);
    }
}
