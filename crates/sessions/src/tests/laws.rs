//! Laws: what must hold for any set of events.

use mcp_insights_calls::FailureClass::{RateLimited, Timeout};
use mcp_insights_events::DeclaredFrustration;
use proptest::prelude::*;
use proptest::sample::Index;

use super::builder::{Made, call, event, facts, request, script, search};
use super::resolved::resolved;
use crate::{Session, Sessions, Settings, detail, sessionize};

/// Any event out of a small world, so that they meet.
fn any_event() -> impl Strategy<Value = Made> {
    const QUERIES: [&str; 5] =
        ["refund order", "refund payment", "shipping label", "order label", "weather"];
    let shape = (0_usize..9, 0_usize..5, 0_u64..2, 0_i64..40, 0_i64..4);
    let place = (0_usize..3, 0_usize..2, 0_usize..4, 0_usize..8, any::<bool>());
    (shape, place, any::<u32>()).prop_map(|(shape, place, id)| {
        let (kind, query, count, minutes, lasts) = shape;
        let (hint, actor, intent, frustration, tool) = place;
        let at = minutes * 600;
        let tool = if tool { "t" } else { "u" };
        let mut made = match kind {
            0 => event("session_init", at),
            1 => event("actor_identity", at),
            2 => request("a thing", at),
            3 => script(&[tool, "t", "u"], at),
            4 => search(QUERIES[query], count, at),
            5 => search(QUERIES[query], count, at).content(),
            6 => call(tool, at).failing(if count == 0 { Timeout } else { RateLimited }),
            7 => call(tool, at).silently_failing(),
            _ => call(tool, at),
        };
        if kind == 1 {
            made.identifier = [Some("ann@x"), Some("other@x"), None, None][intent];
        }
        made.id = format!("{id}");
        made.intent = [None, None, Some("refund"), Some("ship")][intent];
        made.thinking = (query == 0).then_some("think of a refund");
        made.names = Some(QUERIES[query]);
        made.frustration = [Some(DeclaredFrustration::Medium), Some(DeclaredFrustration::High)]
            .get(frustration)
            .copied()
            .flatten();
        made.client = (query == 1).then_some(("Cursor", Some("1")));
        made.is_workflow = frustration == 7 && intent == 0;
        made.lasting(lasts * 900).of(["ann", "bob"][actor], [None, Some("c-1"), Some("c-2")][hint])
    })
}

fn any_events() -> impl Strategy<Value = Vec<Made>> {
    prop::collection::vec(any_event(), 0..40).prop_map(|mut events| {
        events.sort_by(|left, right| left.id.cmp(&right.id));
        events.dedup_by(|left, right| left.id == right.id);
        events
    })
}

