//! `GET /insights/sessions/{id}/trace`: one session in full, from its events read again.

use std::cmp::Reverse;

use hashbrown::HashMap;
use mcp_insights_api as api;
use mcp_insights_calls::{Extractor, FailureClass, MissKind, Observation, log_lines, observe};
use mcp_insights_events::{Collector, Event, JsonText, Kind, Place, fingerprint, value};
use mcp_insights_sessions::{Detail, Evidence, Flag, Session, detail};
use serde_json::{Map, Value};

use crate::engine::Engine;
use crate::error::Error;
use crate::snapshot::{Snapshot, rows};
use crate::view;

/// The trace of a session by its id.
pub(crate) fn trace(engine: &Engine, id: &str) -> Result<api::Trace, Error> {
    let snapshot = engine.snapshot();
    let not_found = || Error::NotFound { what: "session", id: id.to_owned() };
    let index = snapshot.find_session(id).ok_or_else(not_found)?;
    let session = snapshot.session(index).ok_or_else(not_found)?;
    let records = snapshot.sources.fetch(&places(snapshot, session))?;
    of_session(engine, index, session, &records)
}

/// Where the events of a session stand, in order.
pub(crate) fn places(snapshot: &Snapshot, session: &Session) -> Vec<Place> {
    rows(&snapshot.sessions.events, &session.events).iter().map(|event| event.place).collect()
}

/// The trace of a session whose records have been fetched, in order.
pub(crate) fn of_session(
    engine: &Engine,
    index: u32,
    session: &Session,
    records: &[Vec<u8>],
) -> Result<api::Trace, Error> {
    let snapshot = engine.snapshot();
    let changed = || Error::TraceChanged { id: session.id.to_string() };
    let members = rows(&snapshot.sessions.events, &session.events);
    let same = |(member, record): (&mcp_insights_sessions::MemberEvent, &Vec<u8>)| {
        member.fingerprint == fingerprint(record)
    };
    if records.len() != members.len() || !members.iter().zip(records).all(same) {
        return Err(changed());
    }
    let settings = &snapshot.options.read;
    let events: Vec<Event<'_>> = records
        .iter()
        .map(|record| Event::parse(record, settings))
        .collect::<Result<_, _>>()
        .map_err(|_| changed())?;
    let extractor = Extractor::new(snapshot.options.rules.clone());
    let mut facts = extractor.begin();
    for ((event, record), member) in events.iter().zip(records).zip(members) {
        extractor.add(&mut facts, event, record, member.place);
    }
    let detail = detail(&facts, &snapshot.sessions, &snapshot.options.sessions);
    let observed: Vec<Observation<'_>> =
        events.iter().map(|event| observe(event, &snapshot.options.rules)).collect();
    let session_view = view::session::session(engine, index, session);
    let parts = Parts { engine, session, events: &events, observed: &observed, detail: &detail };
    Ok(api::Trace {
        turns: parts.turns(),
        events: events.iter().zip(records).map(|(event, record)| native(event, record)).collect(),
        tool_calls: parts.calls(),
        searches: parts.searches(),
        capability_requests: parts.requests(),
        logs: parts.logs(),
        classifications: parts.classifications(&session_view),
        session: session_view,
    })
}

/// What the lists of a trace are made of.
struct Parts<'a> {
    engine: &'a Engine,
    session: &'a Session,
    events: &'a [Event<'a>],
    observed: &'a [Observation<'a>],
    detail: &'a Detail,
}

