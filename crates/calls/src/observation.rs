//! One event, read: its calls, searches and capability request, with their texts borrowed from it.

use std::borrow::Cow;

use mcp_insights_events::{JsonText, Timestamp};
use serde::{Deserialize, Serialize};

/// What made a call fail, by rules over error texts and codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The arguments do not fit the tool's input schema.
    InputSchemaMismatch,
    /// The result does not fit the tool's output schema.
    OutputSchemaViolation,
    /// No tool, method or command of that name.
    UnknownTool,
    /// It took too long, or was cancelled for that.
    Timeout,
    /// Something behind the server answered with a 5xx.
    #[serde(rename = "upstream_5xx")]
    Upstream5xx,
    /// The connection failed.
    TransportFailure,
    /// What was asked for does not exist.
    ResourceNotFound,
    /// It worked, and gave nothing where something was due.
    EmptyResult,
    /// The state of the resource forbids it.
    StateConflict,
    /// Something must be done, configured or installed first.
    MissingPrecondition,
    /// Not signed in, or not allowed to.
    AuthOrPermission,
    /// The plan or the quota does not cover it.
    EntitlementGap,
    /// Too many requests.
    RateLimited,
    /// Nothing names a cause.
    InternalError,
}

impl FailureClass {
    /// The class by name, as answers show it. Lists of classes are ordered by it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InputSchemaMismatch => "input_schema_mismatch",
            Self::OutputSchemaViolation => "output_schema_violation",
            Self::UnknownTool => "unknown_tool",
            Self::Timeout => "timeout",
            Self::Upstream5xx => "upstream_5xx",
            Self::TransportFailure => "transport_failure",
            Self::ResourceNotFound => "resource_not_found",
            Self::EmptyResult => "empty_result",
            Self::StateConflict => "state_conflict",
            Self::MissingPrecondition => "missing_precondition",
            Self::AuthOrPermission => "auth_or_permission",
            Self::EntitlementGap => "entitlement_gap",
            Self::RateLimited => "rate_limited",
            Self::InternalError => "internal_error",
        }
    }
}

/// What a search looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchKind {
    /// What the API can do.
    Discovery,
    /// Data behind the API.
    Content,
}

/// Where a search was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchSource {
    /// An entry of `search_calls`.
    SearchCalls,
    /// A call of a search tool.
    ToolCall,
}

/// How a search failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissKind {
    /// It found nothing.
    NoResults,
    /// It broke.
    Error,
}

/// A tool call: the event itself, or one entry of a script's `calls[]`.
#[derive(Clone, Debug, Default)]
pub struct ToolCall<'a> {
    /// Place in `calls[]`, from 0; none where the event itself is the call.
    pub entry: Option<u32>,
    /// Name of the tool.
    pub tool_name: Option<Cow<'a, str>>,
    /// What the client reported.
    pub ok: Option<bool>,
    /// Whether the client reported a failure (`ok` false or an error).
    pub reported_failure: bool,
    /// Whether `ok` is true and the result itself says that the call failed.
    pub silent_failure: bool,
    /// The reported error; for a silent failure, what the result says of it.
    pub failure_text: Option<Cow<'a, str>>,
    /// The error as reported.
    pub error: Option<Cow<'a, str>>,
    /// Why it failed, where it did.
    pub failure_class: Option<FailureClass>,
    /// Whole milliseconds, where known.
    pub duration_ms: Option<u64>,
    /// Its arguments as text.
    pub input: Option<Cow<'a, str>>,
    /// Whether the arguments were cut, so that they equal nothing.
    pub input_truncated: bool,
    /// Its result as text.
    pub result: Option<JsonText<'a>>,
    /// Whether it is a call of a search tool (§5 of the definitions: name and a text argument).
    pub is_search: bool,
    /// Whether it looks for a tool: it has entries in `search_calls`, or is a search tool named for tools.
    pub looks_for_tool: bool,
}

impl ToolCall<'_> {
    /// Whether the call failed, openly or silently.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.reported_failure || self.silent_failure
    }
}

/// A search.
#[derive(Clone, Debug)]
pub struct Search<'a> {
    /// Where it was found.
    pub source: SearchSource,
    /// What it looks for.
    pub kind: SearchKind,
    /// The call in [`Observation::calls`] that is the search or carries it, where one does.
    pub call: Option<u32>,
    /// Its text, as received.
    pub query: Cow<'a, str>,
    /// How much it found; none where that cannot be told. Of a result that was cut after some results, how
    /// many of them are whole (at least 1).
    pub result_count: Option<u64>,
    /// How it failed, where it did.
    pub miss: Option<MissKind>,
}

/// A request for something that the API lacks, that did not fail.
#[derive(Clone, Debug)]
pub struct CapabilityRequest<'a> {
    /// What is asked for, where the input shows it.
    pub text: Option<Cow<'a, str>>,
}

/// A log line of a script.
#[derive(Clone, Debug)]
pub struct LogLine<'a> {
    /// When, where the line says so.
    pub at: Option<Timestamp>,
    /// Its level, as received.
    pub level: Option<Cow<'a, str>>,
    /// Its text.
    pub message: Cow<'a, str>,
}

/// Everything that one event says.
#[derive(Clone, Debug, Default)]
pub struct Observation<'a> {
    /// Its tool calls, in order.
    pub calls: Vec<ToolCall<'a>>,
    /// Its searches, in order: entries of `search_calls` or else the calls of search tools.
    pub searches: Vec<Search<'a>>,
    /// Its capability request, where it makes one that did not fail.
    pub request: Option<CapabilityRequest<'a>>,
    /// Whether a client's `[redacted:…]` marker stands in any of its texts.
    pub has_secret: bool,
}
