//! One usage event, as a client sent it, borrowed from the bytes that it came in.

use std::borrow::Cow;

use crate::{JsonText, Timestamp};

/// The actor of an event that names none.
pub const ANONYMOUS: &str = "anonymous";

/// A duration above seven days is unknown.
pub const LONGEST_DURATION_MICROS: i64 = 7 * 24 * 3600 * 1_000_000;

/// What an event reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind<'a> {
    /// A tool was called.
    ToolCall,
    /// A script ran, which may have called tools and searched.
    ExecuteScript,
    /// A client opened a session.
    SessionInit,
    /// Who an actor is.
    ActorIdentity,
    /// A kind that this version does not know.
    Other(Cow<'a, str>),
}

impl Kind<'_> {
    /// The kind as clients write it.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::ToolCall => "tool_call",
            Self::ExecuteScript => "execute_script",
            Self::SessionInit => "session_init",
            Self::ActorIdentity => "actor_identity",
            Self::Other(name) => name,
        }
    }
}

/// The frustration that an agent declared with a call.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum DeclaredFrustration {
    /// Contentment: the vocabulary has no word below it.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

/// One event. Blank texts are missing texts; older field names are already folded into the newer ones.
#[derive(Clone, Debug)]
pub struct Event<'a> {
    /// Identifies the event within its MCP server.
    pub event_id: Cow<'a, str>,
    /// What it reports.
    pub kind: Kind<'a>,
    /// The server being measured, where the event names one.
    pub mcp_server_id: Option<Cow<'a, str>>,
    /// Who the agent works for; [`ANONYMOUS`] where the event names none.
    pub actor_id: Cow<'a, str>,
    /// What the client knows of its session.
    pub session_id_hint: Option<Cow<'a, str>>,
    /// When it began, within 2000..2100.
    pub started_at: Timestamp,
    /// When it ended, as received.
    pub finished_at: Option<Timestamp>,
    /// Whole milliseconds, given or else `finished_at - started_at`; none where it is missing, negative,
    /// above seven days, or where the event ended before it began.
    pub duration_ms: Option<u64>,
    /// Whether the client reported success.
    pub ok: Option<bool>,
    /// The error that the client reported.
    pub error: Option<Cow<'a, str>>,
    /// Synthetic traffic, as received.
    pub is_workflow: Option<bool>,
    /// The synthetic run.
    pub workflow_run_id: Option<Cow<'a, str>>,
    /// What the client added.
    pub metadata: Metadata<'a>,
    /// The script that ran, or a rendering of the call.
    pub script_source: Option<JsonText<'a>>,
    /// Whether `script_source` was cut, as received.
    pub script_source_truncated: Option<bool>,
    /// The result as text, at most 8,192 bytes from known clients; blank where it was, as a blank result says
    /// something. A result that is no text stays the JSON that came.
    pub result_preview: Option<JsonText<'a>>,
    /// Whether `result_preview` was cut, as received.
    pub result_truncated: Option<bool>,
    /// Inner calls of a script, each the JSON that came.
    pub calls: Vec<&'a str>,
    /// Log lines of a script, each the JSON that came.
    pub logs: Vec<&'a str>,
    /// Searches inside the event, each the JSON that came.
    pub search_calls: Vec<&'a str>,
}

/// The known fields of an event's `metadata`. A field of another type than expected counts as missing.
#[derive(Clone, Debug, Default)]
pub struct Metadata<'a> {
    /// Name of the tool that was called.
    pub tool_name: Option<Cow<'a, str>>,
    /// What the user wants, as the agent says; older name `intent`.
    pub user_intent: Option<Cow<'a, str>>,
    /// What the agent thought before the call; older name `context`.
    pub agent_thinking: Option<Cow<'a, str>>,
    /// Declared frustration; older name `frustration_level`.
    pub user_frustration: Option<DeclaredFrustration>,
    /// Arguments of the call as JSON text. An input that is no text stays the JSON that came.
    pub input_preview: Option<Cow<'a, str>>,
    /// Whether the client says that it cut the input.
    pub input_truncated: bool,
    /// Name of the client program.
    pub client_name: Option<Cow<'a, str>>,
    /// Version of the client program.
    pub client_version: Option<Cow<'a, str>>,
    /// Whether the call asks for something that the API lacks.
    pub capability_request: bool,
    /// Who the actor is (`actor_identity`).
    pub identifier: Option<Cow<'a, str>>,
}

impl Event<'_> {
    /// Whether the event is work: a tool call, a script, or an unknown kind that carries `ok`.
    #[must_use]
    pub fn is_work(&self) -> bool {
        match self.kind {
            Kind::ToolCall | Kind::ExecuteScript => true,
            Kind::Other(_) => self.ok.is_some(),
            Kind::SessionInit | Kind::ActorIdentity => false,
        }
    }

    /// Whether the client reported a failure: `ok` is false or an error is set.
    #[must_use]
    pub fn reports_failure(&self) -> bool {
        self.ok == Some(false) || self.error.is_some()
    }

    /// The end, given or computed from the duration; the start where neither is known.
    ///
    /// An end before the start, or more than seven days after it, is none.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        let given = self.finished_at.filter(|end| {
            (0..=LONGEST_DURATION_MICROS).contains(&end.micros_since(self.started_at))
        });
        let computed = || {
            let micros = self.duration_ms.and_then(|ms| i64::try_from(ms).ok())? * 1000;
            Some(self.started_at.plus_micros(micros))
        };
        given.or_else(computed).unwrap_or(self.started_at)
    }
}
