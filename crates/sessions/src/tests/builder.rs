//! Facts made by hand.

use mcp_insights_calls::{
    Argument, CallFact, EventFact, EventKind, Facts, FailureClass, MissKind, Note, RequestFact,
    Rows, SearchFact, SearchKind, SearchSource, Slice,
};
use mcp_insights_events::{DeclaredFrustration, Place, TextId, TextTable, Timestamp};
use nonmax::NonMaxU64;

/// 2026-01-01T00:00:00Z, from which the seconds of tests count.
pub(crate) const EPOCH: i64 = 1_767_225_600_000_000;
pub(crate) const SECOND: i64 = 1_000_000;

/// An event to be.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) id: String,
    pub(crate) at: i64,
    pub(crate) lasts: i64,
    pub(crate) kind: &'static str,
    pub(crate) server: Option<&'static str>,
    pub(crate) actor: &'static str,
    pub(crate) hint: Option<&'static str>,
    pub(crate) client: Option<(&'static str, Option<&'static str>)>,
    pub(crate) identifier: Option<&'static str>,
    pub(crate) intent: Option<&'static str>,
    pub(crate) thinking: Option<&'static str>,
    pub(crate) names: Option<&'static str>,
    pub(crate) frustration: Option<DeclaredFrustration>,
    pub(crate) ok: Option<bool>,
    pub(crate) is_workflow: bool,
    pub(crate) has_secret: bool,
    pub(crate) calls: Vec<MadeCall>,
    pub(crate) searches: Vec<MadeSearch>,
    pub(crate) request: Option<&'static str>,
}

/// A call to be.
#[derive(Clone, Debug)]
pub(crate) struct MadeCall {
    pub(crate) entry: Option<u32>,
    pub(crate) tool: Option<&'static str>,
    pub(crate) ok: Option<bool>,
    pub(crate) class: Option<FailureClass>,
    pub(crate) silent: bool,
    /// None where the input was cut.
    pub(crate) input: Option<Vec<(&'static str, &'static str)>>,
    pub(crate) is_search: bool,
    pub(crate) looks_for_tool: bool,
}

/// A search to be.
#[derive(Clone, Debug)]
pub(crate) struct MadeSearch {
    pub(crate) query: &'static str,
    pub(crate) kind: SearchKind,
    pub(crate) count: Option<u64>,
    pub(crate) miss: Option<MissKind>,
    pub(crate) call: Option<u32>,
    pub(crate) tool: Option<&'static str>,
}

/// An event of a kind, so many seconds after [`EPOCH`].
pub(crate) fn event(kind: &'static str, at: i64) -> Made {
    Made {
        id: format!("{kind}-{at}"),
        at,
        lasts: 0,
        kind,
        server: None,
        actor: "ann",
        hint: Some("c-1"),
        client: None,
        identifier: None,
        intent: None,
        thinking: None,
        names: None,
        frustration: None,
        ok: Some(true),
        is_workflow: false,
        has_secret: false,
        calls: Vec::new(),
        searches: Vec::new(),
        request: None,
    }
}

/// A `tool_call` that worked.
pub(crate) fn call(tool: &'static str, at: i64) -> Made {
    let mut made = event("tool_call", at);
    made.calls.push(MadeCall {
        entry: None,
        tool: Some(tool),
        ok: Some(true),
        class: None,
        silent: false,
        input: Some(vec![("id", "1")]),
        is_search: false,
        looks_for_tool: false,
    });
    made
}

/// A discovery search with so many results.
pub(crate) fn search(query: &'static str, count: u64, at: i64) -> Made {
    let mut made = call("search_docs", at);
    made.calls[0].is_search = true;
    made.calls[0].input = Some(vec![("query", query)]);
    made.searches.push(MadeSearch {
        query,
        kind: SearchKind::Discovery,
        count: Some(count),
        miss: (count == 0).then_some(MissKind::NoResults),
        call: Some(0),
        tool: Some("search_docs"),
    });
    made
}

/// A capability request.
pub(crate) fn request(text: &'static str, at: i64) -> Made {
    let mut made = event("tool_call", at);
    made.request = Some(text);
    made
}

