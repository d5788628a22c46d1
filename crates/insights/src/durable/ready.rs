//! Events on their way into the storage and into what is computed of them.

use mcp_insights_calls::{EventFact, Extractor, Facts, Translation};
use mcp_insights_events::{Collector, Event, TextId};
use mcp_insights_store::{NewEvent, Sequence};
use twox_hash::XxHash3_128;

use crate::durable::raw::place;

/// An event of a batch that is stored.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Sent<'a> {
    /// What is known of it by itself was found out before.
    Ready(ReadyEvent<'a>),
    /// That is found out while it is stored.
    Parsed(&'a Parsed<'a>),
}

/// An event as it was received.
#[derive(Debug)]
pub(crate) struct Parsed<'a> {
    event: Event<'a>,
    json: &'a [u8],
    identity: u128,
}

/// Events with all that is known of each by itself.
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
    facts: &'a Facts,
    fact: &'a EventFact,
    one: &'a One,
}

impl<'a> Parsed<'a> {
    pub(crate) fn new(event: Event<'a>, json: &'a [u8]) -> Self {
        let identity = identity(event.mcp_server_id.as_deref(), &event.event_id);
        Self { event, json, identity }
    }
}

impl Ready {
    /// Those of a batch.
    pub(crate) fn of(batch: &[Parsed<'_>], extractor: &Extractor) -> Self {
        let mut ready = Self::default();
        for parsed in batch {
            ready.add(extractor, parsed);
        }
        ready
    }

    pub(crate) fn add(&mut self, extractor: &Extractor, parsed: &Parsed<'_>) {
        let Parsed { event, json, identity } = parsed;
        // It is not known yet which record it will be.
        extractor.add(&mut self.facts, event, json, place(Sequence(0), json));
        let tool_name = event.metadata.tool_name.as_deref();
        self.events.push(One {
            json: json.to_vec(),
            identity: *identity,
            tool_name: tool_name.map(|name| self.facts.texts.intern(name)),
            duration_ms: event.duration_ms,
        });
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Sent<'_>> {
        let facts = &self.facts;
        let events = self.facts.events.iter().zip(&self.events);
        events.map(move |(fact, one)| Sent::Ready(ReadyEvent { facts, fact, one }))
    }
}

impl<'a> Sent<'a> {
    pub(crate) fn json(&self) -> &'a [u8] {
        match self {
            Self::Ready(ready) => &ready.one.json,
            Self::Parsed(parsed) => parsed.json,
        }
    }

    /// What it is told apart by.
    pub(crate) fn identity(&self) -> u128 {
        match self {
            Self::Ready(ready) => ready.one.identity,
            Self::Parsed(parsed) => parsed.identity,
        }
    }

    /// As the storage takes it.
    pub(crate) fn row(&self, replaces: Option<Sequence>) -> NewEvent<'a> {
        match *self {
            Self::Ready(ready) => ready.row(replaces),
            Self::Parsed(parsed) => parsed.row(replaces),
        }
    }

    /// Puts all that is known of it into facts, as their last event. `texts` is of all events that were put there one after another.
    pub(crate) fn join(
        &self,
        facts: &mut Facts,
        texts: &mut Translated<'a>,
        extractor: &Extractor,
        record: Sequence,
    ) {
        let place = place(record, self.json());
        match *self {
            Self::Ready(ReadyEvent { facts: own, fact, .. }) => {
                facts.adopt(own, &EventFact { place, ..*fact }, texts.of(own));
            }
            Self::Parsed(parsed) => extractor.add(facts, &parsed.event, self.json(), place),
        }
    }
}

/// What texts of a batch are in other facts.
#[derive(Default)]
pub(crate) struct Translated<'a> {
    batch: Option<&'a Facts>,
    texts: Translation,
}

impl<'a> Translated<'a> {
    fn of(&mut self, batch: &'a Facts) -> &mut Translation {
        if !self.batch.is_some_and(|before| std::ptr::eq(before, batch)) {
            *self = Self { batch: Some(batch), texts: Translation::default() };
        }
        &mut self.texts
    }
}

impl<'a> ReadyEvent<'a> {
    fn row(self, replaces: Option<Sequence>) -> NewEvent<'a> {
        let Self { facts, fact, one } = self;
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

impl Parsed<'_> {
    fn row(&self, replaces: Option<Sequence>) -> NewEvent<'_> {
        let event = &self.event;
        NewEvent {
            json: self.json,
            event_id: &event.event_id,
            kind: event.kind.name(),
            actor_id: &event.actor_id,
            mcp_server_id: event.mcp_server_id.as_deref(),
            session_id_hint: event.session_id_hint.as_deref(),
            tool_name: event.metadata.tool_name.as_deref(),
            started_at: event.started_at,
            duration_ms: event.duration_ms,
            ok: event.ok,
            is_workflow: event.is_workflow == Some(true),
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use mcp_insights_events::ReadSettings;

    use super::*;

    const EVENTS: &[&str] = &[
        r#"{"event_id":"e1","kind":"tool_call","started_at":"2026-01-31T08:00:00Z"}"#,
        r#"{"event_id":"e2","kind":"tool_call","actor_id":"ann","mcp_server_id":"shop","session_id_hint":"conv-1","ok":false,
            "started_at":"2026-01-31T08:00:00Z","finished_at":"2026-01-31T08:00:02Z","duration_ms":1500,"is_workflow":true,
            "metadata":{"tool_name":"find","user_intent":"Find a shoe","input_preview":"{\"query\":\"shoe\"}"}}"#,
        r#"{"event_id":"e3","kind":"capability_request","actor_id":"ann","started_at":"2026-01-31T08:00:05Z",
            "metadata":{"request":"Exchange a shoe"}}"#,
    ];

    #[test]
    fn the_storage_gets_the_same_of_who_waited_and_who_did_not() {
        let bounds = ReadSettings::default();
        let parsed = |json: &'static &str| {
            Parsed::new(Event::parse(json.as_bytes(), &bounds).unwrap(), json.as_bytes())
        };
        let parsed: Vec<Parsed<'_>> = EVENTS.iter().map(parsed).collect();
        let ready = Ready::of(&parsed, &Extractor::default());
        let direct: Vec<Sent<'_>> = parsed.iter().map(Sent::Parsed).collect();
        let waited: Vec<Sent<'_>> = ready.iter().collect();
        assert_eq!((direct.len(), waited.len()), (EVENTS.len(), EVENTS.len()));
        for (direct, waited) in direct.iter().zip(&waited) {
            assert_eq!(direct.identity(), waited.identity());
            let rows = [direct, waited].map(|sent| format!("{:?}", sent.row(Some(Sequence(7)))));
            assert_eq!(rows[0], rows[1]);
        }
    }
}
