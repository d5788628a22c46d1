//! Repeats.

use mcp_insights_events::TextId;
use proptest::prelude::*;

use super::builder::{SECOND, call};
use super::{Made, sessions};
use crate::{Sessions, repeats};

const DAY: i64 = 24 * 3600;

fn none(_: TextId) -> Option<u32> {
    None
}

/// One session.
fn about(intent: &'static str, hint: &'static str, at: i64) -> Made {
    call("t", at).of("ann", Some(hint)).wants(intent).named(hint)
}

fn repeat(events: &[Made]) -> Vec<Option<u32>> {
    repeats(&sessions(events), &none)
}

#[test]
fn an_equal_intent_of_the_same_actor_repeats() {
    assert_eq!(repeat(&[about("refund", "a", 0), about("Refund", "b", 9)]), [None, Some(0)]);
    assert_eq!(repeat(&[about("refund", "a", 0), about("shipping", "b", 9)]), [None, None]);
    let other_actor = [about("refund", "a", 0), about("refund", "b", 9).of("bob", Some("b"))];
    assert_eq!(repeat(&other_actor), [None, None]);
    let other_server = [about("refund", "a", 0), about("refund", "b", 9).on("s")];
    assert_eq!(repeat(&other_server), [None, None]);
}

#[test]
fn a_topic_joins_intents() {
    let sessions = sessions(&[about("refund", "a", 0), about("shipping", "b", 9)]);
    assert_eq!(repeats(&sessions, &|_| Some(7)), [None, Some(0)]);
}

#[test]
fn seven_days_after_its_end_a_session_is_forgotten() {
    let then = |at| repeat(&[about("refund", "a", 0).lasting(5), about("refund", "b", at)])[1];
    assert_eq!(then(7 * DAY + 5), Some(0));
    assert_eq!(then(7 * DAY + 6), None);
}

#[test]
fn a_session_that_still_runs_is_not_repeated() {
    let then = |at| repeat(&[about("refund", "a", 0).lasting(5), about("refund", "b", at)])[1];
    assert_eq!([then(4), then(5)], [None, Some(0)]);
}

#[test]
fn the_latest_to_begin_is_the_one_repeated() {
    let events =
        [about("refund", "a", 0).lasting(50), about("refund", "b", 60), about("refund", "c", 70)];
    assert_eq!(repeat(&events), [None, Some(0), Some(1)]);
    let long_first =
        [about("refund", "a", 0).lasting(50), about("refund", "b", 10), about("refund", "c", 70)];
    assert_eq!(repeat(&long_first), [None, None, Some(1)]);
}

#[test]
fn sessions_of_one_instant_repeat_in_one_direction() {
    assert_eq!(repeat(&[about("refund", "a", 0), about("refund", "b", 0)]), [None, Some(0)]);
}

#[test]
fn synthetic_sessions_neither_repeat_nor_are_repeated() {
    let events =
        [about("refund", "a", 0), about("refund", "b", 9).synthetic(), about("refund", "c", 18)];
    assert_eq!(repeat(&events), [None, None, Some(0)]);
}

fn one_by_one(sessions: &Sessions) -> Vec<Option<u32>> {
    let rows = &sessions.sessions;
    let intent = |index: usize| sessions.turns[rows[index].turns.start as usize].folded_intent;
    (0..rows.len())
        .map(|this| {
            let earlier = (0..this).rev().find(|past| {
                let ago = rows[this].started_at.micros_since(rows[*past].ended_at);
                (0..=7 * DAY * SECOND).contains(&ago)
                    && intent(*past) == intent(this)
                    && !rows[this].is_workflow
                    && !rows[*past].is_workflow
            });
            earlier.map(|past| past as u32)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn looking_once_equals_comparing_with_all_earlier_ones(
        rows in prop::collection::vec((0_i64..12, 0_i64..9, 0_usize..2, any::<bool>()), 1..14)
    ) {
        const HINTS: [&str; 14] =
            ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"];
        let events: Vec<Made> = rows.iter().zip(HINTS).map(|((at, lasts, intent, workflow), hint)| {
            let made = about(["refund", "shipping"][*intent], hint, at * DAY);
            let mut made = made.lasting(lasts * DAY / 2);
            made.is_workflow = *workflow && *lasts == 0;
            made
        }).collect();
        let sessions = sessions(&events);
        prop_assert_eq!(repeats(&sessions, &none), one_by_one(&sessions));
    }
}