/// An `execute_script` with entries of these tools.
pub(crate) fn script(tools: &[&'static str], at: i64) -> Made {
    let mut made = event("execute_script", at);
    for (entry, tool) in (0..).zip(tools) {
        let mut one = call(tool, at).calls.remove(0);
        one.entry = Some(entry);
        made.calls.push(one);
    }
    made
}

impl Made {
    pub(crate) fn lasting(mut self, seconds: i64) -> Self {
        self.lasts = seconds;
        self
    }

    pub(crate) fn of(mut self, actor: &'static str, hint: Option<&'static str>) -> Self {
        (self.actor, self.hint) = (actor, hint);
        self
    }

    pub(crate) fn on(mut self, server: &'static str) -> Self {
        self.server = Some(server);
        self
    }

    pub(crate) fn named(mut self, id: &str) -> Self {
        self.id = id.to_owned();
        self
    }

    pub(crate) fn wants(mut self, intent: &'static str) -> Self {
        self.intent = Some(intent);
        self
    }

    pub(crate) fn declares(mut self, frustration: DeclaredFrustration) -> Self {
        self.frustration = Some(frustration);
        self
    }

    /// Its calls failed, as reported.
    pub(crate) fn failing(mut self, class: FailureClass) -> Self {
        self.ok = Some(false);
        for call in &mut self.calls {
            (call.ok, call.class) = (Some(false), Some(class));
        }
        self
    }

    /// Its calls failed silently.
    pub(crate) fn silently_failing(mut self) -> Self {
        for call in &mut self.calls {
            (call.silent, call.class) = (true, Some(FailureClass::InternalError));
        }
        self
    }

    pub(crate) fn with(mut self, input: &[(&'static str, &'static str)]) -> Self {
        for call in &mut self.calls {
            call.input = Some(input.to_vec());
        }
        self
    }

    pub(crate) fn cut(mut self) -> Self {
        for call in &mut self.calls {
            call.input = None;
        }
        self
    }

    pub(crate) fn content(mut self) -> Self {
        for search in &mut self.searches {
            search.kind = SearchKind::Content;
        }
        self
    }

    pub(crate) fn synthetic(mut self) -> Self {
        self.is_workflow = true;
        self
    }
}

/// The facts of events.
pub(crate) fn facts<'a>(events: impl IntoIterator<Item = &'a Made>) -> Facts {
    let mut facts = Facts::default();
    for event in events {
        add(&mut facts, event);
    }
    facts
}

fn add(facts: &mut Facts, made: &Made) {
    let calls: Vec<CallFact> = made.calls.iter().map(|call| call_of(facts, made, call)).collect();
    let searches: Vec<SearchFact> = made
        .searches
        .iter()
        .map(|search| SearchFact {
            source: SearchSource::ToolCall,
            kind: search.kind,
            call: search.call,
            tool: intern(&mut facts.texts, search.tool),
            query: facts.texts.intern(search.query),
            result_count: search.count,
            miss: search.miss,
        })
        .collect();
    let calls = together(&mut facts.calls, calls);
    let searches = together(&mut facts.searches, searches);
    let id = facts.ids.push(&made.id);
    let note = if made.intent.is_some() {
        None
    } else if let Some(thinking) = made.thinking {
        Some(Note::Thinking(facts.notes.push(thinking)))
    } else {
        made.names.map(|names| Note::Names(facts.notes.push(names)))
    };
    let started_at = time(made.at);
    let is_work = !matches!(made.kind, "session_init" | "actor_identity" | "ping");
    let kind = match made.kind {
        "session_init" => EventKind::SessionInit,
        "actor_identity" => EventKind::ActorIdentity,
        _ if made.intent.is_some() => EventKind::DeclaresIntent,
        _ => EventKind::Other,
    };
    let texts = &mut facts.texts;
    let event = EventFact {
        place: Place { source: 0, length: 1, offset: hash(&made.id) },
        fingerprint: hash(&made.id),
        id,
        started_at,
        ended_at: started_at.plus_micros(made.lasts * SECOND),
        kind_name: texts.intern(made.kind),
        kind,
        server: intern(texts, made.server),
        actor: texts.intern(made.actor),
        hint: intern(texts, made.hint),
        client_name: intern(texts, made.client.map(|(name, _)| name)),
        client_version: intern(texts, made.client.and_then(|(_, version)| version)),
        identifier: intern(texts, made.identifier),
        intent: intern(texts, made.intent),
        note,
        frustration: made.frustration,
        ok: made.ok,
        reported_failure: made.ok == Some(false),
        is_work,
        is_workflow: made.is_workflow,
        has_secret: made.has_secret,
        calls,
        searches,
        request: made.request.map(|text| RequestFact { text: Some(texts.intern(text)) }),
    };
    facts.events.push(event);
}

/// An instant so many seconds after [`EPOCH`].
pub(crate) fn time(seconds: i64) -> Timestamp {
    Timestamp::from_micros(EPOCH + seconds * SECOND)
}

fn call_of(facts: &mut Facts, made: &Made, call: &MadeCall) -> CallFact {
    let mut named: Vec<Argument> = call
        .input
        .iter()
        .flatten()
        .map(|(name, value)| Argument { name: hash(name), value: hash(value) })
        .collect();
    named.sort_unstable();
    let input = call.input.as_ref().map(|_| hash(&format!("{named:?}")));
    CallFact {
        entry: call.entry,
        tool: intern(&mut facts.texts, call.tool),
        ok: call.ok,
        reported_failure: call.ok == Some(false),
        silent_failure: call.silent,
        failure_class: call.class,
        failure_text: None,
        duration_ms: u64::try_from(made.lasts * 1000).ok().and_then(NonMaxU64::new),
        arguments: together(&mut facts.arguments, named),
        input,
        is_search: call.is_search,
        looks_for_tool: call.looks_for_tool,
    }
}

fn intern(texts: &mut TextTable, text: Option<&str>) -> Option<TextId> {
    text.map(|text| texts.intern(text))
}

fn together<T>(column: &mut Rows<T>, rows: Vec<T>) -> Slice {
    let length = u32::try_from(rows.len()).unwrap();
    Slice { start: u32::try_from(column.append_together(rows.into_iter())).unwrap(), length }
}

fn hash(text: &str) -> u64 {
    twox_hash::xxhash3_64::Hasher::oneshot(text.as_bytes())
}
