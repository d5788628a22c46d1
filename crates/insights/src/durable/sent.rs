//! Events on their way into the storage and into what is computed of them.

use std::ops::Range;
use std::sync::OnceLock;

use mcp_insights_calls::{EventFact, Extractor, Facts, Translation};
use mcp_insights_events::{Collector, Event, Place, ReadSettings, Timestamp};
use mcp_insights_store::{NewEvent, Sequence};
use twox_hash::XxHash3_128;

use crate::durable::raw::place;

/// The events of a batch: what the storage takes, and, when that was found out, all that is known of each by itself.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    rows: Vec<Row>,
    /// The JSON of all events, one behind the other.
    json: Vec<u8>,
    /// Their ids and names, one behind the other.
    texts: String,
    /// One for each event, in order.
    facts: OnceLock<Facts>,
}

/// What the storage takes of an event, and what it is told apart by.
#[derive(Debug)]
struct Row {
    json: Range<usize>,
    identity: u128,
    event_id: Range<usize>,
    kind: Range<usize>,
    actor_id: Range<usize>,
    mcp_server_id: Option<Range<usize>>,
    session_id_hint: Option<Range<usize>>,
    tool_name: Option<Range<usize>>,
    started_at: Timestamp,
    duration_ms: Option<u64>,
    ok: Option<bool>,
    is_workflow: bool,
}

impl Sent {
    /// Events of which all is found out at once, and what was given with each; what is no event is left out.
    pub(crate) fn read<'j, T>(
        events: impl Iterator<Item = (T, &'j [u8])>,
        bounds: &ReadSettings,
        extractor: &Extractor,
    ) -> (Self, Vec<T>) {
        let (mut sent, mut parsed, mut given) = (Self::default(), Vec::new(), Vec::new());
        for (with, json) in events {
            if let Ok(event) = Event::parse(json, bounds) {
                sent.add(&event, json);
                parsed.push(event);
                given.push(with);
            }
        }
        sent.find_out(&parsed, extractor);
        (sent, given)
    }

    pub(crate) fn add(&mut self, event: &Event<'_>, json: &[u8]) {
        let begin = self.json.len();
        self.json.extend_from_slice(json);
        let texts = &mut self.texts;
        let mut text = |text: &str| {
            let begin = texts.len();
            texts.push_str(text);
            begin..texts.len()
        };
        self.rows.push(Row {
            json: begin..self.json.len(),
            identity: identity(event.mcp_server_id.as_deref(), &event.event_id),
            event_id: text(&event.event_id),
            kind: text(event.kind.name()),
            actor_id: text(&event.actor_id),
            mcp_server_id: event.mcp_server_id.as_deref().map(&mut text),
            session_id_hint: event.session_id_hint.as_deref().map(&mut text),
            tool_name: event.metadata.tool_name.as_deref().map(&mut text),
            started_at: event.started_at,
            duration_ms: event.duration_ms,
            ok: event.ok,
            is_workflow: event.is_workflow == Some(true),
        });
    }

    /// Finds out what is known of each event by itself, where that was not done before.
    pub(crate) fn find_out_later(&self, bounds: &ReadSettings, extractor: &Extractor) {
        if self.facts.get().is_none() {
            let events = self.iter().map(|event| Event::parse(event.json(), bounds));
            // All were events before.
            if let Ok(events) = events.collect::<Result<Vec<Event<'_>>, _>>() {
                self.find_out(&events, extractor);
            }
        }
    }

    /// Finds out what is known of each event by itself; `events` are those that were added.
    pub(crate) fn find_out(&self, events: &[Event<'_>], extractor: &Extractor) {
        self.facts.get_or_init(|| {
            let mut facts = extractor.begin();
            for (event, sent) in events.iter().zip(self.iter()) {
                // It is not known yet which record it will be.
                extractor.add(&mut facts, event, sent.json(), place(Sequence(0), sent.json()));
            }
            facts
        });
    }

    pub(crate) fn get(&self, index: usize) -> Option<SentEvent<'_>> {
        Some(SentEvent { all: self, index, row: self.rows.get(index)? })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = SentEvent<'_>> {
        let rows = self.rows.iter().enumerate();
        rows.map(|(index, row)| SentEvent { all: self, index, row })
    }
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SentEvent<'a> {
    all: &'a Sent,
    index: usize,
    row: &'a Row,
}

