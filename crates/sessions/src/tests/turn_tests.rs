//! Turns and where intents come from.

use mcp_insights_events::DeclaredFrustration::{High, Low, Medium};

use super::builder::{call, event, time};
use super::{Made, detailed, only, text};
use crate::IntentSource;

fn turns(events: &[Made]) -> Vec<(Option<String>, Option<String>)> {
    let (sessions, session) = only(events);
    let owned = |id| text(&sessions, id).map(str::to_owned);
    sessions
        .turns
        .rows(&session.turns)
        .iter()
        .map(|turn| (owned(turn.raw_intent), owned(turn.folded_intent)))
        .collect()
}

fn thinks(mut made: Made, thinking: &'static str) -> Made {
    made.thinking = Some(thinking);
    made
}

fn names(mut made: Made, names: &'static str) -> Made {
    made.names = Some(names);
    made
}

#[test]
fn an_intent_starts_a_turn_and_what_follows_belongs_to_it() {
    let events = [
        event("session_init", 0),
        call("t", 1),
        call("t", 2).wants("refund an order"),
        call("t", 3),
        event("actor_identity", 4),
        call("t", 5).wants("ship an order"),
        call("t", 6).wants("refund an order"),
    ];
    let detail = detailed(&events);
    assert_eq!(detail.turns, [None, None, Some(0), Some(0), None, Some(1), Some(2)]);
    let of_calls: Vec<_> = detail.calls.iter().map(|call| call.turn).collect();
    assert_eq!(of_calls, [None, Some(0), Some(0), Some(1), Some(2)]);
    let (sessions, session) = only(&events);
    assert_eq!(session.intent_source, IntentSource::Declared);
    let starts: Vec<_> = sessions.turns.iter().map(|turn| turn.started_at).collect();
    assert_eq!(starts, [time(2), time(5), time(6)]);
}

#[test]
fn an_intent_that_folds_like_the_open_one_starts_nothing() {
    let events = [call("t", 0).wants("Refund  an order"), call("t", 1).wants("refund  an ORDER")];
    let found = turns(&events);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0.as_deref(), Some("Refund  an order"), "verbatim, the first");
}

#[test]
fn an_intent_without_work_starts_nothing() {
    let (_, session) = only(&[event("session_init", 0).wants("refund"), call("t", 1)]);
    assert_eq!((session.turns.len(), session.intent_source), (0, IntentSource::None));
}

#[test]
fn a_turn_keeps_the_highest_frustration_declared_in_it() {
    let (sessions, _) = only(&[
        call("t", 0).declares(High),
        call("t", 1).wants("refund").declares(Low),
        call("t", 2).declares(Medium),
        call("t", 3).wants("shipping"),
    ]);
    let declared: Vec<_> = sessions.turns.iter().map(|turn| turn.declared_frustration).collect();
    assert_eq!(declared, [Some(Medium), None]);
}

#[test]
fn without_an_intent_the_first_thought_makes_one_turn_of_all_work() {
    let events = [
        event("session_init", 0),
        names(call("t", 1), "list orders"),
        thinks(call("t", 2), "look for the order"),
        thinks(call("t", 3), "refund the order"),
    ];
    assert_eq!(turns(&events), [(None, Some("look for the order".to_owned()))]);
    assert_eq!(detailed(&events).turns, [None, Some(0), Some(0), Some(0)]);
    let (sessions, session) = only(&events);
    assert_eq!(session.intent_source, IntentSource::Inferred);
    assert_eq!(sessions.turns[0].started_at, time(1));
}

#[test]
fn without_a_thought_the_names_make_it_each_once() {
    let events = [
        names(call("t", 0), "list orders status"),
        call("t", 1),
        names(call("t", 2), "refund orders"),
    ];
    assert_eq!(turns(&events), [(None, Some("list orders status refund".to_owned()))]);
}

#[test]
fn many_names_are_cut() {
    let all: Vec<String> =
        (0..40_u8).map(|word| format!("w{}", char::from(b'a' + word % 26))).collect();
    let long: &'static str = Box::leak(all.join(" ").into_boxed_str());
    let found = turns(&[names(call("t", 0), long)]);
    assert_eq!(found[0].1.as_deref().map(|text| text.split(' ').count()), Some(24));
}

#[test]
fn where_nothing_says_it_there_is_no_turn() {
    let (_, session) = only(&[call("t", 0)]);
    assert_eq!((session.turns.len(), session.intent_source), (0, IntentSource::None));
}

#[test]
fn only_the_analysed_part_of_an_intent_is_folded() {
    let settings = crate::Settings { analysed_chars: 6, ..crate::Settings::default() };
    let events = [call("t", 0).wants("refund one"), call("t", 1).wants("refund two")];
    let sessions = crate::sessionize(super::facts(&events), &settings);
    assert_eq!(sessions.turns.len(), 1);
    assert_eq!(text(&sessions, sessions.turns[0].folded_intent), Some("refund"));
}
