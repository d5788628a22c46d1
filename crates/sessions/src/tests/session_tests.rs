//! Order, keys, idle cuts, attached events, counts.

use mcp_insights_calls::FailureClass;

use super::builder::{call, event, request, time};
use super::{only, sessions, text};

const UUID: &str = "be3f2275-15a4-4e05-b3cb-b0eeb9109d3a";
const HOUR: i64 = 3600;

fn keys(events: &[super::Made]) -> Vec<String> {
    sessions(events).sessions.iter().map(|session| session.key.to_string()).collect()
}

#[test]
fn a_strong_hint_joins_actors_and_a_weak_one_does_not() {
    let of =
        |hint| sessions(&[call("t", 0).of("ann", Some(hint)), call("t", 1).of("bob", Some(hint))]);
    let strong = of(UUID);
    assert_eq!(strong.sessions.len(), 1);
    assert_eq!(text(&strong, Some(strong.sessions[0].actor)), Some("ann"), "the first actor");
    let weak = of("conv-1");
    assert_eq!(weak.sessions.len(), 2);
    assert_ne!(weak.sessions[0].id, weak.sessions[1].id);
    assert_eq!(weak.sessions[0].key, weak.sessions[1].key);
}

#[test]
fn servers_never_share_a_session() {
    let hint = Some(UUID);
    let found = sessions(&[
        call("t", 0).of("ann", hint).on("one"),
        call("t", 1).of("ann", hint).on("two"),
        call("t", 2).of("ann", hint),
    ]);
    let mut ids: Vec<_> = found.sessions.iter().map(|session| &session.id).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_hinted_session_is_cut_after_a_day() {
    assert_eq!(keys(&[call("t", 0), call("t", 24 * HOUR)]), ["c-1"]);
    assert_eq!(
        keys(&[call("t", 0), call("t", 24 * HOUR + 1)]),
        ["c-1", "c-1#2026-01-02T00:00:01.000Z"]
    );
}

#[test]
fn a_session_without_a_hint_is_cut_after_half_an_hour() {
    let at = |seconds| call("t", seconds).of("ann", None);
    assert_eq!(keys(&[at(0).lasting(5), at(1805)]), ["fallback:ann:2026-01-01T00:00:00.000Z"]);
    assert_eq!(
        keys(&[at(0).lasting(5), at(1806)]),
        ["fallback:ann:2026-01-01T00:00:00.000Z", "fallback:ann:2026-01-01T00:30:06.000Z"]
    );
    assert_eq!(keys(&[at(0), call("t", 1).of("bob", None)]).len(), 2, "actors stay apart");
}

#[test]
fn a_hint_that_looks_like_a_key_has_an_id_of_its_own() {
    let found = sessions(&[
        call("t", 0),
        call("t", 25 * HOUR),
        call("t", 26 * HOUR).of("ann", Some("c-1#2026-01-02T01:00:00.000Z")),
        call("t", 0).of("ann", None).named("x"),
        call("t", 0).of("ann", Some("fallback:ann:2026-01-01T00:00:00.000Z")).named("y"),
    ]);
    let mut ids: Vec<&str> = found.sessions.iter().map(|session| &*session.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
    let mut keys: Vec<&str> = found.sessions.iter().map(|session| &*session.key).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 3, "though people read the same");
}

#[test]
fn only_work_makes_a_session() {
    let found = sessions(&[event("session_init", 0), event("actor_identity", 1), event("ping", 2)]);
    assert!(found.sessions.is_empty());
    assert_eq!(found.unattached.len(), 3);
    assert!(found.unattached.iter().is_sorted_by_key(|event| event.started_at));
}

#[test]
fn an_opening_comes_before_the_call_of_its_instant() {
    let events = [
        event("session_init", 5).named("z"),
        event("actor_identity", 5).named("y"),
        call("t", 5).wants("refund").named("x"),
        call("t", 5).named("a"),
        call("t", 5).lasting(1).named("0"),
    ];
    let (found, session) = only(&events);
    assert_eq!((session.event_count, session.events.len()), (3, 5));
    assert_eq!(session.started_at, time(5));
    assert_eq!(session.ended_at, time(6));
    super::detailed(&events); // asserts the order
    assert!(found.unattached.is_empty());
}

#[test]
fn an_opening_far_from_work_joins_nothing() {
    let found = sessions(&[event("session_init", 0), call("t", 25 * HOUR)]);
    assert_eq!((found.sessions[0].events.len(), found.unattached.len()), (1, 1));
}

#[test]
fn an_identity_without_a_hint_joins_no_session_and_still_names_the_actor() {
    let identity = |at, identifier| {
        let mut event = event("actor_identity", at).of("ann", None);
        event.identifier = Some(identifier);
        event
    };
    let found = sessions(&[
        identity(0, "old@x"),
        identity(9, "new@x"),
        identity(3, "middle@x"),
        call("t", 1).of("ann", None),
    ]);
    assert_eq!((found.sessions[0].events.len(), found.unattached.len()), (1, 3));
    let actor = found.texts.find("ann").unwrap();
    assert_eq!(text(&found, found.identifiers.get(&(None, actor)).copied()), Some("new@x"));
}

#[test]
fn synthetic_identities_name_nobody() {
    let mut identity = event("actor_identity", 0).synthetic();
    identity.identifier = Some("robot@x");
    assert!(sessions(&[identity]).identifiers.iter().next().is_none());
}

#[test]
fn one_synthetic_event_marks_the_session() {
    assert!(only(&[event("session_init", 0).synthetic(), call("t", 1)]).1.is_workflow);
    assert!(only(&[call("t", 0), call("t", 1).synthetic()]).1.is_workflow);
    assert!(!only(&[call("t", 0), call("t", 1)]).1.is_workflow);
}

#[test]
fn counts_follow_what_was_reported() {
    let mut unknown = call("t", 3);
    unknown.ok = None;
    let (_, session) = only(&[
        call("t", 0),
        call("t", 1).failing(FailureClass::Timeout),
        call("t", 2).silently_failing(),
        unknown,
        request("a thing", 4),
        event("other_kind", 5),
        event("session_init", 6),
    ]);
    assert_eq!((session.event_count, session.ok_count, session.error_count), (6, 4, 1));
    assert_eq!((session.calls.len(), session.requests.len()), (4, 1));
}

#[test]
fn sessions_stand_by_start() {
    let found = sessions(&[
        call("t", 9).of("ann", Some("b")),
        call("t", 1).of("ann", Some("c")),
        call("t", 1).of("ann", Some("d")).named("z"),
    ]);
    assert!(found.sessions.iter().is_sorted_by(|left, right| {
        (left.started_at, &left.id) < (right.started_at, &right.id)
    }));
}

#[test]
fn gaps_are_settings() {
    let settings = crate::Settings {
        idle_gap_micros: 0,
        hinted_idle_gap_micros: 10 * super::builder::SECOND,
        ..crate::Settings::default()
    };
    let events = [
        call("t", 0),
        call("t", 10).named("x"),
        call("t", 0).of("ann", None).named("y"),
        call("t", 1).of("ann", None).named("z"),
    ];
    let found = crate::sessionize(super::facts(&events), &settings);
    assert_eq!(found.sessions.len(), 3);
}
