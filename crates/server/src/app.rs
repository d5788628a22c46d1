//! What all requests share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::available_parallelism;

use mcp_insights::api::Organization;
use mcp_insights::{DurableEngine, Engine, Settings, Timestamp};
use parking_lot::RwLock;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::auth::{Authenticator, permit};
use crate::behind::Behind;
use crate::clock::QueryClock;
use crate::dashboard::Sessions;
use crate::error::ServerError;
use crate::metrics::Metrics;
use crate::rate::Rates;
use crate::refusal::Refusal;

/// Batches that are taken in at a time; they wait for each other's write, which they share.
const BATCHES: usize = 256;

/// A server's state.
pub(crate) struct App {
    pub(crate) engine: DurableEngine,
    pub(crate) authenticator: Authenticator,
    pub(crate) rates: Rates,
    pub(crate) sessions: Sessions,
    pub(crate) metrics: Metrics,
    pub(crate) organization: Organization,
    /// For all that is not an answer.
    pub(crate) behind: Behind,
    clock: QueryClock,
    settings: RwLock<Arc<Settings>>,
    is_stopping: AtomicBool,
    in_flight: AtomicU32,
    queries: Arc<Semaphore>,
    batches: Arc<Semaphore>,
}

impl App {
    pub(crate) fn new(
        engine: DurableEngine,
        organization: Organization,
    ) -> Result<Self, ServerError> {
        let storage = Arc::clone(engine.storage());
        let settings = Settings::read(storage.as_ref())?;
        let cores = available_parallelism().map_or(1, usize::from);
        Ok(Self {
            authenticator: Authenticator::new(storage)?,
            engine,
            rates: Rates::default(),
            sessions: Sessions::default(),
            metrics: Metrics::new()?,
            organization,
            behind: Behind::new()?,
            clock: QueryClock::default(),
            settings: RwLock::new(Arc::new(settings)),
            is_stopping: AtomicBool::new(false),
            in_flight: AtomicU32::new(0),
            // Queries compute: more of them than cores at a time make each one slower.
            queries: Arc::new(Semaphore::new(2 * cores)),
            batches: Arc::new(Semaphore::new(BATCHES)),
        })
    }

    /// The settings as they are.
    pub(crate) fn settings(&self) -> Arc<Settings> {
        Arc::clone(&self.settings.read())
    }

    /// Reads the settings again. What cannot be read leaves those that there are.
    pub(crate) fn refresh_settings(&self) {
        match Settings::read(self.engine.storage().as_ref()) {
            Ok(settings) if settings != **self.settings.read() => {
                tracing::info!("the settings have changed");
                *self.settings.write() = Arc::new(settings);
            }
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "the settings cannot be read; they stay"),
        }
    }

    pub(crate) fn stop(&self) {
        self.is_stopping.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }

    /// # Errors
    /// 503 where the server stops.
    pub(crate) fn serving(&self) -> Result<(), Refusal> {
        if self.is_stopping() {
            Err(Refusal::unavailable("the server is stopping"))
        } else {
            Ok(())
        }
    }

    /// A place among the requests that are worked on. It is for those whose key was found right: others could take all of them.
    ///
    /// # Errors
    /// 503 where all places are taken.
    pub(crate) fn enter(self: &Arc<Self>) -> Result<Place, Refusal> {
        let place = Place(Arc::clone(self));
        let before = self.in_flight.fetch_add(1, Ordering::Relaxed);
        if before < self.settings().limits.concurrency {
            Ok(place)
        } else {
            Err(Refusal::unavailable("the server has too much to do"))
        }
    }

    /// Asks the newest snapshot, off the threads that serve.
    pub(crate) async fn query<T: Send + 'static>(
        self: &Arc<Self>,
        ask: impl FnOnce(&Engine, Timestamp) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let app = Arc::clone(self);
        let place = permit(&self.queries).await?;
        let done = spawn_blocking(move || {
            // Held until it is done, also where nobody waits for it any more.
            let _place = place;
            let version = app.engine.version();
            let engine = app.engine.snapshot();
            app.metrics.shows(version);
            ask(&engine, app.clock.now(version))
        });
        done.await.map_err(|_| Refusal::internal())?
    }

    /// Changes something, behind what is asked.
    pub(crate) async fn change<T: Send + 'static>(
        self: &Arc<Self>,
        change: impl FnOnce(&DurableEngine) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let engine = self.engine.clone();
        let place = permit(&self.batches).await?;
        let done = self.behind.spawn(move || {
            let _place = place;
            change(&engine)
        });
        done.await.map_err(|_| Refusal::internal())?
    }
}

/// A place among the requests that are worked on, until it is dropped.
#[must_use]
pub(crate) struct Place(Arc<App>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}