fn members<'e>(sessions: &Sessions, session: &Session, events: &'e [Made]) -> Vec<&'e Made> {
    let of = |place| {
        let one =
            |made: &&Made| facts([*made]).events.get(0).map(|event| event.place) == Some(place);
        events.iter().find(one).unwrap()
    };
    sessions.events.rows(&session.events).iter().map(|event| of(event.place)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn the_order_of_events_changes_nothing(
        events in any_events(),
        swaps in prop::collection::vec((any::<Index>(), any::<Index>()), 40),
    ) {
        let mut shuffled = events.clone();
        for (left, right) in swaps.iter().filter(|_| !events.is_empty()) {
            shuffled.swap(left.index(events.len()), right.index(events.len()));
        }
        let settings = Settings::default();
        prop_assert_eq!(
            resolved(&sessionize(facts(&shuffled), &settings)),
            resolved(&sessionize(facts(&events), &settings))
        );
    }

    #[test]
    fn a_trace_agrees_with_the_columns(events in any_events()) {
        let settings = Settings::default();
        let sessions = sessionize(facts(&events), &settings);
        for session in &sessions.sessions {
            let again = facts(members(&sessions, session, &events));
            agree(&sessions, session, &detail(&again, &sessions, &settings));
        }
    }

    #[test]
    fn what_is_kept_is_restored(events in any_events()) {
        let sessions = sessionize(facts(&events), &Settings::default());
        let kept = sessions.keep().unwrap();
        let restored = Sessions::restore(&kept.texts, &kept.shared, &kept.parts).unwrap();
        prop_assert_eq!(resolved(&restored), resolved(&sessions));
        prop_assert_eq!(resolved(&sessions.compact()), resolved(&sessions));
        prop_assert_eq!(&restored.common_words, &sessions.common_words);
    }

    #[test]
    fn every_event_is_somewhere_and_every_row_belongs_to_one_session(events in any_events()) {
        let sessions = sessionize(facts(&events), &Settings::default());
        let (mut attached, mut work) = (0, 0);
        for session in &sessions.sessions {
            prop_assert_eq!(session.events.start as usize, attached);
            attached = session.events.end as usize;
            work += session.event_count;
            prop_assert!(session.event_count >= 1 && session.started_at <= session.ended_at);
        }
        prop_assert_eq!(attached, sessions.events.len());
        prop_assert_eq!(attached + sessions.unattached.len(), events.len());
        let expected = events.iter().filter(|event| {
            !matches!(event.kind, "session_init" | "actor_identity")
        });
        prop_assert_eq!(work as usize, expected.count());
        let mut ids: Vec<_> = sessions.sessions.iter().map(|session| &session.id).collect();
        ids.sort_unstable();
        ids.dedup();
        prop_assert_eq!(ids.len(), sessions.sessions.len());
    }
}

#[test]
fn sessions_of_many_stretches_have_their_own_rows() {
    const DAY: i64 = 24 * 3600;
    let events: Vec<Made> = (0..1500)
        .flat_map(|day| (0..=day % 3).map(move |number| call("t", 2 * day * DAY + number)))
        .collect();
    let all = sessionize(facts(&events), &Settings::default());
    let kept = all.keep().unwrap();
    let restored = Sessions::restore(&kept.texts, &kept.shared, &kept.parts).unwrap();
    for sessions in [&all, &restored, &all.compact()] {
        assert_eq!((sessions.len(), sessions.events.len()), (1500, events.len()));
        for (day, session) in sessions.iter().enumerate() {
            let members = sessions.events.rows(&session.events);
            assert_eq!(members.len(), day % 3 + 1);
            assert_eq!(members[0].started_at, session.started_at);
            let calls = sessions.calls.rows(&session.calls);
            assert_eq!((calls.len(), calls[0].started_at), (members.len(), session.started_at));
        }
    }
}

/// Asserts that a trace says what the columns say.
pub(super) fn agree(sessions: &Sessions, session: &Session, detail: &crate::Detail) {
    let calls = sessions.calls.rows(&session.calls);
    let searches = sessions.searches.rows(&session.searches);
    assert_eq!(detail.turns.len(), session.events.len());
    let turns: Vec<_> = detail.calls.iter().map(|call| call.turn).collect();
    assert_eq!(turns, calls.iter().map(|call| call.turn).collect::<Vec<_>>());
    let found: Vec<_> = detail.searches.iter().map(|one| (one.turn, one.abandoned)).collect();
    assert_eq!(found, searches.iter().map(|one| (one.turn, one.abandoned)).collect::<Vec<_>>());
    let last_turn = detail.turns.iter().flatten().max().map_or(0, |last| *last as usize + 1);
    assert_eq!(last_turn, session.turns.len());
    assert_eq!(detail.frustration, session.frustration);
    assert_eq!((detail.outcome, detail.flags), (session.outcome, session.flags));
    let reasons: Vec<_> = detail.reasons.iter().map(|(reason, _)| *reason).collect();
    assert_eq!(reasons, session.frustration.reasons.iter().collect::<Vec<_>>());
    for (reason, pieces) in &detail.reasons {
        assert!(!pieces.is_empty() && pieces.is_sorted(), "{reason:?}");
    }
}
