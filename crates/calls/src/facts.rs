//! What the insights need of many events, and nothing else: a mergeable partial in flat columns.
//!
//! A part is filled from the events of one stretch of input; parts merge into one. Texts are ids of one table, event
//! ids and notes stand in arenas, and calls, searches and arguments in columns of their own.

use mcp_insights_events::{DeclaredFrustration, Place, TextId, TextTable, Timestamp};
use nonmax::NonMaxU64;
use serde::{Deserialize, Serialize};

use crate::{Arena, FailureClass, MissKind, Rows, SearchKind, SearchSource, Span};

/// A stretch of one of the columns of [`Facts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// Index of the first.
    pub start: u32,
    /// How many.
    pub length: u32,
}

impl Slice {
    /// As a range of indices.
    #[must_use]
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.start as usize + self.length as usize
    }
}

/// The kind of an event, as far as sessions care. The order is that of events of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EventKind {
    /// `session_init`.
    SessionInit,
    /// `actor_identity`.
    ActorIdentity,
    /// Anything else that declares an intent.
    DeclaresIntent,
    /// Anything else.
    Other,
}

/// What an intent may be inferred from where a session declares none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Note {
    /// The agent's thinking.
    Thinking(Span),
    /// Words of the tool's name and of its arguments.
    Names(Span),
}

/// One event.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct EventFact {
    /// Where its JSON stands.
    pub place: Place,
    /// xxh3 of its bytes as received.
    #[serde(with = "postcard::fixint::le")]
    pub fingerprint: u64,
    /// Its `event_id`, in [`Facts::ids`].
    pub id: Span,
    /// When it began.
    #[serde(with = "mcp_insights_events::micros")]
    pub started_at: Timestamp,
    /// When it ended, given or computed; its start where unknown.
    #[serde(with = "mcp_insights_events::micros")]
    pub ended_at: Timestamp,
    /// Its kind, as received.
    pub kind_name: TextId,
    /// Its place among events of one instant.
    pub kind: EventKind,
    /// The MCP server.
    pub server: Option<TextId>,
    /// The actor.
    pub actor: TextId,
    /// The session hint.
    pub hint: Option<TextId>,
    /// The client's name, as received.
    pub client_name: Option<TextId>,
    /// The client's version.
    pub client_version: Option<TextId>,
    /// Who the actor is, of an `actor_identity`.
    pub identifier: Option<TextId>,
    /// The declared intent, verbatim.
    pub intent: Option<TextId>,
    /// What an intent may be inferred from; none where one is declared or nothing is there.
    pub note: Option<Note>,
    /// The declared frustration.
    pub frustration: Option<DeclaredFrustration>,
    /// What the client reported.
    pub ok: Option<bool>,
    /// Whether the client reported a failure.
    pub reported_failure: bool,
    /// Whether it is work.
    pub is_work: bool,
    /// Whether it is synthetic.
    pub is_workflow: bool,
    /// Whether it holds a redaction marker.
    pub has_secret: bool,
    /// Its tool calls.
    pub calls: Slice,
    /// Its searches.
    pub searches: Slice,
    /// Its capability request, where it makes one that did not fail.
    pub request: Option<RequestFact>,
}

/// A tool call.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct CallFact {
    /// Place in `calls[]`; none where the event itself is the call.
    pub entry: Option<u32>,
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
    /// Its top-level arguments in [`Facts::arguments`], sorted by name; empty where there are none or they were cut.
    pub arguments: Slice,
    /// A hash of its input with sorted keys; none where the input was cut. No input and `{}` hash alike.
    pub input: Option<u64>,
    /// Whether it is a call of a search tool.
    pub is_search: bool,
    /// Whether it looks for a tool.
    pub looks_for_tool: bool,
}

impl CallFact {
    /// Whether the call failed, openly or silently.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.reported_failure || self.silent_failure
    }
}

/// A top-level argument of a call, as hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Argument {
    /// Hash of the name.
    #[serde(with = "postcard::fixint::le")]
    pub name: u64,
    /// Hash of the value with sorted keys.
    #[serde(with = "postcard::fixint::le")]
    pub value: u64,
}

/// A search.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct SearchFact {
    /// Where it was found.
    pub source: SearchSource,
    /// What it looks for.
    pub kind: SearchKind,
    /// Which of the event's calls is or carries it, from 0.
    pub call: Option<u32>,
    /// Name of the tool that searched, where known.
    pub tool: Option<TextId>,
    /// Its text, verbatim.
    pub query: TextId,
    /// How much it found, where known.
    pub result_count: Option<u64>,
    /// How it failed, where it did.
    pub miss: Option<MissKind>,
}

/// A capability request that did not fail.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct RequestFact {
    /// What is asked for, where the input shows it.
    pub text: Option<TextId>,
}

/// The facts of a set of events.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Names, intents, queries and whatever else recurs.
    #[serde(skip)]
    pub texts: TextTable,
    /// Event ids.
    pub ids: Arena,
    /// Texts that intents may be inferred from.
    pub notes: Arena,
    /// The events, in no particular order.
    pub events: Rows<EventFact>,
    /// The calls of the events.
    pub calls: Rows<CallFact>,
    /// The arguments of the calls.
    pub arguments: Rows<Argument>,
    /// The searches of the events.
    pub searches: Rows<SearchFact>,
}

impl Facts {
    /// The `event_id` of an event of these facts.
    #[must_use]
    pub fn id(&self, event: &EventFact) -> &str {
        self.ids.get(event.id)
    }

    /// The text of a span of [`Facts::notes`].
    #[must_use]
    pub fn note(&self, span: Span) -> &str {
        self.notes.get(span)
    }
}
