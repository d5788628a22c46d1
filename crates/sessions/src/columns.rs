//! The columns of a stretch of sessions, and how stretches join.

use std::ops::Range;

use hashbrown::HashMap;
use mcp_insights_calls::{EventFact, EventKind, Facts};
use mcp_insights_events::{TextId, TextTable};
use serde::{Deserialize, Serialize};

use crate::analysis::{Findings, Verdict};
use crate::conversation::{Conversation, narrow};
use crate::grouping::Draft;
use crate::{Call, Frustration, MemberEvent, Request, Search, Session, Sessions, Turn, clients};

/// The sessions of a stretch; ranges count from its start, and texts that are new still stand as such.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Columns {
    pub(crate) sessions: Vec<Session>,
    pub(crate) turns: Vec<Turn>,
    pub(crate) events: Vec<MemberEvent>,
    pub(crate) calls: Vec<Call>,
    pub(crate) searches: Vec<Search>,
    pub(crate) requests: Vec<Request>,
    /// The folded intents of inferred turns.
    #[serde(skip)]
    inferred: Vec<(u32, String)>,
    /// The hints of sessions whose events name no client.
    #[serde(skip)]
    unnamed: Vec<(u32, TextId)>,
}

impl Columns {
    /// Without rows, but with room for those of some drafts, as far as facts tell how many there will be: a column that grows is
    /// copied several times over.
    pub(crate) fn with_room_for(drafts: &[Draft], facts: &Facts) -> Self {
        let events: usize = drafts.iter().map(|draft| draft.events.len()).sum();
        // Sessions of one share have about as many calls an event.
        let likely = |of_all: usize| {
            let share = of_all.saturating_mul(events) / facts.events.len().max(1);
            (share + share / 8).min(of_all)
        };
        Self {
            sessions: Vec::with_capacity(drafts.len()),
            events: Vec::with_capacity(events),
            calls: Vec::with_capacity(likely(facts.calls.len())),
            searches: Vec::with_capacity(likely(facts.searches.len())),
            ..Self::default()
        }
    }

    /// Appends a session. `folded` holds the folded text of each class of intents.
    pub(crate) fn push(
        &mut self,
        draft: &mut Draft,
        conversation: &mut Conversation<'_>,
        findings: &Findings,
        verdict: Verdict,
        frustration: Frustration,
        folded: &[TextId],
    ) {
        if let Some(text) = conversation.inferred.take() {
            self.inferred.push((narrow(self.turns.len()), text));
        }
        let turns = extend(
            &mut self.turns,
            conversation.turns.iter().map(|turn| Turn {
                raw_intent: turn.raw,
                folded_intent: turn.class.and_then(|class| folded.get(class as usize).copied()),
                started_at: turn.started_at,
                declared_frustration: turn.frustration,
            }),
        );
        let events = extend(
            &mut self.events,
            conversation.events.iter().map(|event| MemberEvent {
                place: event.place,
                fingerprint: event.fingerprint,
                started_at: event.started_at,
            }),
        );
        let calls = extend(
            &mut self.calls,
            conversation.steps.iter().map(|step| Call {
                started_at: step.happened.started_at,
                turn: step.turn,
                tool: step.fact.tool,
                ok: step.fact.ok,
                reported_failure: step.fact.reported_failure,
                silent_failure: step.fact.silent_failure,
                failure_class: step.fact.failure_class,
                failure_text: step.fact.failure_text,
                duration_ms: step.fact.duration_ms,
                looks_for_tool: step.fact.looks_for_tool,
            }),
        );
        let searches = extend(
            &mut self.searches,
            conversation.looks.iter().zip(&findings.abandoned).map(|(look, abandoned)| Search {
                at: look.happened.started_at,
                turn: look.turn,
                source: look.fact.source,
                kind: look.fact.kind,
                tool: look.fact.tool,
                query: look.fact.query,
                result_count: look.fact.result_count,
                miss: look.fact.miss,
                abandoned: *abandoned,
            }),
        );
        let requests = extend(
            &mut self.requests,
            conversation.requests.iter().map(|asked| Request {
                at: asked.at,
                turn: asked.turn,
                text: asked.text,
            }),
        );
        let work = || conversation.work().map(|(_, event)| event);
        let count =
            |wanted: fn(&EventFact) -> bool| narrow(work().filter(|event| wanted(event)).count());
        let (client_name, client_version) = client(conversation).unzip();
        if let (None, Some(hint)) = (client_name, draft.hint) {
            self.unnamed.push((narrow(self.sessions.len()), hint));
        }
        self.sessions.push(Session {
            id: std::mem::take(&mut draft.id),
            server: draft.server,
            key: std::mem::take(&mut draft.key),
            actor: draft.actor,
            group: draft.group,
            client_name,
            client_version: client_version.flatten(),
            started_at: draft.started_at,
            ended_at: draft.ended_at,
            intent_source: conversation.source,
            event_count: count(|_| true),
            ok_count: count(|event| event.ok == Some(true) && !event.reported_failure),
            error_count: count(|event| event.reported_failure),
            frustration,
            outcome: verdict.outcome,
            flags: verdict.flags,
            is_workflow: draft.is_workflow,
            turns,
            events,
            calls,
            searches,
            requests,
        });
    }
}

