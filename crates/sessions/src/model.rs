//! Sessions and what happened in them, in flat columns.

use std::ops::Range;

use mcp_insights_calls::{FailureClass, MissKind, SearchKind, SearchSource};
use mcp_insights_events::{DeclaredFrustration, Place, TextId, Timestamp};
use nonmax::NonMaxU64;
use serde::{Deserialize, Serialize};

/// How a session ended, by precedence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// It asked for something that the API lacks, or looked for it and found nothing.
    Unmet,
    /// Its last tool call failed.
    Failed,
    /// Its last tool call worked.
    Succeeded,
    /// Nothing tells.
    Unknown,
}

/// A signal of frustration, in the order in which reasons are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The agent declared high frustration.
    DeclaredHigh,
    /// The agent declared medium frustration, and never high.
    DeclaredMedium,
    /// Three or more failed calls in a row, of one tool or one failure class.
    ErrorStreak,
    /// A loop.
    RepeatedCall,
    /// Two or more failed searches in one turn.
    RepeatedFailedSearch,
    /// A capability request.
    CapabilityRequest,
    /// The last call failed.
    EndedOnError,
    /// A retry that failed again.
    RetryAfterError,
    /// A failed search, then a similar one.
    ReformulatedSearch,
    /// A silent failure.
    SilentFailure,
    /// More than 40 calls in one turn.
    LongSession,
}

/// The level of a frustration score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// 0.
    None,
    /// Above 0.
    Low,
    /// At least .30.
    Medium,
    /// At least .55.
    High,
}

/// What marks a session for a second look, in the order in which flags are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// The outcome is unmet, or a topic of the session is marked as unmet demand.
    UnmetDemand,
    /// It asked for something that the API lacks.
    CapabilityRequest,
    /// It called one tool with one input three times or more in a row.
    Loop,
    /// A call failed silently.
    SilentFailure,
    /// A text holds a redaction marker.
    SecretDetected,
}

/// Where a session's intents come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntentSource {
    /// The agent declared them.
    Declared,
    /// One was inferred from what the agent thought or called.
    Inferred,
    /// There is none.
    None,
}

/// A set of [`Reason`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasons(u16);

/// A set of [`Flag`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flags(u8);

/// The frustration of a session: `1 - Π(1 - weight)` over its signals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frustration {
    /// The score in units of 1e-4, so that sums of scores are exact.
    pub score: u16,
    /// The signals behind it.
    pub reasons: Reasons,
}

/// What decides which events can share a session: those of one strong hint, else of one hint or none and one actor, on one
/// MCP server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Group {
    /// The MCP server, where events name one.
    pub server: Option<TextId>,
    /// The hint.
    pub hint: Option<TextId>,
    /// The actor; none where the hint is strong.
    pub actor: Option<TextId>,
}

/// One session. Its ranges index the columns of [`Sessions`](crate::Sessions).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// `ses_…`, the same in every run.
    pub id: Box<str>,
    /// The MCP server, where its events name one.
    pub server: Option<TextId>,
    /// The hint, the hint with the time of a later part, or `fallback:<actor>:<time>`.
    pub key: Box<str>,
    /// The actor of its first work event.
    pub actor: TextId,
    /// What its events have in common.
    pub group: Group,
    /// The client, normalised.
    pub client_name: Option<TextId>,
    /// The client's version.
    pub client_version: Option<TextId>,
    /// Start of its first work event.
    #[serde(with = "mcp_insights_events::micros")]
    pub started_at: Timestamp,
    /// Latest end of a work event.
    #[serde(with = "mcp_insights_events::micros")]
    pub ended_at: Timestamp,
    /// Where its intents come from.
    pub intent_source: IntentSource,
    /// Work events.
    pub event_count: u32,
    /// Work events that reported success and no error.
    pub ok_count: u32,
    /// Work events that reported a failure.
    pub error_count: u32,
    /// Its frustration.
    pub frustration: Frustration,
    /// How it ended.
    pub outcome: Outcome,
    /// Its flags, as far as they do not depend on topics.
    pub flags: Flags,
    /// Whether any of its events is synthetic.
    pub is_workflow: bool,
    /// Its turns, in [`Sessions::turns`](crate::Sessions::turns).
    pub turns: Range<u32>,
    /// All its events in order, in [`Sessions::events`](crate::Sessions::events).
    pub events: Range<u32>,
    /// Its tool calls in order, in [`Sessions::calls`](crate::Sessions::calls).
    pub calls: Range<u32>,
    /// Its searches in order, in [`Sessions::searches`](crate::Sessions::searches).
    pub searches: Range<u32>,
    /// Its capability requests in order, in [`Sessions::requests`](crate::Sessions::requests).
    pub requests: Range<u32>,
}

