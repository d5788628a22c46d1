//! An address, and the connections to it.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::Router;
use axum::response::IntoResponse as _;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use mcp_insights::DurableEngine;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use crate::error::ServerError;
use crate::refusal::Refusal;
use crate::serve::{Server, ServerOptions};

/// How long answers that say that there is nothing yet may take to get away.
const FAREWELL: Duration = Duration::from_millis(500);

/// An address that is listened at before there is anything to serve: opening a large folder takes a while.
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    pub(crate) options: ServerOptions,
    protocol: http1::Builder,
    places: Arc<Semaphore>,
    connections: GracefulShutdown,
    tasks: JoinSet<()>,
    /// What requests are answered by, once there is something. Connections that were made before see it too.
    paths: Paths,
}

type Paths = Arc<OnceLock<TowerToHyperService<Router>>>;

impl Listener {
    /// Begins to listen; requests wait until [`Listener::open`]. Port 0 is any free one, which [`Listener::address`] says.
    ///
    /// # Errors
    /// [`ServerError::Listen`] where the address cannot be had.
    pub async fn bind(address: SocketAddr, options: ServerOptions) -> Result<Self, ServerError> {
        let refused = |error| ServerError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let mut protocol = http1::Builder::new();
        protocol.timer(TokioTimer::new()).header_read_timeout(options.head_timeout);
        tracing::info!(%address, "listening");
        Ok(Self {
            listener,
            address,
            protocol,
            places: Arc::new(Semaphore::new(options.connections)),
            options,
            connections: GracefulShutdown::new(),
            tasks: JoinSet::new(),
            paths: Paths::default(),
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server of an engine, once that is open; none where it is told to stop before. Until then every request, `/healthz` too,
    /// is answered with 503 `unavailable`.
    ///
    /// # Errors
    /// That of `opening`; [`ServerError::Engine`] where the settings or keys cannot be read.
    pub async fn open<E: From<ServerError>>(
        mut self,
        opening: impl Future<Output = Result<DurableEngine, E>>,
        stop: impl Future<Output = ()>,
    ) -> Result<Option<Server>, E> {
        let started = Instant::now();
        let opened = self
            .accept_until(async {
                tokio::select! {
                    () = stop => None,
                    opened = opening => Some(opened),
                }
            })
            .await;
        match opened {
            Some(Ok(engine)) => {
                let server = Server::of(engine, self)?;
                tracing::info!(seconds = started.elapsed().as_secs_f64(), "serving");
                Ok(Some(server))
            }
            other => {
                self.close(Instant::now() + FAREWELL).await;
                other.transpose().map(|_| None)
            }
        }
    }

    /// From now on requests are answered by these paths.
    pub(crate) fn answer_by(&self, paths: Router) {
        // They are given once: there is one server to a listener.
        let _ = self.paths.set(TowerToHyperService::new(paths));
    }

    /// Accepts connections until something is done, and gives what came of it.
    pub(crate) async fn accept_until<T>(&mut self, done: impl Future<Output = T>) -> T {
        let mut done = std::pin::pin!(done);
        loop {
            let accepted = tokio::select! {
                outcome = &mut done => return outcome,
                accepted = accept(&self.listener, &self.places) => accepted,
            };
            // Forget those that have ended, so that there are never more than there are places.
            while self.tasks.try_join_next().is_some() {}
            if let Some((stream, place)) = accepted {
                self.serve(stream, place);
            }
        }
    }

    fn serve(&mut self, stream: TcpStream, place: OwnedSemaphorePermit) {
        let paths = Arc::clone(&self.paths);
        let service = service_fn(move |request| {
            let answered = paths.get().map(|paths| hyper::service::Service::call(paths, request));
            async move {
                match answered {
                    Some(answered) => answered.await,
                    None => {
                        Ok(Refusal::unavailable("the server is opening its data").into_response())
                    }
                }
            }
        });
        let connection = self.protocol.serve_connection(TokioIo::new(stream), service);
        let connection = self.connections.watch(connection);
        self.tasks.spawn(async move {
            // Clients go away as they like.
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(place);
        });
    }

    /// Accepts no more, and waits for requests that were begun, no longer than to the deadline. After that they are cut off.
    pub(crate) async fn close(self, deadline: Instant) {
        let Self { listener, connections, mut tasks, .. } = self;
        drop(listener);
        if timeout_at(deadline, connections.shutdown()).await.is_err() {
            while tasks.try_join_next().is_some() {}
            tracing::warn!(
                connections = tasks.len(),
                "requests that did not end in time were cut off"
            );
        }
        tasks.shutdown().await;
    }
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::future::{pending, ready};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    use super::*;
    use crate::faulty::Faulty;

    /// Asks on a connection that stays open, and gives the head and body of the answer.
    async fn ask(stream: &mut TcpStream, path: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        loop {
            let read = stream.read_buf(&mut answer).await.unwrap();
            let text = String::from_utf8(answer.clone()).unwrap();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let lengths = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if read == 0 || body.len() >= lengths.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
    }

    async fn listen() -> Listener {
        Listener::bind(([127, 0, 0, 1], 0).into(), ServerOptions::default()).await.unwrap()
    }

    fn block_on(test: impl Future<Output = ()>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime
            .block_on(async { tokio::time::timeout(Duration::from_secs(60), test).await })
            .unwrap();
    }

    #[test]
    fn until_it_is_open_everything_is_unavailable() {
        block_on(async {
            let listener = listen().await;
            let address = listener.address();
            let (open, opening) = oneshot::channel();
            let (tell, told) = oneshot::channel();
            let opening = async { Ok::<_, ServerError>(opening.await.unwrap()) };
            let client = async {
                let mut stream = TcpStream::connect(address).await.unwrap();
                for path in ["/healthz", "/metrics", "/", "/api/armature/v1/org", "/nothing"] {
                    let answer = ask(&mut stream, path).await;
                    assert!(answer.starts_with("HTTP/1.1 503 "), "{path}: {answer}");
                    assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
                    assert!(answer.contains(r#""code":"unavailable""#), "{answer}");
                }
                open.send(Faulty::default().engine()).unwrap_or_default();
                // The connection from before is served as well.
                while !ask(&mut stream, "/healthz").await.starts_with("HTTP/1.1 200 ") {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                drop(stream);
                tell.send(()).unwrap();
            };
            let server = async {
                let server = listener.open(opening, pending()).await.unwrap().unwrap();
                assert_eq!(server.address(), address);
                server.run(async { told.await.unwrap() }).await;
            };
            tokio::join!(client, server);
        });
    }

    #[test]
    fn what_keeps_it_from_opening_is_told() {
        block_on(async {
            let refused = ServerError::System(std::io::ErrorKind::Other.into());
            let opened = listen().await.open(ready(Err(refused)), pending()).await;
            assert!(matches!(opened, Err(ServerError::System(_))));
        });
    }

    #[test]
    fn it_stops_while_it_opens() {
        block_on(async {
            let opening = pending::<Result<DurableEngine, ServerError>>();
            let listener = listen().await;
            let address = listener.address();
            let mut stream = TcpStream::connect(address).await.unwrap();
            let stop = async { assert!(ask(&mut stream, "/").await.starts_with("HTTP/1.1 503 ")) };
            assert!(listener.open(opening, stop).await.unwrap().is_none());
            assert!(TcpStream::connect(address).await.is_err());
        });
    }
}
