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
            let map = map.unwrap_or_default();
            let mut moved = Moved {
                // Every id of a part is in its table.
                text: |id: TextId| map.get(id.index()).copied().unwrap_or(id),
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

    /// Takes one event of other facts, with all that belongs to it, as the last one of these. `texts` knows which of their texts were
    /// met before; it is of these two only.
    pub fn adopt(&mut self, other: &Self, event: &EventFact, texts: &mut Translation) {
        let note = event.note.map(|note| match note {
            Note::Thinking(span) => Note::Thinking(self.notes.push(other.note(span))),
            Note::Names(span) => Note::Names(self.notes.push(other.note(span))),
        });
        let id = self.ids.push(other.id(event));
        let table = &mut self.texts;
        let text = |id| texts.get(id, |id| table.intern(other.texts.get(id)));
        // Columns are of other places, which are told below.
        let mut moved = Moved { text, ids: 0, notes: 0, calls: 0, arguments: 0, searches: 0 };
        let calls = other.calls.range(event.calls.range());
        let arguments = &mut self.arguments;
        let first_call = self.calls.append_together(calls.iter().map(|call| {
            let given = other.arguments.range(call.arguments.range());
            let start = narrow(arguments.append_together(given.iter().copied()));
            let arguments = Slice { start, ..call.arguments };
            CallFact { arguments, ..moved.call(*call) }
        }));
        let searches = other.searches.range(event.searches.range());
        let first_search =
            self.searches.append_together(searches.iter().map(|search| moved.search(*search)));
        self.events.push(EventFact {
            id,
            note,
            calls: Slice { start: narrow(first_call), ..event.calls },
            searches: Slice { start: narrow(first_search), ..event.searches },
            ..moved.event(*event)
        });
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

/// The ids that texts of some facts have in others, as far as they were asked for.
#[derive(Clone, Debug, Default)]
pub struct Translation(Vec<Option<TextId>>);

impl Translation {
    fn get(&mut self, id: TextId, translate: impl FnOnce(TextId) -> TextId) -> TextId {
        if self.0.len() <= id.index() {
            self.0.resize(id.index() + 1, None);
        }
        match self.0.get_mut(id.index()) {
            Some(known) => *known.get_or_insert_with(|| translate(id)),
            None => translate(id),
        }
    }
}

/// Where the columns of a part begin in the whole, and what its texts are there.
struct Moved<T> {
    text: T,
    ids: u64,
    notes: u64,
    calls: u32,
    arguments: u32,
    searches: u32,
}

impl<T: FnMut(TextId) -> TextId> Moved<T> {
    fn event(&mut self, event: EventFact) -> EventFact {
        let Self { text, ids, notes, calls, searches, .. } = self;
        let of_notes = |span: Span| Span { start: span.start + *notes, ..span };
        EventFact {
            id: Span { start: event.id.start + *ids, ..event.id },
            kind_name: text(event.kind_name),
            server: event.server.map(&mut *text),
            actor: text(event.actor),
            hint: event.hint.map(&mut *text),
            client_name: event.client_name.map(&mut *text),
            client_version: event.client_version.map(&mut *text),
            identifier: event.identifier.map(&mut *text),
            intent: event.intent.map(&mut *text),
            note: event.note.map(|note| match note {
                Note::Thinking(span) => Note::Thinking(of_notes(span)),
                Note::Names(span) => Note::Names(of_notes(span)),
            }),
            calls: moved(event.calls, *calls),
            searches: moved(event.searches, *searches),
            request: event.request.map(|request| RequestFact { text: request.text.map(text) }),
            ..event
        }
    }

    fn call(&mut self, call: CallFact) -> CallFact {
        CallFact {
            tool: call.tool.map(&mut self.text),
            failure_text: call.failure_text.map(&mut self.text),
            arguments: moved(call.arguments, self.arguments),
            ..call
        }
    }

    fn search(&mut self, search: SearchFact) -> SearchFact {
        SearchFact {
            tool: search.tool.map(&mut self.text),
            query: (self.text)(search.query),
            ..search
        }
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
