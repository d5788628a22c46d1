//! The event model of MCP usage events, and the reader that gets them out of files.
//!
//! Start with [`read`]: it takes [`Input`]s (files, folders, standard input, any reader, bytes), tells by
//! their content how the events are packed, and hands every valid [`Event`] to a [`Collector`].
//!
//! ```
//! use mcp_insights_events::{Collector, Event, Input, Place, ReadSettings, read};
//!
//! struct Kinds;
//!
//! impl Collector for Kinds {
//!     type Part = Vec<String>;
//!     fn begin(&self) -> Vec<String> {
//!         Vec::new()
//!     }
//!     fn add(&self, part: &mut Vec<String>, event: &Event<'_>, _raw: &[u8], _place: Place) {
//!         part.push(format!("{} at {}", event.event_id, event.started_at));
//!     }
//! }
//!
//! # fn main() -> Result<(), mcp_insights_events::ReadError> {
//! let text = r#"{"schema_version": 1, "events": [
//!     {"event_id": "e1", "kind": "tool_call", "started_at": "2026-01-31T08:00:00Z"},
//!     {"event_id": "e2", "kind": "tool_call"}
//! ]}"#;
//! let input = Input::Bytes { name: "example".to_owned(), bytes: text.into() };
//! let reading = read(vec![input], &ReadSettings::default(), &Kinds, &|_progress| {})?;
//!
//! assert_eq!(reading.parts.concat(), ["e1 at 2026-01-31T08:00:00.000Z"]);
//! let refused = &reading.rejections[0];
//! assert_eq!((refused.event_id.as_deref(), refused.detail.as_str()), (Some("e2"), "started_at is missing, null or blank"));
//! # Ok(())
//! # }
//! ```
//!
//! # What it reads
//! Events one a line, JSON arrays, batches `{"schema_version": 1, "events": [...]}`, captured POSTs
//! `{"received_at", "headers", "body"}` whose body is such a batch or its text, and any mixture of these in one file, on one
//! line or pretty-printed over many; plain, gzip or zstd. One bad record never takes a good one with it: it becomes
//! a [`Rejection`] with its place and reason. What breaks an array, a batch or a packed stream ends that container, and what
//! came before counts.
//!
//! # What it costs
//! Plain files are cut into blocks that all threads of the current rayon pool read and parse; packed ones are unpacked
//! by one thread while the others parse. Memory is a few blocks of 2 MiB a thread, whatever the sizes of files, arrays
//! and batches are; standard input and other streams are kept (64 MiB in memory, more in a temporary file) so that they
//! can be read again. Most texts of an event are borrowed from the bytes that it came in; one thread parses
//! about a gigabyte a second of real events (`cargo run --release --example parse_speed`).

mod blocks;
mod canonical;
mod container;
mod cursor;
mod event;
mod expand;
mod input;
mod json;
mod json_text;
mod marks;
pub mod micros;
mod open;
mod parallel;
mod parse;
mod place;
mod read;
mod scan;
mod sequential;
mod settings;
mod shape;
mod shared_map;
mod small;
mod source;
mod sources;
mod spill;
mod stream;
mod string_end;
mod texts;
mod time;
mod value;
mod wire;
mod work;

pub use canonical::{canonical_json, fingerprint};
pub use cursor::Cursor;
pub use event::{ANONYMOUS, DeclaredFrustration, Event, Kind, LONGEST_DURATION_MICROS, Metadata};
pub use expand::expand;
pub use input::{Input, ReadError};
pub use json::{Members, members};
pub use json_text::JsonText;
pub use parse::Refusal;
pub use place::{Place, Rejection, RejectionReason};
pub use read::{Collector, Progress, Reading, Unreadable, read};
pub use settings::{ReadSettings, TraceAccess};
pub use shared_map::SharedMap;
pub use sources::{RawEvents, SourceError, Sources};
pub use string_end::plain_end;
pub use texts::{TextId, TextTable};
pub use time::{Timestamp, TimestampError};
pub use value::value;