impl Columns {
    /// Gives back the room for growth, which over all stretches is as much as the rows.
    pub(crate) fn shrink(&mut self) {
        self.sessions.shrink_to_fit();
        self.turns.shrink_to_fit();
        self.events.shrink_to_fit();
        self.calls.shrink_to_fit();
        self.searches.shrink_to_fit();
        self.requests.shrink_to_fit();
    }
}

/// Name, as received, and version of the client: of the first call that names one, else of a `session_init`.
fn client(session: &Conversation<'_>) -> Option<(TextId, Option<TextId>)> {
    let named = |event: &EventFact| Some((event.client_name?, event.client_version));
    let mut openings = session.events.iter().filter(|event| event.kind == EventKind::SessionInit);
    session
        .work()
        .find_map(|(_, event)| named(event))
        .or_else(|| openings.find_map(|event| named(event)))
}

/// Puts stretches together; `texts` is the table of the facts that they were made of.
pub(crate) fn join(mut stretches: Vec<Columns>, mut texts: TextTable) -> Sessions {
    let mut harnesses: HashMap<TextId, TextId> = HashMap::new();
    for stretch in &mut stretches {
        for (turn, text) in &stretch.inferred {
            let folded = texts.intern(text);
            if let Some(turn) = stretch.turns.get_mut(*turn as usize) {
                turn.folded_intent = Some(folded);
            }
        }
        for session in &mut stretch.sessions {
            session.client_name = session
                .client_name
                .map(|name| *harnesses.entry(name).or_insert_with(|| harness(name, &mut texts)));
        }
        for (session, hint) in &stretch.unnamed {
            let hint = texts.get(*hint);
            let Some((name, version)) = clients::of_stateless_id(hint) else {
                continue;
            };
            let (name, version) = (clients::normalized(name).to_owned(), version.to_owned());
            if let Some(session) = stretch.sessions.get_mut(*session as usize) {
                session.client_name = Some(texts.intern(&name));
                session.client_version = Some(texts.intern(&version));
            }
        }
    }
    Sessions { texts, ..concatenate(stretches) }.in_order()
}

/// Puts stretches together, in order. No row is moved: what was written once stays where it is.
pub(crate) fn concatenate(mut stretches: Vec<Columns>) -> Sessions {
    let mut before = [0; 5];
    for stretch in &mut stretches {
        let [turns, events, calls, searches, requests] = before;
        for session in &mut stretch.sessions {
            shift(&mut session.turns, turns);
            shift(&mut session.events, events);
            shift(&mut session.calls, calls);
            shift(&mut session.searches, searches);
            shift(&mut session.requests, requests);
        }
        before = [
            turns + stretch.turns.len(),
            events + stretch.events.len(),
            calls + stretch.calls.len(),
            searches + stretch.searches.len(),
            requests + stretch.requests.len(),
        ];
    }
    let mut whole = Sessions::default();
    for Columns { sessions, turns, events, calls, searches, requests, .. } in stretches {
        whole.sessions.push_stretch(sessions);
        whole.turns.push_stretch(turns);
        whole.events.push_stretch(events);
        whole.calls.push_stretch(calls);
        whole.searches.push_stretch(searches);
        whole.requests.push_stretch(requests);
    }
    whole.all_live()
}

fn harness(received: TextId, texts: &mut TextTable) -> TextId {
    let name = clients::normalized(texts.get(received)).to_owned();
    texts.intern(&name)
}

pub(crate) fn extend<T>(column: &mut Vec<T>, rows: impl Iterator<Item = T>) -> Range<u32> {
    let start = narrow(column.len());
    column.extend(rows);
    start..narrow(column.len())
}

fn shift(range: &mut Range<u32>, by: usize) {
    let by = narrow(by);
    *range = range.start.saturating_add(by)..range.end.saturating_add(by);
}
