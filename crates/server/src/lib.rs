//! The insights API over HTTP: a [`Server`] over a [`DurableEngine`], with keys, limits, metrics and logs.
//!
//! ```no_run
//! use mcp_insights::{DurableEngine, Memory, Options};
//! use mcp_insights_server::{Server, ServerOptions};
//! use std::sync::Arc;
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = DurableEngine::with_storage(Arc::new(Memory::default()), Options::default())?;
//! let server = Server::bind(engine, ([127, 0, 0, 1], 8787).into(), ServerOptions::default()).await?;
//! println!("http://{}/healthz", server.address());
//! server.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it answers
//! - `/api/armature/v1/…`: the paths of the contract, with a key of a role ([`keys::Access::Role`]); an edit needs at least
//!   an editor. `/openapi` there is the contract itself.
//! - `POST /api/mcp-analytics/ingest`: events, with a key that is bound to an MCP server ([`keys::Access::Ingest`]).
//! - `/`: the dashboard, for whoever signs in with the key of a role. A session lasts twelve hours, while the process lives and the
//!   key is not revoked.
//! - `/healthz` and `/metrics`, without a key.
//!
//! While an engine is still being opened, a [`Listener`] answers everything with 503.
//!
//! Every error has the body of the contract. An answer to `GET` has a strong ETag. The `now` of queries stands still for up to ten
//! seconds while nothing changes, so that asking again is cheap for both sides.
//!
//! # How it is bounded
//! Bodies by size, packed and unpacked; keys by requests a second; requests by how long each takes, and those with a right key by how
//! many are worked on;
//! connections by number and by the time that a request's head takes. What computes or waits for a disk runs on threads of its own, so
//! many at a time. The limits are [settings](mcp_insights::Settings) and can change while it runs.
//!
//! [`DurableEngine`]: mcp_insights::DurableEngine

mod app;
mod auth;
mod background;
mod behind;
mod clock;
mod dashboard;
mod error;
#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::panic, reason = "tests")]
mod faulty;
mod http;
pub mod keys;
mod listener;
mod logs;
mod metrics;
mod rate;
mod refusal;
mod serve;

pub use clock::system_time;
pub use error::ServerError;
pub use listener::Listener;
pub use logs::{log_panics, subscriber};
pub use serve::{Server, ServerOptions};
