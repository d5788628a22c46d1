//! Why there is no server.

use std::io;
use std::net::SocketAddr;

use crate::keys::SecretError;

/// A server cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServerError {
    /// The engine or its storage.
    #[error(transparent)]
    Engine(#[from] mcp_insights::Error),
    /// No random bytes.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The metrics cannot be set up.
    #[error("the metrics cannot be set up: {0}")]
    Metrics(#[from] prometheus::Error),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on {address}: {error}; another program may do so, name another address with --listen"
    )]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        error: io::Error,
    },
    /// The threads cannot be started, or the signals that stop it cannot be waited for.
    #[error("cannot serve: {0}")]
    System(#[from] io::Error),
}
