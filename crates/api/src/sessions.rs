//! Sessions: one agent conversation each.

use mcp_insights_events::Timestamp;
use mcp_insights_kpis::Window;
use mcp_insights_sessions::{Flag, IntentSource, Level, Outcome, Reason};
use serde::{Deserialize, Serialize};

/// A session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// `ses_…`, the same in every run.
    pub id: String,
    /// The MCP server; none where the events name none.
    pub mcp_server_id: Option<String>,
    /// The session hint, the hint with the time of a later part, or `fallback:<actor>:<time>`.
    pub session_key: String,
    /// The actor of its first work event.
    pub actor_id: String,
    /// Who the actor is, from the newest `actor_identity`.
    pub actor_identifier: Option<String>,
    /// The client, normalised.
    pub client_name: Option<String>,
    /// The client's version.
    pub client_version: Option<String>,
    /// Start of its first work event.
    pub started_at: Timestamp,
    /// The latest end of a work event.
    pub ended_at: Timestamp,
    /// `ended_at - started_at` in milliseconds.
    pub duration_ms: u64,
    /// The first declared intent, verbatim.
    pub raw_intent: Option<String>,
    /// Where its intents come from.
    pub intent_source: IntentSource,
    /// Its topics in order of first turn.
    pub topic_ids: Vec<String>,
    /// Work events.
    pub event_count: u64,
    /// Work events that reported success and no error.
    pub ok_count: u64,
    /// Work events that reported a failure.
    pub error_count: u64,
    /// Tool calls, those inside scripts included.
    pub tool_call_count: u64,
    /// Tool calls that failed silently.
    pub silent_failure_count: u64,
    /// All searches.
    pub search_count: u64,
    /// Searches that broke or found nothing.
    pub failed_search_count: u64,
    /// Capability requests.
    pub capability_request_count: u64,
    /// Its frustration.
    pub frustration: Frustration,
    /// How it ended.
    pub outcome: Outcome,
    /// Whether it repeats an earlier session.
    pub is_repeat: bool,
    /// The latest session that it repeats.
    pub repeat_of: Option<String>,
    /// Its flags in order.
    pub flags: Vec<Flag>,
    /// At most twenty tools in order of first use.
    pub tools: Vec<String>,
}

/// How badly a session went, by what it shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frustration {
    /// 0..1.
    pub score: f64,
    /// The level of the score.
    pub level: Level,
    /// The signals behind it, in order.
    pub reasons: Vec<Reason>,
}

/// A page of sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SessionList {
    /// The window.
    pub window: Window,
    /// The sessions, as sorted.
    pub sessions: Vec<Session>,
    /// Matches before limit and cursor.
    pub total: u64,
    /// Asks for the next page; none on the last.
    pub next_cursor: Option<String>,
}
