//! Events that are read, and wait to be stored.

use mcp_insights_calls::{EventFact, Extractor, Facts};
use mcp_insights_events::{Collector, Event, TextId};
use mcp_insights_store::{NewEvent, Sequence};
use twox_hash::XxHash3_128;

use crate::durable::raw::place;

/// Events with all that is known of each by itself: who sends them finds it out, so that the one writer need not.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    /// One for each event, in order.
    facts: Facts,
    events: Vec<One>,
}

#[derive(Debug)]
struct One {
    json: Vec<u8>,
    identity: u128,
    tool_name: Option<TextId>,
    duration_ms: Option<u64>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadyEvent<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) fact: &'a EventFact,
    one: &'a One,
}

impl Ready {
    /// Adds an event, which stands in `json`.
    pub(crate) fn add(&mut self, extractor: &Extractor, event: &Event<'_>, json: &[u8]) {
        // It is not known yet which record it will be.
        extractor.add(&mut self.facts, event, json, place(Sequence(0), json));
        let tool_name = event.metadata.tool_name.as_deref();
        self.events.push(One {
            json: json.to_vec(),
            identity: identity(event.mcp_server_id.as_deref(), &event.event_id),
            tool_name: tool_name.map(|name| self.facts.texts.intern(name)),
            duration_ms: event.duration_ms,
        });
    }

    pub(crate) fn len(&self) -> usize {
        self.events.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = ReadyEvent<'_>> {
        let facts = &self.facts;
        let events = self.facts.events.iter().zip(&self.events);
        events.map(move |(fact, one)| ReadyEvent { facts, fact, one })
    }
}

impl<'a> ReadyEvent<'a> {
    pub(crate) fn json(&self) -> &'a [u8] {
        &self.one.json
    }

    /// What it is told apart by.
    pub(crate) fn identity(&self) -> u128 {
        self.one.identity
    }

    /// As the storage takes it.
    pub(crate) fn row(&self, replaces: Option<Sequence>) -> NewEvent<'a> {
        let Self { facts, fact, one } = *self;
        let text = |id: TextId| facts.texts.get(id);
        NewEvent {
            json: &one.json,
            event_id: facts.id(fact),
            kind: text(fact.kind_name),
            actor_id: text(fact.actor),
            mcp_server_id: fact.server.map(text),
            session_id_hint: fact.hint.map(text),
            tool_name: one.tool_name.map(text),
            started_at: fact.started_at,
            duration_ms: one.duration_ms,
            ok: fact.ok,
            is_workflow: fact.is_workflow,
            replaces,
        }
    }
}

/// A hash of what an event is told apart by.
pub(crate) fn identity(server: Option<&str>, event_id: &str) -> u128 {
    let mut bytes = Vec::with_capacity(event_id.len() + server.map_or(0, str::len) + 9);
    if let Some(server) = server {
        bytes.push(1);
        bytes.extend_from_slice(&(server.len() as u64).to_le_bytes());
        bytes.extend_from_slice(server.as_bytes());
    } else {
        bytes.push(0);
    }
    bytes.extend_from_slice(event_id.as_bytes());
    XxHash3_128::oneshot(&bytes)
}
