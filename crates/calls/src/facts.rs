//! What the insights need of many events, and nothing else: a mergeable partial in flat columns.
//!
//! A part is filled from the events of one stretch of input; parts merge into one. Texts are ids of one table, event
//! ids and notes stand in arenas, and calls, searches and arguments in columns of their own.

use mcp_insights_events::{DeclaredFrustration, Place, TextId, TextTable, Timestamp};

use crate::{FailureClass, MissKind, SearchKind, SearchSource};

/// A stretch of one of the columns of [`Facts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

/// A stretch of one of the text arenas of [`Facts`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Offset of its first byte.
    pub start: u64,
    /// Length in bytes.
    pub length: u32,
}

/// The kind of an event, as far as sessions care. The order is that of events of one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Note {
    /// The agent's thinking.
    Thinking(Span),
    /// Words of the tool's name and of its arguments.
    Names(Span),
}

/// One event.
#[derive(Clone, Copy, Debug)]
pub struct EventFact {
    /// Where its JSON stands.
    pub place: Place,
    /// xxh3 of its bytes as received.
    pub fingerprint: u64,
    /// Its `event_id`, in [`Facts::ids`].
    pub id: Span,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended, given or computed; its start where unknown.
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
#[derive(Clone, Copy, Debug)]
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
    pub duration_ms: Option<u64>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Argument {
    /// Hash of the name.
    pub name: u64,
    /// Hash of the value with sorted keys.
    pub value: u64,
}

/// A search.
#[derive(Clone, Copy, Debug)]
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
#[derive(Clone, Copy, Debug)]
pub struct RequestFact {
    /// What is asked for, where the input shows it.
    pub text: Option<TextId>,
}

/// The facts of a set of events.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Names, intents, queries and whatever else recurs.
    pub texts: TextTable,
    /// Event ids, end to end.
    pub ids: String,
    /// Texts that intents may be inferred from, end to end.
    pub notes: String,
    /// The events, in no particular order.
    pub events: Vec<EventFact>,
    /// The calls of the events.
    pub calls: Vec<CallFact>,
    /// The arguments of the calls.
    pub arguments: Vec<Argument>,
    /// The searches of the events.
    pub searches: Vec<SearchFact>,
}

impl Facts {
    /// The `event_id` of an event of these facts.
    #[must_use]
    pub fn id(&self, event: &EventFact) -> &str {
        text(&self.ids, event.id)
    }

    /// The text of a span of [`Facts::notes`].
    #[must_use]
    pub fn note(&self, span: Span) -> &str {
        text(&self.notes, span)
    }
}

fn text(arena: &str, span: Span) -> &str {
    let start = usize::try_from(span.start).unwrap_or(usize::MAX);
    arena.get(start..start.saturating_add(span.length as usize)).unwrap_or("")
}
