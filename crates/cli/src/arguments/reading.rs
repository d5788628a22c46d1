//! Options that several commands share.

use std::path::PathBuf;

use clap::Args;
use mcp_insights::Timestamp;

use super::choices::{Encoder, Range, Traces};
use super::{QUERY, values};

const READING: &str = "Reading options";

/// What is read, and how.
#[derive(Debug, Args)]
pub(crate) struct Reading {
    /// Event dumps: files, folders (searched through), globs, or `-` for standard input
    #[arg(value_name = "PATH", required_unless_present = "data", conflicts_with = "data")]
    pub(crate) paths: Vec<PathBuf>,
    /// Read this folder of `serve` and `import` instead, as it stands; nothing in it is changed
    #[arg(long, value_name = "DIR", conflicts_with = "registry", help_heading = READING)]
    pub(crate) data: Option<PathBuf>,
    /// Keep ids and edits in this file: read where it is there, written where something changed
    #[arg(long, value_name = "FILE", help_heading = READING)]
    pub(crate) registry: Option<PathBuf>,
    /// What the API offers, to tell what is missing from what was only not found: a tools/list result, an OpenAPI
    /// document (JSON or YAML) or a list of names and descriptions (CSV, JSON or YAML) (may be repeated)
    #[arg(long, value_name = "FILE", help_heading = READING)]
    pub(crate) catalog: Vec<PathBuf>,
    /// What turns texts into vectors, by which topics are found; ids of the two never mix [default: that of the ids in
    /// --registry or --data, else accurate]
    #[arg(long, value_enum, value_name = "NAME", help_heading = READING)]
    pub(crate) encoder: Option<Encoder>,
    /// Neither use nor keep vectors of texts of earlier runs [default: kept beside --registry, else in the cache folder]
    #[arg(long, help_heading = READING)]
    pub(crate) no_cache: bool,
    /// Stop at the first record that must be refused, and print nothing else
    #[arg(long, help_heading = READING)]
    pub(crate) strict: bool,
    /// Idle time that ends a session without a session hint
    #[arg(long, value_name = "SPAN", default_value = "30m", value_parser = values::span, help_heading = READING)]
    pub(crate) idle_gap: i64,
    /// Idle time that ends a session with a session hint
    #[arg(long, value_name = "SPAN", default_value = "24h", value_parser = values::span, help_heading = READING)]
    pub(crate) hinted_idle_gap: i64,
    /// Longest event; a longer one is refused [default: 4MiB]
    #[arg(long, value_name = "SIZE", value_parser = values::size, help_heading = READING)]
    pub(crate) max_event_bytes: Option<usize>,
    /// Deepest nesting of an event; a deeper one is refused [default: 128]
    #[arg(long, value_name = "N", value_parser = values::positive, help_heading = READING)]
    pub(crate) max_depth: Option<usize>,
    /// How raw events are found again, where a command shows them [default: as the command needs]
    #[arg(long, value_enum, value_name = "HOW", help_heading = READING)]
    pub(crate) traces: Option<Traces>,
    /// Count calls of this tool as searches, whatever its name says (may be repeated)
    #[arg(long, value_name = "NAME", help_heading = READING)]
    pub(crate) search_tool: Vec<String>,
    /// Count no call of this tool as a search (may be repeated)
    #[arg(long, value_name = "NAME", help_heading = READING)]
    pub(crate) not_search_tool: Vec<String>,
    /// Threads to compute with, 1 to 1024 [default: one a processor]; the answers do not depend on it
    #[arg(long, value_name = "N", value_parser = values::threads, help_heading = READING)]
    pub(crate) threads: Option<usize>,
}

/// Which time is now.
#[derive(Debug, Args)]
pub(crate) struct Clock {
    /// End of the window (RFC 3339) [default: the end of the hour of the newest event, skewed clocks aside]
    #[arg(long, value_name = "TIME", value_parser = values::instant, help_heading = QUERY)]
    pub(crate) now: Option<Timestamp>,
}

/// The window that figures are of.
#[derive(Debug, Args)]
pub(crate) struct Window {
    /// Length of the window [default: 7d]
    #[arg(long, value_enum, help_heading = QUERY)]
    pub(crate) range: Option<Range>,
    /// Only the sessions and events of this MCP server
    #[arg(long, value_name = "ID", help_heading = QUERY)]
    pub(crate) mcp_server_id: Option<String>,
    #[command(flatten)]
    pub(crate) clock: Clock,
}

/// How JSON is printed.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct Form {
    /// Indent the JSON, for people
    #[arg(long)]
    pub(crate) pretty: bool,
}
