//! How far a reading is, on standard error, where a person looks at it and it takes longer than a second.

use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use mcp_insights::Progress;

/// A reading shorter than this shows nothing.
const QUIET: Duration = Duration::from_secs(1);

/// The progress of one reading.
pub(crate) struct Meter {
    started: Instant,
    /// None where nobody looks.
    bar: Option<Mutex<Option<ProgressBar>>>,
}

impl Meter {
    /// Begins; only a terminal on standard error is written to.
    pub(crate) fn start() -> Self {
        let bar = std::io::stderr().is_terminal().then(|| Mutex::new(None));
        Self { started: Instant::now(), bar }
    }

    /// Shows how far the reading is.
    pub(crate) fn show(&self, progress: &Progress) {
        let Some(shared) = &self.bar else { return };
        if self.started.elapsed() < QUIET {
            return;
        }
        // Another thread that is drawing right now shows the same thing.
        let Ok(mut bar) = shared.try_lock() else { return };
        let bar = bar.get_or_insert_with(|| bar_of(progress.bytes_total));
        bar.set_position(progress.bytes_read);
        let events = HumanCount(progress.events);
        if progress.bytes_total.is_some_and(|total| progress.bytes_read >= total) {
            bar.set_message(format!("{events} events · computing"));
        } else {
            bar.set_message(format!("{events} events"));
        }
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let shown = self.bar.as_ref().and_then(|shared| shared.lock().ok()?.take());
        if let Some(bar) = shown {
            bar.finish_and_clear();
        }
    }
}

fn bar_of(total: Option<u64>) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(10);
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::with_draw_target(Some(total), target),
            format!("reading [{{bar:30}}] {{bytes}} of {} · {{msg}}", HumanBytes(total)),
        ),
        None => (
            ProgressBar::with_draw_target(None, target),
            "reading {spinner} {bytes} · {msg}".to_owned(),
        ),
    };
    bar.enable_steady_tick(Duration::from_millis(200));
    match ProgressStyle::with_template(&template) {
        Ok(style) => bar.with_style(style.progress_chars("█▉ ")),
        Err(_) => bar,
    }
}
