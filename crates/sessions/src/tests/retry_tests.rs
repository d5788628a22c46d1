//! Retries.

use mcp_insights_calls::FailureClass::Timeout;

use super::builder::{call, request, script};
use super::{Made, behind, detailed, reasons};
use crate::Reason;

/// For each call the event of the call that it repeats.
fn retries(events: &[Made]) -> Vec<Option<u32>> {
    detailed(events).calls.iter().map(|call| call.retry_of.map(|of| of.event)).collect()
}

type Input = &'static [(&'static str, &'static str)];

/// (input of the failed call, input of the next, is a retry)
const INPUTS: &[(Input, Input, bool)] = &[
    (&[], &[], true),
    (&[("a", "1")], &[("a", "1")], true),
    (&[("a", "1")], &[("a", "2")], false),
    (&[("a", "1")], &[], false),
    (&[("a", "1"), ("b", "1")], &[("a", "1"), ("b", "2")], true),
    (&[("a", "1"), ("b", "1")], &[("a", "1")], true),
    (&[("a", "1"), ("b", "1")], &[("a", "1"), ("c", "1")], false),
    (&[("a", "1"), ("b", "1"), ("c", "1")], &[("a", "1"), ("b", "2"), ("c", "2")], false),
    (&[("a", "1"), ("b", "1"), ("c", "1")], &[("a", "1"), ("b", "1"), ("d", "1")], true),
];

#[test]
fn half_of_the_arguments_must_be_equal() {
    for (failed, again, expected) in INPUTS {
        let events = [call("t", 0).with(failed).failing(Timeout), call("t", 1).with(again)];
        assert_eq!(retries(&events)[1].is_some(), *expected, "{failed:?} {again:?}");
    }
}

#[test]
fn a_cut_input_equals_nothing() {
    assert_eq!(retries(&[call("t", 0).cut().failing(Timeout), call("t", 1).cut()]), [None, None]);
    assert_eq!(retries(&[call("t", 0).with(&[]).failing(Timeout), call("t", 1).cut()])[1], None);
}

#[test]
fn only_a_failed_call_of_the_same_tool_is_repeated() {
    assert_eq!(retries(&[call("t", 0), call("t", 1)])[1], None);
    assert_eq!(retries(&[call("t", 0).failing(Timeout), call("u", 1)])[1], None);
    assert_eq!(retries(&[call("t", 0).silently_failing(), call("t", 1)])[1], Some(0));
}

#[test]
fn a_retry_comes_within_three_calls() {
    let then = |between: usize| {
        let mut events = vec![call("t", 0).failing(Timeout)];
        events.extend((1..).take(between).map(|at| call("u", at)));
        events.push(call("t", 9));
        retries(&events).pop().unwrap()
    };
    assert_eq!([then(0), then(2), then(3)], [Some(0), Some(0), None]);
}

#[test]
fn a_capability_request_is_no_call() {
    let mut events = vec![call("t", 0).failing(Timeout)];
    events.extend((1..5).map(|at| request("a thing", at)));
    events.push(call("t", 9));
    assert_eq!(retries(&events), [None, Some(0)]);
}

#[test]
fn a_retry_begins_after_the_failed_call_finished() {
    let then = |at| retries(&[call("t", 0).lasting(5).failing(Timeout), call("t", at)])[1];
    assert_eq!([then(4), then(5)], [None, Some(0)]);
}

#[test]
fn entries_of_one_script_are_no_retries_of_each_other() {
    let events = [script(&["t", "t"], 0).failing(Timeout), script(&["u", "t"], 1)];
    let found: Vec<_> = detailed(&events).calls.iter().map(|call| call.retry_of).collect();
    assert_eq!(found[..3], [None, None, None]);
    assert_eq!(found[3].map(|of| (of.event, of.entry)), Some((0, Some(1))), "the latest one");
}

#[test]
fn the_latest_failed_call_is_the_one_repeated() {
    let events = [call("t", 0).failing(Timeout), call("t", 1).failing(Timeout), call("t", 2)];
    assert_eq!(retries(&events), [None, Some(0), Some(1)]);
}

#[test]
fn a_retry_that_fails_again_frustrates() {
    let events = [call("t", 0).failing(Timeout), call("u", 1), call("t", 2).failing(Timeout)];
    assert_eq!(behind(&events, Reason::RetryAfterError), [0, 2]);
    let worked = [call("t", 0).failing(Timeout), call("t", 1)];
    assert!(!reasons(&worked).contains(&Reason::RetryAfterError));
}
