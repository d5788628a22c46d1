//! What a server does beside answering: settings read again, events dropped that are too old, texts grouped anew, storage tidied up,
//! checkpoints kept.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use mcp_insights::Error;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout_at};

use crate::app::App;
use crate::clock::system_time;

/// How often the settings are looked at.
const SETTINGS: Duration = Duration::from_secs(1);
/// How often old events are dropped.
const RETENTION: Duration = Duration::from_secs(24 * 3600);
/// How often the log is moved into segments, however short it is.
const COMPACTION: Duration = Duration::from_secs(3600);

const DAY_MICROS: i64 = 24 * 3600 * 1_000_000;

/// So long what failed is left alone at first; each failure after that doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// The tasks, until they are told to stop.
pub(crate) struct Background {
    stop: watch::Sender<bool>,
    tasks: Vec<(&'static str, JoinHandle<()>)>,
}

/// Starts the tasks of a server.
pub(crate) fn start(app: &Arc<App>, tick: Duration) -> Background {
    let (stop, stopped) = watch::channel(false);
    let settings = repeat(Arc::clone(app), SETTINGS, stopped.clone(), App::refresh_settings);
    let mut upkeep = Upkeep::new(Instant::now());
    let upkeep = repeat(Arc::clone(app), tick, stopped, move |app| upkeep.look(app));
    Background { stop, tasks: vec![("settings", settings), ("upkeep", upkeep)] }
}

impl Background {
    /// Tells the tasks to end: one that is at work ends when it is done.
    pub(crate) fn stop(&self) {
        // The receivers are gone only where the tasks are.
        let _ = self.stop.send(true);
    }

    /// Waits until the tasks have ended, and no longer than to the deadline. What is at work then goes on until the process ends,
    /// which costs nothing that is durable.
    pub(crate) async fn ended(self, deadline: tokio::time::Instant) {
        for (task, handle) in self.tasks {
            if timeout_at(deadline, handle).await.is_err() {
                tracing::warn!(task, "this is still at work and was not waited for");
            }
        }
    }
}

/// Does something again and again, on a thread of its own. A panic ends only the time in which it happens.
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
            let done = Arc::clone(&app).behind.spawn(move || {
                // What it keeps between two times are notes of when it did what, each whole by itself.
                if catch_unwind(AssertUnwindSafe(|| work(&app))).is_err() {
                    // The hook for panics has logged where it was.
                    tracing::error!("a task panicked; it goes on the next time");
                }
                work
            });
            match done.await {
                Ok(given_back) => work = given_back,
                // The runtime ends.
                Err(_) => return,
            }
        }
    })
}

/// When what was last done.
struct Upkeep {
    retaining: Attempts,
    retained: Option<(Instant, Option<u32>)>,
    grouping: Attempts,
    grouped_version: Option<u64>,
    refreshing: Attempts,
    compacting: Attempts,
    compacted: Instant,
    keeping: Attempts,
}

impl Upkeep {
    fn new(now: Instant) -> Self {
        Self {
            retaining: Attempts::default(),
            retained: None,
            grouping: Attempts::default(),
            grouped_version: None,
            refreshing: Attempts::default(),
            compacting: Attempts::default(),
            compacted: now,
            keeping: Attempts::default(),
        }
    }

    fn look(&mut self, app: &App) {
        for step in [Self::retain, Self::group, Self::refresh, Self::compact, Self::keep] {
            if !app.is_stopping() {
                step(self, app, Instant::now());
            }
        }
    }

    /// Drops what is older than the settings say: daily, and when they change.
    fn retain(&mut self, app: &App, now: Instant) {
        let days = app.settings().retention_days;
        let is_due = self.retained.is_none_or(|(at, then)| {
            then != days || now.saturating_duration_since(at) >= RETENTION
        });
        if !is_due || !self.retaining.begin(now) {
            return;
        }
        if let Some(days) = days {
            let before = system_time().plus_micros(-i64::from(days) * DAY_MICROS);
            let dropped = logged("dropping old events", app.engine.drop_before(before));
            let Some(dropped) = dropped else { return };
            if dropped.events > 0 {
                let (events, bytes) = (dropped.events, dropped.bytes);
                tracing::info!(events, bytes, "old events were dropped");
            }
        }
        self.retained = Some((now, days));
        self.retaining.succeeded();
    }

