//! What a server does beside answering: settings read again, events dropped that are too old, texts grouped anew, storage tidied up.

use std::sync::Arc;
use std::time::{Duration, Instant};

use mcp_insights::Error;
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{MissedTickBehavior, interval};

use crate::app::App;
use crate::clock::system_time;

/// How often the settings are looked at.
const SETTINGS: Duration = Duration::from_secs(1);
/// How often old events are dropped.
const RETENTION: Duration = Duration::from_secs(24 * 3600);
/// How often the log is moved into segments, however short it is.
const COMPACTION: Duration = Duration::from_secs(3600);
/// A log of so many bytes is moved at once.
const LONG_LOG: u64 = 64 * 1024 * 1024;

const DAY_MICROS: i64 = 24 * 3600 * 1_000_000;

/// The tasks, until they are told to stop.
pub(crate) struct Background {
    stop: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
}

/// Starts the tasks of a server.
pub(crate) fn start(app: &Arc<App>, tick: Duration) -> Background {
    let (stop, stopped) = watch::channel(false);
    let settings = repeat(Arc::clone(app), SETTINGS, stopped.clone(), App::refresh_settings);
    let mut upkeep = Upkeep::new(Instant::now());
    let upkeep = repeat(Arc::clone(app), tick, stopped, move |app| upkeep.look(app));
    Background { stop, tasks: vec![settings, upkeep] }
}

impl Background {
    /// Ends the tasks. One that is at work is waited for: it holds the storage.
    pub(crate) async fn stop(self) {
        // The receivers are gone only where the tasks are.
        let _ = self.stop.send(true);
        for task in self.tasks {
            let _ = task.await;
        }
    }
}

/// Does something again and again, on a thread of its own.
fn repeat(
    app: Arc<App>,
    every: Duration,
    mut stopped: watch::Receiver<bool>,
    mut work: impl FnMut(&App) + Send + 'static,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut times = interval(every);
        times.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = stopped.changed() => return,
                _ = times.tick() => {}
            }
            let app = Arc::clone(&app);
            let done = spawn_blocking(move || {
                work(&app);
                work
            });
            match done.await {
                Ok(given_back) => work = given_back,
                // The hook for panics has logged where it was.
                Err(_) => return,
            }
        }
    })
}

/// When what was last done.
struct Upkeep {
    retained: Option<(Instant, Option<u32>)>,
    compacted: Instant,
    grouped_version: Option<u64>,
}

impl Upkeep {
    fn new(now: Instant) -> Self {
        Self { retained: None, compacted: now, grouped_version: None }
    }

    fn look(&mut self, app: &App) {
        self.retain(app);
        self.group(app);
        self.compact(app);
    }

    /// Drops what is older than the settings say: daily, and when they change.
    fn retain(&mut self, app: &App) {
        let days = app.settings().retention_days;
        let is_due =
            self.retained.is_none_or(|(at, then)| then != days || at.elapsed() >= RETENTION);
        if !is_due {
            return;
        }
        self.retained = Some((Instant::now(), days));
        let Some(days) = days else { return };
        let before = system_time().plus_micros(-i64::from(days) * DAY_MICROS);
        if let Some(dropped) = logged("dropping old events", app.engine.drop_before(before))
            && dropped.events > 0
        {
            tracing::info!(
                events = dropped.events,
                bytes = dropped.bytes,
                "old events were dropped"
            );
        }
    }

    /// Groups anew where the engine says that it is time.
    fn group(&mut self, app: &App) {
        let version = app.engine.version();
        if self.grouped_version == Some(version) {
            return;
        }
        self.grouped_version = Some(version);
        if !app.engine.wants_recluster() {
            return;
        }
        let started = Instant::now();
        if logged("grouping", app.engine.recluster()).is_some() {
            let seconds = started.elapsed().as_secs_f64();
            tracing::info!(seconds, "topics and searches were grouped anew");
        }
    }

    fn compact(&mut self, app: &App) {
        let Some(status) = logged("looking at the storage", app.engine.status()) else { return };
        let is_long = status.usage.log_bytes >= LONG_LOG;
        let is_time = status.usage.log_bytes > 0 && self.compacted.elapsed() >= COMPACTION;
        if !is_long && !is_time {
            return;
        }
        self.compacted = Instant::now();
        if let Some(done) = logged("compacting", app.engine.compact()) {
            let (moved, segments) = (done.moved, done.segments_after);
            tracing::info!(moved, segments, "the log was moved into segments");
        }
    }
}

fn logged<T>(what: &'static str, outcome: Result<T, Error>) -> Option<T> {
    outcome.inspect_err(|error| tracing::error!(%error, what, "the engine failed")).ok()
}