impl Parts<'_> {
    fn snapshot(&self) -> &Snapshot {
        self.engine.snapshot()
    }

    /// `<event_id>`, or `<event_id>#<n>` for the n-th entry of its `calls[]`.
    fn name(&self, evidence: Evidence) -> String {
        let id = self.events.get(evidence.event as usize).map_or("", |event| &event.event_id);
        match evidence.entry {
            Some(entry) => format!("{id}#{entry}"),
            None => id.to_owned(),
        }
    }

    fn turns(&self) -> Vec<api::TraceTurn> {
        let turns = rows(&self.snapshot().sessions.turns, &self.session.turns);
        let topics = rows(&self.snapshot().turn_topics, &self.session.turns);
        let members = |index: u32| {
            let of = self.events.iter().zip(&self.detail.turns);
            of.filter(move |(_, turn)| **turn == Some(index))
                .map(|(event, _)| event.event_id.to_string())
        };
        (0_u32..)
            .zip(turns.iter().zip(topics))
            .map(|(index, (turn, topic))| api::TraceTurn {
                index: index.into(),
                raw_intent: self.snapshot().owned(turn.raw_intent),
                topic_id: topic.and_then(|topic| self.engine.topic_id(topic)),
                declared_frustration: turn.declared_frustration,
                started_at: turn.started_at,
                event_ids: members(index).collect(),
            })
            .collect()
    }

    fn calls(&self) -> Vec<api::TraceCall> {
        let observed = self.events.iter().zip(self.observed);
        let calls = observed.flat_map(|(event, observation)| {
            observation.calls.iter().map(move |call| (event, call))
        });
        calls
            .zip(&self.detail.calls)
            .map(|((event, call), detail)| api::TraceCall {
                event_id: self.name(detail.call),
                turn: detail.turn.map(u64::from),
                tool_name: call.tool_name.as_deref().map(str::to_owned),
                ok: call.ok,
                silent_failure: call.silent_failure,
                error: call.error.as_deref().map(str::to_owned),
                failure_class: call.failure_class,
                started_at: event.started_at,
                duration_ms: call.duration_ms,
                agent_thinking: event.metadata.agent_thinking.as_deref().map(str::to_owned),
                input_preview: call.input.as_deref().map(str::to_owned),
                result_preview: call.result.as_ref().map(long_text),
                retry_of: detail.retry_of.map(|call| self.name(call)),
            })
            .collect()
    }

    fn searches(&self) -> Vec<api::TraceSearch> {
        let searches = rows(&self.snapshot().sessions.searches, &self.session.searches);
        let clusters = rows(&self.snapshot().search_clusters, &self.session.searches);
        let rows = searches.iter().zip(clusters).zip(&self.detail.searches);
        rows.map(|((search, cluster), detail)| {
            let in_cluster = cluster.filter(|_| search.miss == Some(MissKind::NoResults));
            api::TraceSearch {
                event_id: self.name(detail.at),
                turn: search.turn.map(u64::from),
                at: search.at,
                source: search.source,
                search_kind: search.kind,
                query: self.snapshot().text(search.query).to_owned(),
                result_count: search.result_count,
                failed: search.miss.is_some(),
                miss_kind: search.miss,
                abandoned: search.abandoned,
                cluster_id: in_cluster.and_then(|cluster| self.engine.cluster_id(cluster)),
            }
        })
        .collect()
    }

    fn requests(&self) -> Vec<api::TraceRequest> {
        let requests = rows(&self.snapshot().sessions.requests, &self.session.requests);
        let clusters = rows(&self.snapshot().request_clusters, &self.session.requests);
        let asking = self.events.iter().zip(self.observed);
        let asking = asking.filter(|(_, observation)| observation.request.is_some());
        asking
            .zip(requests.iter().zip(clusters))
            .map(|((event, _), (request, cluster))| api::TraceRequest {
                event_id: event.event_id.to_string(),
                turn: request.turn.map(u64::from),
                at: request.at,
                text: self.snapshot().owned(request.text),
                cluster_id: cluster.and_then(|cluster| self.engine.cluster_id(cluster)),
            })
            .collect()
    }

    fn logs(&self) -> Vec<api::TraceLog> {
        let lines = self.events.iter().flat_map(|event| {
            log_lines(event).into_iter().map(|line| api::TraceLog {
                event_id: event.event_id.to_string(),
                at: line.at,
                level: line.level.map(String::from),
                message: line.message.into(),
            })
        });
        lines.collect()
    }

    fn classifications(&self, session: &api::Session) -> api::Classifications {
        let reasons = self.detail.reasons.iter().map(|(reason, evidence)| api::ReasonEvidence {
            reason: *reason,
            event_ids: evidence.iter().map(|evidence| self.name(*evidence)).collect(),
        });
        let topics = self.snapshot().session_topics(self.session);
        let topics = topics.into_iter().filter_map(|topic| {
            Some(api::TraceTopic {
                id: self.engine.topic_id(topic)?,
                label: self.engine.topic_label(topic)?,
            })
        });
        api::Classifications {
            outcome: session.outcome,
            frustration: api::FrustrationDetail {
                score: session.frustration.score,
                level: session.frustration.level,
                reasons: reasons.collect(),
            },
            failure_classes: self.failure_classes(),
            topics: topics.collect(),
            unmet_demand: session.flags.contains(&Flag::UnmetDemand),
        }
    }

    fn failure_classes(&self) -> Vec<api::ClassCount> {
        let mut counts: HashMap<FailureClass, u64> = HashMap::new();
        for call in rows(&self.snapshot().sessions.calls, &self.session.calls) {
            if let Some(class) = call.failure_class {
                *counts.entry(class).or_default() += 1;
            }
        }
        let mut classes: Vec<api::ClassCount> =
            counts.into_iter().map(|(class, count)| api::ClassCount { class, count }).collect();
        classes.sort_unstable_by_key(|row| (Reverse(row.count), row.class.as_str()));
        classes
    }
}

