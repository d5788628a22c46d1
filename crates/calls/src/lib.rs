//! What one usage event of an MCP server says: its tool calls, searches and capability requests, which of them failed,
//! and why.
//!
//! Begin with [`observe`]: it reads one [`Event`](mcp_insights_events::Event) into an [`Observation`] that borrows its
//! texts. For many events there is [`Extractor`], which the reader of the events crate fills: it keeps of each event
//! what the insights need, as [`Facts`] in flat columns that merge. [`ShareExtractor`] keeps them in [`Shares`], of which not all
//! must be in memory.
//!
//! ```
//! use mcp_insights_calls::{FailureClass, MissKind, Rules, observe};
//! use mcp_insights_events::{Event, Kind, Metadata, Timestamp};
//!
//! # let blank = Event {
//! #     event_id: "e1".into(), kind: Kind::ToolCall, mcp_server_id: None, actor_id: "a".into(), session_id_hint: None,
//! #     started_at: Timestamp::EARLIEST, finished_at: None, duration_ms: None, ok: None, error: None, is_workflow: None,
//! #     workflow_run_id: None, metadata: Metadata::default(), script_source: None, script_source_truncated: None,
//! #     result_preview: None, result_truncated: None, calls: vec![], logs: vec![], search_calls: vec![],
//! # };
//! // A search of documents that found nothing; the client reported success.
//! let event = Event {
//!     ok: Some(true),
//!     metadata: Metadata {
//!         tool_name: Some("search_docs".into()),
//!         input_preview: Some(r#"{"query":"single sign-on"}"#.into()),
//!         ..Metadata::default()
//!     },
//!     result_preview: Some(r#"{"content":[{"type":"text","text":"{\"total\":0,\"results\":[]}"}]}"#.into()),
//!     ..blank.clone()
//! };
//! let observation = observe(&event, &Rules::default());
//! assert_eq!(observation.searches[0].query, "single sign-on");
//! assert_eq!(observation.searches[0].miss, Some(MissKind::NoResults));
//!
//! // A call that failed though the client reported success.
//! let event = Event {
//!     ok: Some(true),
//!     result_preview: Some(r#"{"error":"Project 'web' not found"}"#.into()),
//!     ..blank
//! };
//! let observation = observe(&event, &Rules::default());
//! assert!(observation.calls[0].silent_failure);
//! assert_eq!(observation.calls[0].failure_class, Some(FailureClass::ResourceNotFound));
//! ```
//!
//! Every rule is a table: words of search tools in `search_tools`, names of result counts in `result_counts`, signs of
//! a silent failure in `silent_failures`, failure classes in `failure_rules`, arguments of a request in `requests`.
//!
//! Reading an event costs a few microseconds. Results are looked through for the few words that a failure needs, and
//! only those that hold one, and those of searches, are parsed.

mod arena;
mod entries;
mod error_words;
mod extract;
mod facts;
mod failure_rules;
mod failures;
#[cfg(test)]
mod fixture;
mod inputs;
mod json;
mod memo;
mod merge;
mod observation;
mod observe;
mod requests;
mod result_counts;
mod results;
mod rows;
mod rules;
mod search_tools;
mod shares;
mod silent_failures;

pub use arena::{Arena, Span};
pub use extract::Extractor;
pub use facts::{
    Argument, CallFact, EventFact, EventKind, Facts, Note, RequestFact, SearchFact, Slice,
};
pub use failures::classify;
pub use merge::Translation;
pub use observation::{
    CapabilityRequest, FailureClass, LogLine, MissKind, Observation, Search, SearchKind,
    SearchSource, ToolCall,
};
pub use observe::{log_lines, observe};
pub use rows::Rows;
pub use rules::Rules;
pub use shares::{Share, ShareExtractor, Shares, SharesPart, SpillError};
