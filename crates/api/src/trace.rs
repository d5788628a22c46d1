//! One session in full.

use mcp_insights_calls::{FailureClass, MissKind, SearchKind, SearchSource};
use mcp_insights_events::{DeclaredFrustration, Timestamp};
use mcp_insights_sessions::{Level, Outcome, Reason};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Session;

/// One session in full. Lists are in the order of events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trace {
    /// The session.
    pub session: Session,
    /// Its turns.
    pub turns: Vec<TraceTurn>,
    /// Every event under its native names.
    pub events: Vec<TraceEvent>,
    /// Its tool calls.
    pub tool_calls: Vec<TraceCall>,
    /// Its searches.
    pub searches: Vec<TraceSearch>,
    /// Its capability requests.
    pub capability_requests: Vec<TraceRequest>,
    /// The log lines of its scripts.
    pub logs: Vec<TraceLog>,
    /// How it was judged, and why.
    pub classifications: Classifications,
}

/// A user message, and what followed it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceTurn {
    /// Its place, from 0.
    pub index: u64,
    /// The declared intent, verbatim; none where inferred.
    pub raw_intent: Option<String>,
    /// Its topic.
    pub topic_id: Option<String>,
    /// The highest frustration declared in it.
    pub declared_frustration: Option<DeclaredFrustration>,
    /// Start of its first event.
    pub started_at: Timestamp,
    /// Its events.
    pub event_ids: Vec<String>,
}

/// An event under its native names. A field that it lacks is none; what this version does not know stays as received.
///
/// A `Default` event is empty, to be filled in part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TraceEvent {
    /// Its id.
    pub event_id: String,
    /// `tool_call`, `execute_script`, `session_init`, `actor_identity`, or an unknown one.
    pub kind: String,
    /// The MCP server.
    pub mcp_server_id: Option<String>,
    /// The actor; `anonymous` where the event names none.
    pub actor_id: String,
    /// The session hint.
    pub session_id_hint: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, as received.
    pub finished_at: Option<Timestamp>,
    /// Milliseconds; none where unknown.
    pub duration_ms: Option<u64>,
    /// Whether the client reported success.
    pub ok: Option<bool>,
    /// The error that the client reported.
    pub error: Option<String>,
    /// Whether it is synthetic, as received.
    pub is_workflow: Option<bool>,
    /// The synthetic run.
    pub workflow_run_id: Option<String>,
    /// As received, with `workflow_run_id` where the event carries one.
    pub metadata: Map<String, Value>,
    /// The script, or a rendering of the call.
    pub script_source: Option<String>,
    /// Whether that was cut.
    pub script_source_truncated: Option<bool>,
    /// The result.
    pub result_preview: Option<String>,
    /// Whether that was cut.
    pub result_truncated: Option<bool>,
    /// Inner calls, as received.
    pub calls: Vec<Value>,
    /// Log lines, as received.
    pub logs: Vec<Value>,
    /// Searches inside the event, as received.
    pub search_calls: Vec<Value>,
    /// Every other field, as received.
    #[serde(flatten)]
    pub unknown: Map<String, Value>,
}

/// A tool call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceCall {
    /// The event, or `<event_id>#<n>` for an entry of its `calls[]`.
    pub event_id: String,
    /// The turn; none before the first intent.
    pub turn: Option<u64>,
    /// The tool.
    pub tool_name: Option<String>,
    /// What the client reported.
    pub ok: Option<bool>,
    /// Whether only the result says that it failed.
    pub silent_failure: bool,
    /// The reported error.
    pub error: Option<String>,
    /// Why it failed, where it did.
    pub failure_class: Option<FailureClass>,
    /// When it began.
    pub started_at: Timestamp,
    /// Milliseconds, where known.
    pub duration_ms: Option<u64>,
    /// What the agent thought before it.
    pub agent_thinking: Option<String>,
    /// Its arguments.
    pub input_preview: Option<String>,
    /// Its result.
    pub result_preview: Option<String>,
    /// The failed call that it repeats.
    pub retry_of: Option<String>,
}

/// A search.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceSearch {
    /// Its event.
    pub event_id: String,
    /// The turn; none before the first intent.
    pub turn: Option<u64>,
    /// When.
    pub at: Timestamp,
    /// Where it was found.
    pub source: SearchSource,
    /// What it looks for.
    pub search_kind: SearchKind,
    /// Its text.
    pub query: String,
    /// How much it found; none where that is unknown.
    pub result_count: Option<u64>,
    /// Whether it broke or found nothing.
    pub failed: bool,
    /// Which of the two.
    pub miss_kind: Option<MissKind>,
    /// Whether it found something and was at once followed by a similar one.
    pub abandoned: bool,
    /// The cluster of a search that found nothing; none in synthetic sessions.
    pub cluster_id: Option<String>,
}

/// A capability request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceRequest {
    /// Its event.
    pub event_id: String,
    /// The turn; none before the first intent.
    pub turn: Option<u64>,
    /// When.
    pub at: Timestamp,
    /// What is asked for, where the input shows it.
    pub text: Option<String>,
    /// Its cluster; none in synthetic sessions.
    pub cluster_id: Option<String>,
}

/// A log line of a script.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceLog {
    /// Its event.
    pub event_id: String,
    /// When, where the line says so.
    pub at: Option<Timestamp>,
    /// Its level, where the line has one.
    pub level: Option<String>,
    /// Its text.
    pub message: String,
}

/// How a session was judged, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Classifications {
    /// How it ended.
    pub outcome: Outcome,
    /// Its frustration, with the events behind each reason.
    pub frustration: FrustrationDetail,
    /// Why its calls failed: count ↓, class.
    pub failure_classes: Vec<ClassCount>,
    /// Its topics in order of first turn.
    pub topics: Vec<TraceTopic>,
    /// Whether the session has the flag `unmet_demand`.
    pub unmet_demand: bool,
}

/// Frustration with the events behind each reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrustrationDetail {
    /// 0..1.
    pub score: f64,
    /// The level of the score.
    pub level: Level,
    /// The signals behind it, in order.
    pub reasons: Vec<ReasonEvidence>,
}

/// A signal of frustration and what shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReasonEvidence {
    /// The signal.
    pub reason: Reason,
    /// The events that show it, at least one.
    pub event_ids: Vec<String>,
}

/// How often calls failed in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassCount {
    /// The way.
    pub class: FailureClass,
    /// How often, at least once.
    pub count: u64,
}

/// A topic by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TraceTopic {
    /// Its id.
    pub id: String,
    /// Its label.
    pub label: String,
}
