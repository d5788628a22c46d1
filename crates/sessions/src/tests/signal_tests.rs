//! Signals of frustration, each with what is behind it.

use mcp_insights_calls::FailureClass::{RateLimited, Timeout};
use mcp_insights_events::DeclaredFrustration::{High, Low, Medium};

use super::builder::{call, request, script, search};
use super::{Made, behind, only, reasons};
use crate::{Flag, Reason};

/// `t` or another tool, failing or not, once a second.
fn run(pattern: &[(&'static str, bool)]) -> Vec<Made> {
    let inputs: [&[(&str, &str)]; 2] = [&[("a", "1")], &[("a", "2")]];
    (0..)
        .zip(pattern)
        .map(|(at, (tool, fails))| {
            let made = call(tool, at).with(inputs[at as usize % 2]);
            if *fails {
                made.failing(if at % 2 == 0 { Timeout } else { RateLimited })
            } else {
                made
            }
        })
        .collect()
}

#[test]
fn the_highest_declared_counts_and_low_is_contentment() {
    let declared = |levels: &[_]| {
        let events: Vec<Made> =
            (0..).zip(levels).map(|(at, level)| call("t", at).declares(*level)).collect();
        (reasons(&events), events)
    };
    assert_eq!(declared(&[Low]).0, []);
    assert_eq!(declared(&[Low, Medium]).0, [Reason::DeclaredMedium]);
    let (reasons, events) = declared(&[High, Medium, High]);
    assert_eq!(reasons, [Reason::DeclaredHigh, Reason::RepeatedCall]);
    assert_eq!(behind(&events, Reason::DeclaredHigh), [0, 2]);
}

#[test]
fn three_failures_of_one_tool_are_a_streak() {
    let events = run(&[("t", false), ("t", true), ("t", true), ("t", true), ("t", false)]);
    assert_eq!(behind(&events, Reason::ErrorStreak), [1, 2, 3]);
    let broken = run(&[("t", true), ("t", true), ("t", false), ("t", true)]);
    assert!(!reasons(&broken).contains(&Reason::ErrorStreak));
    let exploring = run(&[("t", true), ("u", true), ("t", true), ("u", true)]);
    assert!(!reasons(&exploring).contains(&Reason::ErrorStreak), "different tools and classes");
}

#[test]
fn three_failures_of_one_class_are_a_streak() {
    let events = [
        call("t", 0).failing(RateLimited),
        call("t", 1).failing(Timeout),
        call("u", 2).failing(Timeout),
        call("v", 3).failing(Timeout),
    ];
    assert_eq!(behind(&events, Reason::ErrorStreak), [1, 2, 3]);
}

#[test]
fn silent_failures_are_failures_of_a_streak() {
    let events = [0, 1, 2].map(|at| call("t", at).silently_failing());
    assert_eq!(behind(&events, Reason::ErrorStreak), [0, 1, 2]);
}

#[test]
fn a_loop_is_three_equal_calls_in_a_row() {
    let events = [call("u", 0), call("t", 1), call("t", 2), call("t", 3)];
    assert_eq!(behind(&events, Reason::RepeatedCall), [1, 2, 3]);
    assert!(only(&events).1.flags.contains(Flag::Loop));
    let inside = [script(&["t", "t"], 0), call("t", 1)];
    assert_eq!(behind(&inside, Reason::RepeatedCall), [0, 0, 1], "entries are calls");
    for other in [
        [call("t", 0), call("u", 1), call("t", 2), call("t", 3)],
        [call("t", 0), call("t", 1), call("t", 2).with(&[("a", "9")]), call("t", 3)],
        [call("t", 0), call("t", 1), call("t", 2).cut(), call("t", 3)],
    ] {
        assert!(!reasons(&other).contains(&Reason::RepeatedCall));
        assert!(!only(&other).1.flags.contains(Flag::Loop));
    }
    let cut = [0, 1, 2].map(|at| call("t", at).cut());
    assert!(!reasons(&cut).contains(&Reason::RepeatedCall));
}

#[test]
fn two_failed_searches_in_one_turn_frustrate() {
    let events = [search("one", 0, 0), search("two", 3, 1), search("three", 0, 2)];
    assert_eq!(behind(&events, Reason::RepeatedFailedSearch), [0, 2], "before the first intent");
    let apart = [search("one", 0, 0), search("two", 0, 1).wants("something else")];
    assert!(!reasons(&apart).contains(&Reason::RepeatedFailedSearch));
    let content = [search("one", 0, 0).content(), search("two", 0, 1).content()];
    assert_eq!(behind(&content, Reason::RepeatedFailedSearch), [0, 1]);
}

#[test]
fn a_capability_request_frustrates() {
    let events = [call("t", 0), request("a thing", 1), request("another", 2)];
    assert_eq!(behind(&events, Reason::CapabilityRequest), [1, 2]);
    assert!(only(&events).1.flags.contains(Flag::CapabilityRequest));
}

#[test]
fn ending_on_an_error_frustrates() {
    let failed = [call("t", 0), call("t", 1).failing(Timeout), request("a thing", 2)];
    assert_eq!(behind(&failed, Reason::EndedOnError), [1], "a request is no call");
    assert_eq!(behind(&[call("t", 0).silently_failing()], Reason::EndedOnError), [0]);
    let recovered = [call("t", 0).failing(Timeout), call("t", 1)];
    assert!(!reasons(&recovered).contains(&Reason::EndedOnError));
}

#[test]
fn a_silent_failure_frustrates_and_is_flagged() {
    let events = [call("t", 0), call("t", 1).silently_failing(), call("t", 2).failing(Timeout)];
    assert_eq!(behind(&events, Reason::SilentFailure), [1]);
    assert!(only(&events).1.flags.contains(Flag::SilentFailure));
    assert!(!only(&events[2..]).1.flags.contains(Flag::SilentFailure));
}

#[test]
fn more_than_forty_calls_in_one_turn_are_long() {
    let calls = |count: i64| -> Vec<Made> {
        (0..count)
            .map(|at| if at == 0 { call("t", at).wants("refund") } else { call("t", at) })
            .collect()
    };
    assert!(!reasons(&calls(40)).contains(&Reason::LongSession));
    assert_eq!(behind(&calls(41), Reason::LongSession).len(), 41);
    let mut split = calls(41);
    split[20].intent = Some("shipping");
    assert!(!reasons(&split).contains(&Reason::LongSession));
    let mut whole = calls(41);
    whole[0].intent = None;
    assert!(reasons(&whole).contains(&Reason::LongSession), "calls of no turn are together");
}

#[test]
fn a_redaction_marker_is_flagged_wherever_it_stands() {
    let mut opening = super::builder::event("session_init", 0);
    opening.has_secret = true;
    assert!(only(&[opening, call("t", 1)]).1.flags.contains(Flag::SecretDetected));
    assert!(only(&[call("t", 1)]).1.flags.is_empty());
}