    /// Groups anew where the engine says that it is time.
    fn group(&mut self, app: &App, now: Instant) {
        let version = app.engine.version();
        if self.grouped_version == Some(version) || !self.grouping.begin(now) {
            return;
        }
        if app.engine.wants_recluster() {
            let started = Instant::now();
            if logged("grouping", app.engine.recluster()).is_none() {
                return;
            }
            let seconds = started.elapsed().as_secs_f64();
            tracing::info!(seconds, "topics and searches were grouped anew");
        }
        self.grouped_version = Some(version);
        self.grouping.succeeded();
    }

    /// Tells anew what new failed searches mean.
    fn refresh(&mut self, app: &App, now: Instant) {
        if !self.refreshing.begin(now) {
            return;
        }
        let wants = logged("looking at failed searches", app.engine.wants_refresh());
        let Some(wants) = wants else { return };
        if wants {
            let started = Instant::now();
            if logged("telling what failed searches mean", app.engine.refresh()).is_none() {
                return;
            }
            let seconds = started.elapsed().as_secs_f64();
            tracing::info!(seconds, "names and verdicts of failed searches were told anew");
        }
        self.refreshing.succeeded();
    }

    fn compact(&mut self, app: &App, now: Instant) {
        if !self.compacting.begin(now) {
            return;
        }
        let Some(status) = logged("looking at the storage", app.engine.status()) else { return };
        let is_long = logged("looking at the log", app.engine.wants_compact()) == Some(true);
        let waited = now.saturating_duration_since(self.compacted);
        let is_time = status.usage.log_bytes > 0 && waited >= COMPACTION;
        if is_long || is_time {
            let Some(done) = logged("compacting", app.engine.compact()) else { return };
            let (moved, segments) = (done.moved, done.segments_after);
            tracing::info!(moved, segments, "the log was moved into segments");
            self.compacted = now;
        }
        self.compacting.succeeded();
    }

    /// Keeps what was computed, so that a server that crashes is back soon.
    fn keep(&mut self, app: &App, now: Instant) {
        if !self.keeping.begin(now) {
            return;
        }
        if app.engine.wants_checkpoint() {
            let started = Instant::now();
            if logged("keeping a checkpoint", app.engine.checkpoint()).is_none() {
                return;
            }
            let seconds = started.elapsed().as_secs_f64();
            tracing::info!(seconds, "a checkpoint was kept");
        }
        self.keeping.succeeded();
    }
}

/// When something may be tried that may fail or panic: at any time, and after failures not before a pause.
#[derive(Default)]
struct Attempts {
    pause: Option<Duration>,
    not_before: Option<Instant>,
}

impl Attempts {
    /// Whether it may be tried now. Then it counts as failed until it [has succeeded](Self::succeeded).
    fn begin(&mut self, now: Instant) -> bool {
        if self.not_before.is_some_and(|time| now < time) {
            return false;
        }
        let pause = self.pause.map_or(FIRST_PAUSE, |pause| (2 * pause).min(LONGEST_PAUSE));
        (self.pause, self.not_before) = (Some(pause), Some(now + pause));
        true
    }

    fn succeeded(&mut self) {
        *self = Self::default();
    }
}

