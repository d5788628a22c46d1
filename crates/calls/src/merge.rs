//! Many facts into one.

use mcp_insights_events::TextId;

use crate::{CallFact, EventFact, Facts, Note, RequestFact, SearchFact, Slice, Span};

impl Facts {
    /// Takes the facts of other events.
    ///
    /// Which of two parts takes the other changes the ids of texts and the order of rows, never what they mean.
    pub fn merge(&mut self, other: Self) {
        let Self { texts, ids, notes, events, calls, arguments, searches } = other;
        let map = self.texts.absorb(&texts);
        drop(texts);
        let moved = Moved {
            texts: &map,
            ids: self.ids.len() as u64,
            notes: self.notes.len() as u64,
            calls: narrow(self.calls.len()),
            arguments: narrow(self.arguments.len()),
            searches: narrow(self.searches.len()),
        };
        // Most of the time goes into memory that is touched for the first time, which threads share out.
        rayon::join(
            || self.events.extend(events.into_iter().map(|event| moved.event(event))),
            || {
                self.calls.extend(calls.into_iter().map(|call| moved.call(call)));
                self.searches.extend(searches.into_iter().map(|search| moved.search(search)));
                self.arguments.extend(arguments);
                self.ids.push_str(&ids);
                self.notes.push_str(&notes);
            },
        );
    }

    /// Merges parts. The largest takes the others, each of which is dropped as it is taken, so that little is moved and
    /// the whole takes little more memory than the parts.
    #[must_use]
    pub fn merge_all(mut parts: Vec<Self>) -> Self {
        let largest =
            (0..parts.len()).max_by_key(|part| parts.get(*part).map(|part| part.events.len()));
        let Some(largest) = largest else { return Self::default() };
        let mut whole = parts.swap_remove(largest);
        let total = |length: fn(&Self) -> usize| parts.iter().map(length).sum();
        whole.ids.reserve_exact(total(|part| part.ids.len()));
        whole.notes.reserve_exact(total(|part| part.notes.len()));
        whole.events.reserve_exact(total(|part| part.events.len()));
        whole.calls.reserve_exact(total(|part| part.calls.len()));
        whole.arguments.reserve_exact(total(|part| part.arguments.len()));
        whole.searches.reserve_exact(total(|part| part.searches.len()));
        for part in parts {
            whole.merge(part);
        }
        whole
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
