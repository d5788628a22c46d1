//! A server: connections in, answers out, until it is told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use mcp_insights::DurableEngine;
use mcp_insights::api::Organization;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout_at};

use crate::app::App;
use crate::background;
use crate::error::ServerError;
use crate::http;
use crate::listener::Listener;

/// How a server behaves, beside the settings that the folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// Who `GET /org` says that all keys belong to.
    pub organization: Organization,
    /// How long what was begun may go on once the server was told to stop: requests, and what the server does by itself.
    pub grace: Duration,
    /// How long a client may take to send the head of a request.
    pub head_timeout: Duration,
    /// Connections that are open at a time; further ones wait.
    pub connections: usize,
    /// How often it is looked whether there is something to tidy up.
    pub tick: Duration,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            organization: Organization {
                id: "org_default".to_owned(),
                slug: "default".to_owned(),
                name: "Default organisation".to_owned(),
            },
            grace: Duration::from_secs(20),
            head_timeout: Duration::from_secs(15),
            connections: 4096,
            tick: Duration::from_secs(10),
        }
    }
}

/// The insights of one engine over HTTP.
pub struct Server {
    app: Arc<App>,
    listener: Listener,
}

impl Server {
    /// Begins to listen; requests wait until [`Server::run`]. A [`Listener`] answers while an engine is still being opened.
    ///
    /// # Errors
    /// [`ServerError::Listen`] where the address cannot be had, [`ServerError::Engine`] where the settings cannot be read.
    pub async fn bind(
        engine: DurableEngine,
        address: SocketAddr,
        options: ServerOptions,
    ) -> Result<Self, ServerError> {
        Self::of(engine, Listener::bind(address, options).await?)
    }

    pub(crate) fn of(engine: DurableEngine, listener: Listener) -> Result<Self, ServerError> {
        let app = Arc::new(App::new(engine, listener.options.organization.clone())?);
        listener.answer_by(http::router(&app));
        Ok(Self { app, listener })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.listener.address()
    }

    /// Answers requests until `stop` is done. Then nothing new is begun, and what was begun has [`ServerOptions::grace`] to end. After
    /// that connections are cut off, and work on threads of its own, such as a grouping, is not waited for: the log says so.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { app, mut listener } = self;
        let background = background::start(&app, listener.options.tick);
        listener.accept_until(stop).await;
        tracing::info!("stopping");
        app.stop();
        background.stop();
        let deadline = Instant::now() + listener.options.grace;
        listener.close(deadline).await;
        background.ended(deadline).await;
        keep(app, deadline).await;
        tracing::info!("stopped");
    }
}

/// Keeps a checkpoint, so that the next start takes a moment, and waits for it no longer than to the deadline.
async fn keep(app: Arc<App>, deadline: Instant) {
    let kept = spawn_blocking(move || app.engine.checkpoint());
    match timeout_at(deadline, kept).await {
        Ok(Ok(Ok(()))) => {}
        Ok(Ok(Err(error))) => tracing::warn!(%error, "no checkpoint was kept"),
        // The hook for panics has logged where it was.
        Ok(Err(_)) => tracing::warn!("no checkpoint was kept"),
        Err(_) => tracing::warn!("the checkpoint took too long and was not waited for"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::io::{self, Write};
    use std::net::TcpStream;
    use std::sync::mpsc;

    use mcp_insights::{DocumentName, Settings, Storage as _};
    use parking_lot::Mutex;

    use super::*;
    use crate::faulty::{Fault, Faulty};

    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn what_does_not_end_in_time_is_told_and_not_waited_for() {
        let storage = Faulty::default();
        let settings = Settings { retention_days: Some(30), ..Settings::default() };
        storage.write_document(DocumentName::Settings, &settings.to_document()).unwrap();
        // Upkeep is at work until this is dropped.
        let (release, released) = mpsc::channel();
        storage.fails("drop_before", Fault::Wait(released));
        // A thread without any log that comes to a message first would have it left out for all.
        let _ = tracing::subscriber::set_global_default(crate::subscriber(io::sink));
        let log = Log::default();
        let writer = log.clone();
        let _logging = tracing::subscriber::set_default(crate::subscriber(move || writer.clone()));
        let grace = Duration::from_millis(300);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options = ServerOptions { grace, ..ServerOptions::default() };
            let server =
                Server::bind(storage.engine(), ([127, 0, 0, 1], 0).into(), options).await.unwrap();
            let address = server.address();
            let stop = async {
                let mut stream = TcpStream::connect(address).unwrap();
                let kind = "content-type: application/x-www-form-urlencoded";
                write!(
                    stream,
                    "POST /sign-in HTTP/1.1\r\nhost: x\r\n{kind}\r\ncontent-length: 9\r\n\r\nkey="
                )
                .unwrap();
                while storage.calls("drop_before") == 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                // Until the request is being worked on too. It stays open while the server stops.
                tokio::time::sleep(Duration::from_millis(100)).await;
                std::mem::forget(stream);
            };
            let started = Instant::now();
            server.run(stop).await;
            let took = started.elapsed();
            assert!((grace..Duration::from_secs(10)).contains(&took), "{took:?}");
        });
        drop(release);
        let log = String::from_utf8(log.0.lock().clone()).unwrap();
        for told in [r#""connections":1"#, r#""task":"upkeep""#, "\"stopped\""] {
            assert!(log.contains(told), "{told}: {log}");
        }
        assert!(!log.contains(r#""task":"settings""#), "{log}");
    }

    #[test]
    fn stopping_keeps_a_checkpoint() {
        let storage = Faulty::default();
        let engine = storage.engine();
        let event = r#"{"event_id":"e1","kind":"tool_call","started_at":"2026-03-01T09:00:00Z"}"#;
        let body = format!(r#"{{"schema_version":1,"events":[{event}]}}"#);
        engine.ingest(body.as_bytes(), None).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let options = ServerOptions::default();
            let server = Server::bind(engine, ([127, 0, 0, 1], 0).into(), options).await.unwrap();
            server.run(async {}).await;
        });
        let kept = storage.read_document(DocumentName::Checkpoint).unwrap();
        assert!(kept.is_some_and(|kept| !kept.is_empty()));
    }
}
