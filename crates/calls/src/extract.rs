//! From events to [`Facts`].

use std::cell::RefCell;

use mcp_insights_events::{Collector, Event, Kind, Place, TextId, fingerprint};
use mcp_insights_text::{fold_error, name_words};
use nonmax::NonMaxU64;

use crate::inputs::{Digest, Input};
use crate::memo::Memo;
use crate::observe::{has_secret_in, read};
use crate::{
    CallFact, EventFact, EventKind, Facts, Note, RequestFact, Rules, Search, SearchFact, Slice,
    ToolCall,
};

/// Collects the [`Facts`] of events, one part for each stretch of input.
///
/// An event costs a few microseconds and, beyond its own texts, some 150 bytes, and 100 more for each call.
#[derive(Clone, Debug, Default)]
pub struct Extractor {
    rules: Rules,
}

impl Extractor {
    /// One that reads events by these rules.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self { rules }
    }

    /// What an intent may be inferred from, should the session declare none.
    fn note(&self, facts: &mut Facts, event: &Event<'_>, calls: &[ToolCall<'_>]) -> Option<Note> {
        if !event.is_work() || event.metadata.user_intent.is_some() {
            return None;
        }
        if let Some(thinking) = event.metadata.agent_thinking.as_deref() {
            return Some(Note::Thinking(facts.notes.push(self.analysed(thinking))));
        }
        let mut words = String::new();
        for call in calls {
            add_words(&mut words, call.tool_name.as_deref(), call.input.as_deref());
        }
        if calls.is_empty() {
            let metadata = &event.metadata;
            add_words(&mut words, metadata.tool_name.as_deref(), metadata.input_preview.as_deref());
        }
        let words = self.analysed(&words);
        (!words.is_empty()).then(|| Note::Names(facts.notes.push(words)))
    }

    fn analysed<'t>(&self, text: &'t str) -> &'t str {
        // A character is at least a byte, so most texts need no count.
        if text.len() <= self.rules.analysed_chars {
            return text;
        }
        let end =
            text.char_indices().nth(self.rules.analysed_chars).map_or(text.len(), |(end, _)| end);
        text.get(..end).unwrap_or(text)
    }
}

impl Collector for Extractor {
    type Part = Facts;

    fn begin(&self) -> Facts {
        Facts::default()
    }

    fn add(&self, facts: &mut Facts, event: &Event<'_>, raw: &[u8], place: Place) {
        let reading = read(event, &self.rules);
        let observation = reading.observation;
        let note = self.note(facts, event, &observation.calls);
        let calls = facts.add_calls(&observation.calls, &reading.digests);
        let tool = event.metadata.tool_name.as_deref();
        let searches = facts.add_searches(&observation.searches, calls, tool);
        let request = observation.request.map(|request| RequestFact {
            text: request.text.map(|text| facts.texts.intern(&text)),
        });
        let metadata = &event.metadata;
        let identifier =
            metadata.identifier.as_deref().filter(|_| event.kind == Kind::ActorIdentity);
        // The event before is mostly of the same session, or at least of the same kind.
        let last = facts.events.last();
        let texts = &mut facts.texts;
        let mut again = |text: Option<&str>, id: fn(&EventFact) -> Option<TextId>| {
            text.map(|text| texts.intern_again(text, last.and_then(id)))
        };
        let fact = EventFact {
            place,
            fingerprint: fingerprint(raw),
            id: facts.ids.push(&event.event_id),
            started_at: event.started_at,
            ended_at: event.end(),
            server: again(event.mcp_server_id.as_deref(), |last| last.server),
            hint: again(event.session_id_hint.as_deref(), |last| last.hint),
            client_name: again(metadata.client_name.as_deref(), |last| last.client_name),
            client_version: again(metadata.client_version.as_deref(), |last| last.client_version),
            intent: again(metadata.user_intent.as_deref(), |last| last.intent),
            identifier: identifier.map(|text| texts.intern(text)),
            kind_name: texts.intern_again(event.kind.name(), last.map(|last| last.kind_name)),
            actor: texts.intern_again(&event.actor_id, last.map(|last| last.actor)),
            kind: kind(event),
            note,
            frustration: metadata.user_frustration,
            ok: event.ok,
            reported_failure: event.reports_failure(),
            is_work: event.is_work(),
            is_workflow: event.is_workflow == Some(true),
            has_secret: has_secret_in(raw),
            calls,
            searches,
            request,
        };
        facts.events.push(fact);
    }
}

