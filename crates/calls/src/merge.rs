//! Many facts into one.

use mcp_insights_events::TextId;

use crate::{Argument, CallFact, EventFact, Facts, Note, RequestFact, SearchFact, Slice, Span};

impl Facts {
    /// Takes the facts of other events.
    ///
    /// Which of two parts takes the other changes the ids of texts and the order of rows, never what they mean.
    pub fn merge(&mut self, other: Self) {
        let map = self.texts.absorb(&other.texts);
        self.take(other, Some(&map));
    }

    /// Takes the facts of other events, whose ids of texts a map makes ids of these, or already are. Rows stay where they
    /// are.
    pub(crate) fn take(&mut self, other: Self, map: Option<&[TextId]>) {
        let Self { texts: _, ids, notes, mut events, mut calls, arguments, mut searches } = other;
        if map.is_some() || !self.events.is_empty() {
            let moved = Moved {
                texts: map.unwrap_or_default(),
                ids: self.ids.len() as u64,
                notes: self.notes.len() as u64,
                calls: narrow(self.calls.len()),
                arguments: narrow(self.arguments.len()),
                searches: narrow(self.searches.len()),
            };
            events.update(|event| *event = moved.event(*event));
            calls.update(|call| *call = moved.call(*call));
            searches.update(|search| *search = moved.search(*search));
        }
        self.ids.append(ids);
        self.notes.append(notes);
        self.events.append(events);
        self.calls.append(calls);
        self.arguments.append(arguments);
        self.searches.append(searches);
    }

    /// Merges parts. The largest takes the rows of the others, which stay where they are.
    #[must_use]
    pub fn merge_all(mut parts: Vec<Self>) -> Self {
        let largest =
            (0..parts.len()).max_by_key(|part| parts.get(*part).map(|part| part.events.len()));
        let Some(largest) = largest else { return Self::default() };
        let mut whole = parts.swap_remove(largest);
        for part in parts {
            whole.merge(part);
        }
        whole
    }

    /// Lets go of the facts, texts included, but not of all the memory that they took.
    pub(crate) fn clear(&mut self) {
        let Self { texts, ids, notes, events, calls, arguments, searches } = self;
        *texts = Default::default();
        ids.clear();
        notes.clear();
        events.clear();
        calls.clear();
        arguments.clear();
        searches.clear();
    }

    /// Bytes that the facts take, texts aside.
    pub(crate) fn bytes(&self) -> usize {
        self.ids.len()
            + self.notes.len()
            + self.events.len() * size_of::<EventFact>()
            + self.calls.len() * size_of::<CallFact>()
            + self.arguments.len() * size_of::<Argument>()
            + self.searches.len() * size_of::<SearchFact>()
    }
}

/// Where the columns of a part begin in the whole.
struct Moved<'m> {
    texts: &'m [TextId],
    ids: u64,
    notes: u64,
    calls: u32,
    arguments: u32,
    searches: u32,
}

impl Moved<'_> {
    fn event(&self, event: EventFact) -> EventFact {
        let notes = |span: Span| Span { start: span.start + self.notes, ..span };
        EventFact {
            id: Span { start: event.id.start + self.ids, ..event.id },
            kind_name: self.text(event.kind_name),
            server: event.server.map(|text| self.text(text)),
            actor: self.text(event.actor),
            hint: event.hint.map(|text| self.text(text)),
            client_name: event.client_name.map(|text| self.text(text)),
            client_version: event.client_version.map(|text| self.text(text)),
            identifier: event.identifier.map(|text| self.text(text)),
            intent: event.intent.map(|text| self.text(text)),
            note: event.note.map(|note| match note {
                Note::Thinking(span) => Note::Thinking(notes(span)),
                Note::Names(span) => Note::Names(notes(span)),
            }),
            calls: moved(event.calls, self.calls),
            searches: moved(event.searches, self.searches),
            request: event
                .request
                .map(|request| RequestFact { text: request.text.map(|text| self.text(text)) }),
            ..event
        }
    }

    fn call(&self, call: CallFact) -> CallFact {
        CallFact {
            tool: call.tool.map(|text| self.text(text)),
            failure_text: call.failure_text.map(|text| self.text(text)),
            arguments: moved(call.arguments, self.arguments),
            ..call
        }
    }

    fn search(&self, search: SearchFact) -> SearchFact {
        SearchFact {
            tool: search.tool.map(|text| self.text(text)),
            query: self.text(search.query),
            ..search
        }
    }

    /// Every id of a part is in its table.
    fn text(&self, id: TextId) -> TextId {
        self.texts.get(id.index()).copied().unwrap_or(id)
    }
}

fn moved(slice: Slice, by: u32) -> Slice {
    Slice { start: slice.start.saturating_add(by), ..slice }
}

fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
