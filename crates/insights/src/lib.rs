//! Insights from the usage events of MCP (Model Context Protocol) servers, computed in process.
//!
//! People who run an MCP server have a stream of raw usage events: tool calls with the user's intent, what the agent
//! thought, errors, searches. This crate says what they mean: which intents recur and how they trend, where searches
//! fail and what the API lacks, which sessions went badly and why, and the KPIs over all of it.
//!
//! The type to start from is [`Engine`]. It is made from events and answers one query an endpoint of the insights API,
//! each with the response type of [`api`]:
//!
//! ```
//! use mcp_insights::{Engine, Registry, api};
//! use serde_json::json;
//!
//! let call = |id: &str, at: &str, ok: bool| json!({
//!     "event_id": id, "kind": "tool_call", "actor_id": "a1", "session_id_hint": "conv-1",
//!     "started_at": at, "duration_ms": 40, "ok": ok,
//!     "metadata": {"tool_name": "create_refund", "user_intent": "Refund an order"},
//! });
//! let events = [call("e1", "2026-03-01T09:00:00Z", false), call("e2", "2026-03-01T09:00:05Z", true)];
//!
//! let engine = Engine::from_events(events, Registry::default())?;
//! let now = engine.default_now().expect("there are events");
//! let overview = engine.overview(&api::OverviewQuery::default(), now)?;
//! assert_eq!(overview.kpis.tool_calls.value, 2);
//! assert_eq!(overview.kpis.error_rate.value, Some(0.5));
//!
//! let sessions = engine.sessions(&api::SessionsQuery::default(), now)?;
//! let trace = engine.trace(&sessions.sessions[0].id)?;
//! assert_eq!(trace.tool_calls[1].retry_of.as_deref(), Some("e1"));
//! # Ok::<(), mcp_insights::Error>(())
//! ```
//!
//! - [`Engine::read`] takes files, folders, streams and bytes in every container that clients write.
//! - [`Registry`] carries topic ids and edits from one engine to the next; keep it as JSON beside the data.
//! - [`Options`] holds bounds, idle gaps, search tools, the [`Catalog`] and the [`Embedder`].
//! - With the feature `store`, `DurableEngine` keeps events on disk and takes in more while it is asked.
//!
//! # What it promises
//! Nothing is sampled. The same events and registry give the same bytes, for any order of events, split into inputs
//! and number of threads; the library reads no clock. An engine is immutable, `Send + Sync`, and cheap to clone.
//!
//! # What it costs
//! Reading is linear in the bytes, on all threads of the current rayon pool. An engine keeps some 150 bytes an event and
//! no raw JSON; traces read the events of one session again. A query walks the sessions of its window once. Each distinct text
//! is embedded once for all engines that share their [`Options`]: [`Accurate`] takes about a second for a thousand new texts of twelve
//! words on one core, [`Fast`] next to nothing. [`KeptVectors`] keeps them from run to run.

mod build;
mod cells;
mod clock;
mod cursor;
mod demand;
#[cfg(feature = "store")]
mod durable;
mod edit;
mod engine;
mod error;
mod measure;
mod options;
mod queries;
mod report;
mod snapshot;
mod view;

#[cfg(feature = "store")]
pub use durable::{
    DurableEngine, Imported, Limits, Settings, SettingsError, Status, Upkeep, missing_records,
};
pub use engine::Engine;
pub use error::Error;
pub use mcp_insights_api as api;
pub use mcp_insights_calls::Rules;
pub use mcp_insights_events::{
    Input, Progress, ReadError, ReadSettings, Rejection, RejectionReason, SourceError, Timestamp,
    TimestampError, TraceAccess, Unreadable, expand,
};
pub use mcp_insights_registry::{Difference, Registry, RegistryError};
pub use mcp_insights_searches::{Catalog, CatalogError, CatalogTool, Parameter};
pub use mcp_insights_sessions::Settings as SessionSettings;
#[cfg(feature = "store")]
pub use mcp_insights_store::{
    ChangeError, Compacted, DocumentName, Documents, Dropped, Finding, Folder, Memory, NewEvent,
    Repaired, Sequence, Severity, Storage, StoreError, StoredEvent, Usage, doctor, repair,
};
pub use mcp_insights_text::{
    Accurate, Embedder, Fast, HashedNgrams, KeptVectors, KeptVectorsError,
};
pub use options::Options;
pub use queries::export::{ExportRange, Exported};
pub use queries::tools::{Confusion, Tool};
pub use report::ReadReport;