impl Facts {
    fn add_calls(&mut self, calls: &[ToolCall<'_>], digests: &[Digest]) -> Slice {
        let Self { texts, arguments, .. } = self;
        let start = self.calls.append_together(calls.iter().zip(digests).map(|(call, digest)| {
            let first = arguments.append_together(digest.arguments.iter().copied());
            let failure_text = call.failure_text.as_deref().and_then(|text| {
                folded(text, |folded| (!folded.is_empty()).then(|| texts.intern(folded)))
            });
            CallFact {
                entry: call.entry,
                tool: call.tool_name.as_deref().map(|name| texts.intern(name)),
                ok: call.ok,
                reported_failure: call.reported_failure,
                silent_failure: call.silent_failure,
                failure_class: call.failure_class,
                failure_text,
                duration_ms: call.duration_ms.and_then(NonMaxU64::new),
                arguments: slice(first, digest.arguments.len()),
                input: digest.input,
                is_search: call.is_search,
                looks_for_tool: call.looks_for_tool,
            }
        }));
        slice(start, calls.len())
    }

    fn add_searches(&mut self, searches: &[Search<'_>], calls: Slice, tool: Option<&str>) -> Slice {
        let Self { texts, .. } = self;
        let calls = self.calls.range(calls.range());
        let start = self.searches.append_together(searches.iter().map(|search| {
            let caller = search.call.and_then(|call| calls.get(call as usize));
            SearchFact {
                source: search.source,
                kind: search.kind,
                call: search.call,
                tool: match caller {
                    Some(caller) => caller.tool,
                    None => tool.map(|name| texts.intern(name)),
                },
                query: texts.intern(&search.query),
                result_count: search.result_count,
                miss: search.miss,
            }
        }));
        slice(start, searches.len())
    }
}

/// Folding an error takes longer than all else about its event, and most errors have been seen before.
fn folded<R>(text: &str, then: impl FnOnce(&str) -> R) -> R {
    thread_local! {
        static FOLDED: RefCell<Memo<String>> = RefCell::default();
    }
    FOLDED.with_borrow_mut(|known| then(known.get(text, fold_error)))
}

/// Words of a tool's name and of the names of its arguments, which are sorted: clients order them as they like.
fn add_words(words: &mut String, tool: Option<&str>, input: Option<&str>) {
    tool.into_iter().for_each(|tool| add_name(words, tool));
    let input = Input::read(input.unwrap_or(""), false);
    let mut names: Vec<&str> = input.object().map_or_else(Vec::new, |arguments| {
        arguments.members.iter().map(|(name, _)| name.as_ref()).collect()
    });
    names.sort_unstable();
    names.dedup();
    names.into_iter().for_each(|name| add_name(words, name));
}

/// Words of a name, of which most have been seen before.
fn add_name(words: &mut String, name: &str) {
    thread_local! {
        static WORDS: RefCell<Memo<String>> = RefCell::default();
    }
    WORDS.with_borrow_mut(|known| {
        let name = known.get(name, |name| name_words(name).join(" "));
        if !words.is_empty() && !name.is_empty() {
            words.push(' ');
        }
        words.push_str(name);
    });
}

fn kind(event: &Event<'_>) -> EventKind {
    match event.kind {
        Kind::SessionInit => EventKind::SessionInit,
        Kind::ActorIdentity => EventKind::ActorIdentity,
        _ if event.metadata.user_intent.is_some() => EventKind::DeclaresIntent,
        _ => EventKind::Other,
    }
}

/// Columns end far below 2^32 rows: each takes several bytes of memory.
fn slice(start: usize, length: usize) -> Slice {
    let narrow = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Slice { start: narrow(start), length: narrow(length) }
}
