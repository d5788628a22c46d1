//! A server: connections in, answers out, until it is told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use mcp_insights::DurableEngine;
use mcp_insights::api::Organization;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::background;
use crate::error::ServerError;
use crate::http;

/// How a server behaves, beside the settings that the folder holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerOptions {
    /// Who `GET /org` says that all keys belong to.
    pub organization: Organization,
    /// How long requests that were begun may go on once the server was told to stop.
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
    listener: TcpListener,
    address: SocketAddr,
    options: ServerOptions,
}

impl Server {
    /// Begins to listen; requests wait until [`Server::run`]. Port 0 is any free one, which [`Server::address`] says.
    ///
    /// # Errors
    /// [`ServerError::Listen`] where the address cannot be had, [`ServerError::Engine`] where the settings cannot be read.
    pub async fn bind(
        engine: DurableEngine,
        address: SocketAddr,
        options: ServerOptions,
    ) -> Result<Self, ServerError> {
        let app = Arc::new(App::new(engine, options.organization.clone())?);
        let refused = |error| ServerError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        Ok(Self { app, listener, address, options })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop` is done. Then nothing new is begun, what was begun has [`ServerOptions::grace`] to end, and
    /// the connections are closed.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { app, listener, address, options } = self;
        let service = http::router(&app);
        let background = background::start(&app, options.tick);
        let mut protocol = http1::Builder::new();
        protocol.timer(TokioTimer::new()).header_read_timeout(options.head_timeout);
        let connections = GracefulShutdown::new();
        let places = Arc::new(Semaphore::new(options.connections));
        tracing::info!(%address, "listening");
        let mut stop = std::pin::pin!(stop);
        loop {
            let accepted = tokio::select! {
                () = &mut stop => break,
                accepted = accept(&listener, &places) => accepted,
            };
            let Some((stream, place)) = accepted else { continue };
            let service = TowerToHyperService::new(service.clone());
            let connection = protocol.serve_connection(TokioIo::new(stream), service);
            let connection = connections.watch(connection);
            tokio::spawn(async move {
                // Clients go away as they like.
                if let Err(error) = connection.await {
                    tracing::debug!(%error, "a connection ended");
                }
                drop(place);
            });
        }
        tracing::info!("stopping");
        app.stop();
        drop(listener);
        if tokio::time::timeout(options.grace, connections.shutdown()).await.is_err() {
            tracing::warn!("some requests did not end in time");
        }
        background.stop().await;
        tracing::info!("stopped");
    }
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(tokio::net::TcpStream, tokio::sync::OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, _)) => {
            // Answers are small and are wanted at once. Where it cannot be said, they come a little later.
            let _ = stream.set_nodelay(true);
            Some((stream, place))
        }
        Err(error) => {
            // Too many open files, say: nothing to do but to try again.
            tracing::warn!(%error, "a connection was not accepted");
            tokio::time::sleep(Duration::from_millis(100)).await;
            None
        }
    }
}
