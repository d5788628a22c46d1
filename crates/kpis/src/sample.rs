//! Data sets for the tests: sessions written in a few words, and random ones.

use mcp_insights_calls::{FailureClass, MissKind, SearchKind, SearchSource};
use mcp_insights_events::{Place, TextId, Timestamp};
use mcp_insights_sessions::{
    Call, Flags, Frustration, Group, IntentSource, MemberEvent, Outcome, Reasons, Request, Search,
    Session, Sessions, Turn, UnattachedEvent,
};
use nonmax::NonMaxU64;
use proptest::prelude::*;

const MINUTE_MICROS: i64 = 60_000_000;

/// Every test's now; times are minutes from it.
pub(crate) fn now() -> Timestamp {
    Timestamp::parse("2026-03-01T10:30:00Z").unwrap()
}

pub(crate) fn at(minutes: i64) -> Timestamp {
    now().plus_micros(minutes * MINUTE_MICROS)
}

pub(crate) const DAY: i64 = 24 * 60;

/// What happens in a session at a minute.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// A call: tool, milliseconds.
    Works(&'static str, u64),
    /// A call that fails openly: tool, class, text.
    Fails(&'static str, FailureClass, &'static str),
    /// A call that fails silently, with neither duration nor text.
    FailsSilently(&'static str),
    /// A search that found so many things, if that is known.
    Searches(Option<u64>),
    /// A search that broke.
    SearchBreaks,
    /// A capability request.
    Asks,
}

/// A session in a few words.
#[derive(Clone, Debug)]
pub(crate) struct Sketched {
    pub(crate) server: &'static str,
    pub(crate) actor: &'static str,
    pub(crate) client: Option<&'static str>,
    /// A `session_init` so many minutes before the first step.
    pub(crate) init_before: Option<i64>,
    /// Minute and what happens, ordered; the first is the session's start.
    pub(crate) steps: Vec<(i64, Step)>,
    pub(crate) outcome: Outcome,
    pub(crate) intent: IntentSource,
    pub(crate) score: u16,
    pub(crate) synthetic: bool,
    pub(crate) repeats: bool,
}

impl Sketched {
    pub(crate) fn new(actor: &'static str, steps: &[(i64, Step)]) -> Self {
        Self {
            server: "one",
            actor,
            client: None,
            init_before: None,
            steps: steps.to_vec(),
            outcome: Outcome::Unknown,
            intent: IntentSource::None,
            score: 0,
            synthetic: false,
            repeats: false,
        }
    }
}

/// The sessions, and whether each repeats another.
pub(crate) fn data(sketched: &[Sketched]) -> (Sessions, Vec<bool>) {
    let mut rows = sketched.to_vec();
    rows.sort_by_key(|row| row.steps.first().map(|step| step.0));
    let mut sessions = Sessions::default();
    for row in &rows {
        add(&mut sessions, row);
    }
    (sessions.all_live(), rows.iter().map(|row| row.repeats).collect())
}

/// What a pass asks of each row.
pub(crate) fn repeats(flags: &[bool]) -> impl Fn(u32) -> bool + Sync {
    |row| flags[row as usize]
}

/// Adds an event of no session.
pub(crate) fn add_unattached(sessions: &mut Sessions, minute: i64, is_workflow: bool) {
    let server = Some(sessions.texts.intern("one"));
    let place = Place { source: 0, length: 0, offset: 0 };
    let started_at = at(minute);
    sessions.unattached.push(UnattachedEvent {
        server,
        group: None,
        place,
        started_at,
        is_workflow,
    });
}

fn add(sessions: &mut Sessions, row: &Sketched) {
    let start = |length: usize| u32::try_from(length).unwrap();
    let first = row.steps.first().map_or(0, |step| step.0);
    let last = row.steps.last().map_or(0, |step| step.0);
    let (turns, events) = (start(sessions.turns.len()), start(sessions.events.len()));
    let (calls, searches) = (start(sessions.calls.len()), start(sessions.searches.len()));
    let requests = start(sessions.requests.len());
    let mut text = |text: &str| sessions.texts.intern(text);
    let (server, actor) = (text(row.server), text(row.actor));
    let client = row.client.map(&mut text);
    let intent = (row.intent == IntentSource::Declared).then(|| text("an intent"));
    if row.intent != IntentSource::None {
        let started_at = at(first);
        let (raw_intent, folded_intent) = (intent, None);
        sessions.turns.push(Turn {
            raw_intent,
            folded_intent,
            started_at,
            declared_frustration: None,
        });
    }
    let turn = (row.intent != IntentSource::None).then_some(0);
    let inits = row.init_before.map(|minutes| first - minutes);
    for minute in inits.into_iter().chain(row.steps.iter().map(|step| step.0)) {
        let place = Place { source: 0, length: 0, offset: 0 };
        sessions.events.push(MemberEvent { place, fingerprint: 0, started_at: at(minute) });
    }
    for (minute, step) in &row.steps {
        add_step(sessions, at(*minute), *step, turn);
    }
    sessions.sessions.push(Session {
        id: format!("ses_{}", sessions.sessions.len()).into(),
        server: Some(server),
        key: "key".into(),
        actor,
        group: Group { server: Some(server), hint: None, actor: Some(actor) },
        client_name: client,
        client_version: None,
        started_at: at(first),
        ended_at: at(last),
        intent_source: row.intent,
        event_count: 0,
        ok_count: 0,
        error_count: 0,
        frustration: Frustration { score: row.score, reasons: Reasons::default() },
        outcome: row.outcome,
        flags: Flags::default(),
        is_workflow: row.synthetic,
        turns: turns..start(sessions.turns.len()),
        events: events..start(sessions.events.len()),
        calls: calls..start(sessions.calls.len()),
        searches: searches..start(sessions.searches.len()),
        requests: requests..start(sessions.requests.len()),
    });
}

fn add_step(sessions: &mut Sessions, at: Timestamp, step: Step, turn: Option<u32>) {
    let mut text = |text: &str| sessions.texts.intern(text);
    let call = |tool: TextId| Call {
        started_at: at,
        turn,
        tool: Some(tool),
        ok: Some(true),
        reported_failure: false,
        silent_failure: false,
        failure_class: None,
        failure_text: None,
        duration_ms: None,
        looks_for_tool: false,
    };
    let search = |query: TextId| Search {
        tool: None,
        at,
        turn,
        source: SearchSource::SearchCalls,
        kind: SearchKind::Discovery,
        query,
        result_count: None,
        miss: None,
        abandoned: false,
    };
    match step {
        Step::Works(tool, millis) => {
            let tool = text(tool);
            sessions.calls.push(Call { duration_ms: NonMaxU64::new(millis), ..call(tool) });
        }
        Step::Fails(tool, class, error) => {
            let (tool, error) = (text(tool), text(error));
            sessions.calls.push(Call {
                reported_failure: true,
                failure_class: Some(class),
                failure_text: Some(error),
                ..call(tool)
            });
        }
        Step::FailsSilently(tool) => {
            let tool = text(tool);
            sessions.calls.push(Call {
                silent_failure: true,
                failure_class: Some(FailureClass::InternalError),
                ..call(tool)
            });
        }
        Step::Searches(found) => {
            let miss = (found == Some(0)).then_some(MissKind::NoResults);
            let query = text("a query");
            sessions.searches.push(Search { result_count: found, miss, ..search(query) });
        }
        Step::SearchBreaks => {
            let query = text("a query");
            sessions.searches.push(Search { miss: Some(MissKind::Error), ..search(query) });
        }
        Step::Asks => sessions.requests.push(Request { at, turn, text: None }),
    }
}

/// The data set with only those sessions, and events of no session, whose number passes.
pub(crate) fn part(
    (sessions, is_repeat): &(Sessions, Vec<bool>),
    keep: impl Fn(usize) -> bool,
) -> (Sessions, Vec<bool>) {
    let mut part = sessions.clone();
    let kept = |length: usize| (0..length).filter(|number| keep(*number)).collect::<Vec<_>>();
    let rows = kept(sessions.sessions.len());
    part.sessions = rows.iter().map(|row| sessions.sessions[*row].clone()).collect();
    let unattached = kept(sessions.unattached.len());
    part.unattached = unattached.iter().map(|row| sessions.unattached[*row]).collect();
    (part.all_live(), rows.iter().map(|row| is_repeat[*row]).collect())
}

fn step() -> impl Strategy<Value = Step> {
    let tool = prop::sample::select(vec!["list", "read", "write"]);
    let class = prop::sample::select(vec![FailureClass::Timeout, FailureClass::RateLimited]);
    let error = prop::sample::select(vec!["timed out", "too many"]);
    prop_oneof![
        4 => (tool.clone(), 0_u64..700_000).prop_map(|(tool, millis)| Step::Works(tool, millis)),
        2 => (tool.clone(), class, error).prop_map(|(tool, class, error)| Step::Fails(tool, class, error)),
        1 => tool.prop_map(Step::FailsSilently),
        2 => prop::option::of(0_u64..3).prop_map(Step::Searches),
        1 => Just(Step::SearchBreaks),
        1 => Just(Step::Asks),
    ]
}

fn session() -> impl Strategy<Value = Sketched> {
    let names = (
        prop::sample::select(vec!["one", "two"]),
        prop::sample::select(vec!["ann", "bob", "cid"]),
        prop::option::of(prop::sample::select(vec!["claude", "cursor"])),
    );
    let outcomes = [Outcome::Unmet, Outcome::Failed, Outcome::Succeeded, Outcome::Unknown];
    let intents = [IntentSource::Declared, IntentSource::Inferred, IntentSource::None];
    let judged = (
        prop::sample::select(outcomes.to_vec()),
        prop::sample::select(intents.to_vec()),
        prop::sample::select(vec![0_u16, 2500, 5500]),
        prop::bool::weighted(0.1),
        any::<bool>(),
    );
    let steps = prop::collection::vec((0_i64..2 * DAY, step()), 1..8);
    // From well before the previous week to after now.
    let first = -20 * DAY..DAY;
    (names, judged, first, steps, prop::option::of(0_i64..DAY)).prop_map(
        |((server, actor, client), judged, first, mut steps, init_before)| {
            steps.sort_by_key(|step| step.0);
            for step in &mut steps {
                step.0 += first;
            }
            let (outcome, intent, score, synthetic, repeats) = judged;
            Sketched {
                server,
                actor,
                client,
                init_before,
                steps,
                outcome,
                intent,
                score,
                synthetic,
                repeats,
            }
        },
    )
}

/// Random data sets: some sessions, some events of none.
pub(crate) fn any_data() -> impl Strategy<Value = (Sessions, Vec<bool>)> {
    let unattached = prop::collection::vec((-20 * DAY..DAY, any::<bool>()), 0..6);
    (prop::collection::vec(session(), 0..30), unattached).prop_map(|(sketched, mut unattached)| {
        let (mut sessions, is_repeat) = data(&sketched);
        unattached.sort_by_key(|event| event.0);
        for (minute, is_workflow) in unattached {
            add_unattached(&mut sessions, minute, is_workflow);
        }
        (sessions, is_repeat)
    })
}