/// The event under its native names; a field that it lacks is null, an unknown one stays as received.
fn native(event: &Event<'_>, record: &[u8]) -> api::TraceEvent {
    // It is UTF-8 and an object, or it would be no event.
    let received = value(&String::from_utf8_lossy(record));
    let Value::Object(mut received) = received else { return api::TraceEvent::default() };
    let metadata = match received.remove("metadata") {
        Some(Value::Object(metadata)) => metadata,
        _ => Map::new(),
    };
    for field in NATIVE_FIELDS {
        received.remove(*field);
    }
    let text = |text: &Option<std::borrow::Cow<'_, str>>| text.as_deref().map(str::to_owned);
    let entries = |entries: &[&str]| entries.iter().map(|entry| value(entry)).collect();
    let mut shown = api::TraceEvent {
        event_id: event.event_id.to_string(),
        kind: kind(&event.kind).to_owned(),
        mcp_server_id: text(&event.mcp_server_id),
        actor_id: event.actor_id.to_string(),
        session_id_hint: text(&event.session_id_hint),
        started_at: event.started_at,
        finished_at: event.finished_at,
        duration_ms: event.duration_ms,
        ok: event.ok,
        error: text(&event.error),
        is_workflow: event.is_workflow,
        workflow_run_id: text(&event.workflow_run_id),
        metadata,
        script_source: event.script_source.as_ref().map(long_text),
        script_source_truncated: event.script_source_truncated,
        result_preview: event.result_preview.as_ref().map(long_text),
        result_truncated: event.result_truncated,
        calls: entries(&event.calls),
        logs: entries(&event.logs),
        search_calls: entries(&event.search_calls),
        unknown: received,
    };
    if let Some(run) = &shown.workflow_run_id {
        shown.metadata.insert("workflow_run_id".to_owned(), Value::String(run.clone()));
    }
    shown
}

/// The fields of an event that a trace shows by themselves.
const NATIVE_FIELDS: &[&str] = &[
    "event_id",
    "kind",
    "mcp_server_id",
    "actor_id",
    "session_id_hint",
    "started_at",
    "finished_at",
    "duration_ms",
    "ok",
    "error",
    "is_workflow",
    "workflow_run_id",
    "script_source",
    "script_source_truncated",
    "result_preview",
    "result_truncated",
    "calls",
    "logs",
    "search_calls",
];

fn kind<'a>(kind: &'a Kind<'_>) -> &'a str {
    match kind {
        Kind::ToolCall => "tool_call",
        Kind::ExecuteScript => "execute_script",
        Kind::SessionInit => "session_init",
        Kind::ActorIdentity => "actor_identity",
        Kind::Other(name) => name,
    }
}

fn long_text(text: &JsonText<'_>) -> String {
    text.decode().into_owned()
}