impl<'a> SentEvent<'a> {
    pub(crate) fn json(self) -> &'a [u8] {
        self.all.json.get(self.row.json.clone()).unwrap_or_default()
    }

    /// What it is told apart by.
    pub(crate) fn identity(self) -> u128 {
        self.row.identity
    }

    /// As the storage takes it.
    pub(crate) fn row(self, replaces: Option<Sequence>) -> NewEvent<'a> {
        let Self { all, row, .. } = self;
        let text = |range: &Range<usize>| all.texts.get(range.clone()).unwrap_or_default();
        NewEvent {
            json: self.json(),
            event_id: text(&row.event_id),
            kind: text(&row.kind),
            actor_id: text(&row.actor_id),
            mcp_server_id: row.mcp_server_id.as_ref().map(text),
            session_id_hint: row.session_id_hint.as_ref().map(text),
            tool_name: row.tool_name.as_ref().map(text),
            started_at: row.started_at,
            duration_ms: row.duration_ms,
            ok: row.ok,
            is_workflow: row.is_workflow,
            replaces,
        }
    }

    /// As it joins what is computed; none where nothing was [found out](Sent::find_out) of it.
    pub(crate) fn joining(self, sequence: Sequence) -> Option<Joining<'a>> {
        let facts = self.all.facts.get()?;
        Some(Joining { sequence, facts, fact: facts.events.get(self.index)? })
    }
}

/// An event that joins what is computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Joining<'a> {
    pub(crate) sequence: Sequence,
    /// Those of its batch.
    facts: &'a Facts,
    fact: &'a EventFact,
}

impl<'a> Joining<'a> {
    /// Puts all that is known of it into facts, as their last event. `texts` is of all events that were put there one after another.
    pub(crate) fn join(self, facts: &mut Facts, texts: &mut Translated<'a>) {
        let place = Place { offset: self.sequence.0, ..self.fact.place };
        facts.adopt(self.facts, &EventFact { place, ..*self.fact }, texts.of(self.facts));
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
    use super::*;

    #[test]
    fn the_storage_gets_what_an_event_says() {
        let full = r#"{"event_id":"e1","kind":"tool_call","actor_id":"ann","mcp_server_id":"shop","session_id_hint":"conv-1","ok":false,
            "started_at":"2026-01-31T08:00:00Z","duration_ms":1500,"is_workflow":true,"metadata":{"tool_name":"find"}}"#;
        let least = r#"{"event_id":"e2","kind":"later","started_at":"2026-01-31T08:00:00Z"}"#;
        let events = [full, least].into_iter().map(|json| ((), json.as_bytes()));
        let (sent, _) = Sent::read(events, &ReadSettings::default(), &Extractor::default());
        let rows: Vec<NewEvent<'_>> =
            sent.iter().map(|event| event.row(Some(Sequence(7)))).collect();
        let expected = NewEvent {
            json: full.as_bytes(),
            event_id: "e1",
            kind: "tool_call",
            actor_id: "ann",
            mcp_server_id: Some("shop"),
            session_id_hint: Some("conv-1"),
            tool_name: Some("find"),
            started_at: Timestamp::parse("2026-01-31T08:00:00Z").unwrap(),
            duration_ms: Some(1500),
            ok: Some(false),
            is_workflow: true,
            replaces: Some(Sequence(7)),
        };
        assert_eq!(format!("{:?}", rows[0]), format!("{expected:?}"));
        let expected = NewEvent {
            json: least.as_bytes(),
            event_id: "e2",
            kind: "later",
            actor_id: rows[1].actor_id,
            mcp_server_id: None,
            session_id_hint: None,
            tool_name: None,
            duration_ms: None,
            ok: None,
            is_workflow: false,
            ..expected
        };
        assert_eq!(format!("{:?}", rows[1]), format!("{expected:?}"));
    }

    #[test]
    fn what_is_found_out_later_is_the_same() {
        let json = r#"{"event_id":"e1","kind":"tool_call","started_at":"2026-01-31T08:00:00Z","metadata":{"tool_name":"find"}}"#;
        let (bounds, extractor) = (ReadSettings::default(), Extractor::default());
        let event = Event::parse(json.as_bytes(), &bounds).unwrap();
        let (mut now, mut later) = (Sent::default(), Sent::default());
        now.add(&event, json.as_bytes());
        now.find_out(std::slice::from_ref(&event), &extractor);
        later.add(&event, json.as_bytes());
        assert!(later.get(0).unwrap().joining(Sequence(3)).is_none());
        later.find_out_later(&bounds, &extractor);
        let facts = |sent: &Sent| format!("{:?}", sent.facts.get().unwrap());
        assert_eq!(facts(&now), facts(&later));
    }
}