fn logged<T>(what: &'static str, outcome: Result<T, Error>) -> Option<T> {
    outcome.inspect_err(|error| tracing::error!(%error, what, "the engine failed")).ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    use mcp_insights::{DocumentName, Settings, Storage as _};

    use tokio::task::spawn_blocking;

    use super::*;
    use crate::faulty::{Fault, Faulty};

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
    }

    #[test]
    fn a_task_that_panics_goes_on() {
        let app = Faulty::default().app();
        let times = AtomicUsize::new(0);
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = watch::channel(false);
        runtime().block_on(async {
            let task = repeat(app, Duration::from_millis(5), stopped, move |_| {
                if times.fetch_add(1, Ordering::Relaxed) < 2 {
                    panic!("as it may happen");
                }
                tell.send(()).unwrap();
            });
            let waited = spawn_blocking(move || told.recv_timeout(Duration::from_secs(10)));
            waited.await.unwrap().unwrap();
            stop.send(true).unwrap();
            task.await.unwrap();
        });
    }

    #[test]
    fn what_failed_is_tried_again_after_a_pause() {
        let storage = Faulty::default();
        let settings = Settings { retention_days: Some(30), ..Settings::default() };
        storage.write_document(DocumentName::Settings, &settings.to_document()).unwrap();
        let app = storage.app();
        let start = Instant::now();
        let mut upkeep = Upkeep::new(start);
        storage.fails("drop_before", Fault::Error);
        let rows = [(0, 1), (1, 1), (10, 2), (29, 2)];
        for (seconds, tries) in rows {
            upkeep.retain(&app, start + Duration::from_secs(seconds));
            assert_eq!(storage.calls("drop_before"), tries, "after {seconds} s");
            assert_eq!(upkeep.retained, None);
        }
        storage.works("drop_before");
        for seconds in [30, 31, 3600] {
            upkeep.retain(&app, start + Duration::from_secs(seconds));
            assert_eq!(storage.calls("drop_before"), 3, "after {seconds} s");
        }
        upkeep.retain(&app, start + Duration::from_secs(30) + RETENTION);
        assert_eq!(storage.calls("drop_before"), 4);
    }

    #[test]
    fn a_step_that_panics_keeps_no_other_from_its_turn() {
        let storage = Faulty::default();
        let settings = Settings { retention_days: Some(30), ..Settings::default() };
        storage.write_document(DocumentName::Settings, &settings.to_document()).unwrap();
        let app = storage.app();
        let mut upkeep = Upkeep::new(Instant::now());
        storage.fails("drop_before", Fault::Panic);
        let mut look = || catch_unwind(AssertUnwindSafe(|| upkeep.look(&app)));
        assert!(look().is_err());
        assert!(look().is_ok());
        assert!(upkeep.grouped_version.is_some());
    }

    #[test]
    fn names_and_verdicts_are_told_anew_when_it_is_time() {
        let app = Faulty::default().app();
        let ask = |sessions: std::ops::Range<u32>| {
            let search = |number: u32| {
                serde_json::json!({
                    "event_id": format!("e{number}"), "kind": "tool_call", "ok": true,
                    "session_id_hint": format!("conv-{number}"),
                    "started_at": "2026-03-01T09:00:00Z", "result_preview": "[]",
                    "metadata": {"tool_name": "search_docs", "input_preview": format!("{{\"query\":\"plan {number}x\"}}")},
                })
            };
            let events: Vec<serde_json::Value> = sessions.map(search).collect();
            let body = serde_json::json!({"schema_version": 1, "events": events});
            app.engine.ingest(body.to_string().as_bytes(), None).unwrap();
        };
        ask(0..300);
        ask(300..400);
        assert!(app.engine.wants_refresh().unwrap());
        Upkeep::new(Instant::now()).refresh(&app, Instant::now());
        assert!(!app.engine.wants_refresh().unwrap());
    }

    #[test]
    fn pauses_between_failures_grow_to_a_bound() {
        let mut attempts = Attempts::default();
        let mut now = Instant::now();
        let mut pauses = Vec::new();
        while pauses.len() < 8 {
            assert!(attempts.begin(now));
            let pause = attempts.pause.unwrap();
            assert!(!attempts.begin(now + pause - Duration::from_millis(1)));
            now += pause;
            pauses.push(pause.as_secs());
        }
        assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 600, 600]);
        attempts.succeeded();
        assert!(attempts.begin(now) && attempts.pause == Some(FIRST_PAUSE));
    }

    #[test]
    fn stopping_waits_for_no_task_beyond_its_deadline() {
        let storage = Faulty::default();
        let app = storage.app();
        let (release, released) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        runtime().block_on(async {
            let (stop, stopped) = watch::channel(false);
            let task = repeat(app, Duration::from_millis(5), stopped, move |_| {
                tell.send(()).unwrap_or_default();
                let _ = released.recv_timeout(Duration::from_secs(20));
            });
            spawn_blocking(move || told.recv()).await.unwrap().unwrap();
            let background = Background { stop, tasks: vec![("stuck", task)] };
            background.stop();
            let started = Instant::now();
            background.ended(tokio::time::Instant::now() + Duration::from_millis(100)).await;
            assert!(started.elapsed() < Duration::from_secs(10));
            drop(release);
        });
    }
}