/// One user message of a session, and what followed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// The declared intent, verbatim; none where inferred.
    pub raw_intent: Option<TextId>,
    /// The folded text that stands for the turn in topics, declared or inferred; none where folding leaves nothing.
    pub folded_intent: Option<TextId>,
    /// Start of its first event.
    #[serde(with = "mcp_insights_events::micros")]
    pub started_at: Timestamp,
    /// The highest frustration declared in it.
    pub declared_frustration: Option<DeclaredFrustration>,
}

/// One event of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberEvent {
    /// Where its JSON stands.
    pub place: Place,
    /// xxh3 of its bytes as received.
    pub fingerprint: u64,
    /// When it began.
    #[serde(with = "mcp_insights_events::micros")]
    pub started_at: Timestamp,
}

/// An event that belongs to no session: a `session_init` without work, most `actor_identity`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnattachedEvent {
    /// The MCP server.
    pub server: Option<TextId>,
    /// The events that it could share a session with; none where it can with no other.
    pub group: Option<Group>,
    /// Where its JSON stands.
    pub place: Place,
    /// When it began.
    #[serde(with = "mcp_insights_events::micros")]
    pub started_at: Timestamp,
    /// Whether it is synthetic.
    pub is_workflow: bool,
}

/// One tool call of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Start of its event.
    #[serde(with = "mcp_insights_events::micros")]
    pub started_at: Timestamp,
    /// Turn within the session, from 0; none before the first intent.
    pub turn: Option<u32>,
    /// Name of the tool.
    pub tool: Option<TextId>,
    /// What the client reported.
    pub ok: Option<bool>,
    /// Whether a failure was reported.
    pub reported_failure: bool,
    /// Whether only the result says that it failed.
    pub silent_failure: bool,
    /// Why it failed, where it did.
    pub failure_class: Option<FailureClass>,
    /// The folded failure text, where there is one.
    pub failure_text: Option<TextId>,
    /// Milliseconds, where known.
    pub duration_ms: Option<NonMaxU64>,
    /// Whether it looks for a tool.
    pub looks_for_tool: bool,
}

/// One search of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Search {
    /// Start of its event.
    #[serde(with = "mcp_insights_events::micros")]
    pub at: Timestamp,
    /// Turn within the session.
    pub turn: Option<u32>,
    /// Where it was found.
    pub source: SearchSource,
    /// What it looks for.
    pub kind: SearchKind,
    /// Name of the tool that searched, where known.
    pub tool: Option<TextId>,
    /// Its text, verbatim.
    pub query: TextId,
    /// How much it found, where known.
    pub result_count: Option<u64>,
    /// How it failed, where it did.
    pub miss: Option<MissKind>,
    /// Whether it found something and was at once followed by a similar one.
    pub abandoned: bool,
}

/// One capability request of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Start of its event.
    #[serde(with = "mcp_insights_events::micros")]
    pub at: Timestamp,
    /// Turn within the session.
    pub turn: Option<u32>,
    /// What is asked for, where the input shows it.
    pub text: Option<TextId>,
}

impl Reason {
    /// Every reason, in order.
    pub const ALL: [Self; 11] = [
        Self::DeclaredHigh,
        Self::DeclaredMedium,
        Self::ErrorStreak,
        Self::RepeatedCall,
        Self::RepeatedFailedSearch,
        Self::CapabilityRequest,
        Self::EndedOnError,
        Self::RetryAfterError,
        Self::ReformulatedSearch,
        Self::SilentFailure,
        Self::LongSession,
    ];
}

impl Flag {
    /// Every flag, in order.
    pub const ALL: [Self; 5] = [
        Self::UnmetDemand,
        Self::CapabilityRequest,
        Self::Loop,
        Self::SilentFailure,
        Self::SecretDetected,
    ];
}

impl Reasons {
    /// Adds a reason.
    pub fn insert(&mut self, reason: Reason) {
        self.0 |= 1 << reason as u16;
    }

    /// Whether it holds a reason.
    #[must_use]
    pub fn contains(self, reason: Reason) -> bool {
        self.0 & (1 << reason as u16) != 0
    }

    /// Its reasons in order.
    pub fn iter(self) -> impl Iterator<Item = Reason> {
        Reason::ALL.into_iter().filter(move |reason| self.contains(*reason))
    }
}

impl Flags {
    /// Adds a flag.
    pub fn insert(&mut self, flag: Flag) {
        self.0 |= 1 << flag as u8;
    }

    /// Whether it holds a flag.
    #[must_use]
    pub fn contains(self, flag: Flag) -> bool {
        self.0 & (1 << flag as u8) != 0
    }

    /// Whether it holds none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its flags in order.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.contains(*flag))
    }
}

impl Frustration {
    /// The level of the score.
    #[must_use]
    pub fn level(self) -> Level {
        match self.score {
            0 => Level::None,
            1..3000 => Level::Low,
            3000..5500 => Level::Medium,
            _ => Level::High,
        }
    }
}
