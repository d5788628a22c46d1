//! How far a reading is, on standard error, where a person looks at it and it takes longer than a second.

use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use mcp_insights::Progress;

/// A reading shorter than this shows nothing.
const QUIET: Duration = Duration::from_secs(1);

/// The progress of one reading; clones share it.
#[derive(Clone)]
pub(crate) struct Meter {
    started: Instant,
    /// None where nobody looks.
    shown: Option<Arc<Mutex<Shown>>>,
}

/// What stands on the terminal.
enum Shown {
    Nothing,
    Reading(ProgressBar),
    Embedding(ProgressBar),
    /// The reading is over, and nothing is shown any more.
    Finished,
}

impl Shown {
    fn clear(&mut self, next: Self) {
        if let Self::Reading(bar) | Self::Embedding(bar) = std::mem::replace(self, next) {
            bar.finish_and_clear();
        }
    }
}

impl Meter {
    /// Begins; only a terminal on standard error is written to.
    pub(crate) fn start() -> Self {
        let is_seen = std::io::stderr().is_terminal();
        let shown = is_seen.then(|| Arc::new(Mutex::new(Shown::Nothing)));
        Self { started: Instant::now(), shown }
    }

    /// Shows how far the reading is.
    pub(crate) fn show(&self, progress: &Progress) {
        self.draw(|shown| {
            if let Shown::Nothing = shown {
                *shown = Shown::Reading(reading_bar(progress.bytes_total));
            }
            let Shown::Reading(bar) = shown else { return };
            bar.set_position(progress.bytes_read);
            let events = HumanCount(progress.events);
            if progress.bytes_total.is_some_and(|total| progress.bytes_read >= total) {
                bar.set_message(format!("{events} events · computing"));
            } else {
                bar.set_message(format!("{events} events"));
            }
        });
    }

    /// Shows how many of the new texts are embedded.
    pub(crate) fn show_embedding(&self, done: usize, total: usize) {
        self.draw(|shown| {
            if let Shown::Finished = shown {
                return;
            }
            if !matches!(shown, Shown::Embedding(_)) {
                shown.clear(Shown::Embedding(embedding_bar()));
            }
            if let Shown::Embedding(bar) = shown {
                bar.set_length(total as u64);
                bar.set_position(done as u64);
            }
        });
    }

    /// Takes everything off the terminal, for good.
    pub(crate) fn finish(&self) {
        if let Some(shown) = &self.shown {
            let mut shown = shown.lock().unwrap_or_else(PoisonError::into_inner);
            shown.clear(Shown::Finished);
        }
    }

    fn draw(&self, draw: impl FnOnce(&mut Shown)) {
        let Some(shown) = self.shown.as_ref().filter(|_| self.started.elapsed() >= QUIET) else {
            return;
        };
        // Another thread that is drawing right now shows the same thing.
        if let Ok(mut shown) = shown.try_lock() {
            draw(&mut shown);
        }
    }
}

fn reading_bar(total: Option<u64>) -> ProgressBar {
    match total {
        Some(total) => bar(
            Some(total),
            &format!("reading [{{bar:30}}] {{bytes}} of {} · {{msg}}", HumanBytes(total)),
        ),
        None => bar(None, "reading {spinner} {bytes} · {msg}"),
    }
}

fn embedding_bar() -> ProgressBar {
    bar(Some(0), "embedding [{bar:30}] {human_pos} of {human_len} new texts")
}

fn bar(total: Option<u64>, template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::stderr_with_hz(10));
    bar.enable_steady_tick(Duration::from_millis(200));
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style.progress_chars("█▉ ")),
        Err(_) => bar,
    }
}
