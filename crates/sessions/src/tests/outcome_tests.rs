//! Outcomes.

use mcp_insights_calls::{FailureClass::Timeout, MissKind};

use super::builder::{call, event, request, search};
use super::{Made, sessions};
use crate::Outcome::{self, Failed, Succeeded, Unknown, Unmet};

/// The outcome of the session `c-1` among searches for other things.
fn outcome(events: &[Made]) -> Outcome {
    const TOPICS: [&str; 6] = [
        "weather forecast",
        "train ticket",
        "stock price",
        "hotel booking",
        "image resize",
        "video subtitles",
    ];
    let others = (0..).zip(TOPICS);
    let mut all: Vec<Made> =
        others.map(|(at, query)| search(query, 3, at).of("zoe", Some("zoe-1"))).collect();
    all.extend_from_slice(events);
    let sessions = sessions(&all);
    sessions.sessions.iter().find(|session| &*session.key == "c-1").unwrap().outcome
}

fn looking(mut made: Made) -> Made {
    made.calls[0].looks_for_tool = true;
    made
}

#[test]
fn the_last_call_decides() {
    assert_eq!(outcome(&[call("t", 0).failing(Timeout), call("u", 1)]), Succeeded);
    assert_eq!(outcome(&[call("t", 0), call("u", 1).failing(Timeout)]), Failed);
    assert_eq!(outcome(&[call("t", 0), call("u", 1).silently_failing()]), Failed);
    assert_eq!(outcome(&[event("other_kind", 0)]), Unknown);
    let mut silent = call("t", 0);
    (silent.ok, silent.calls[0].ok) = (None, None);
    assert_eq!(outcome(&[silent]), Succeeded, "it did not fail");
}

#[test]
fn a_capability_request_is_unmet_whatever_follows() {
    assert_eq!(outcome(&[request("a thing", 0), call("t", 1)]), Unmet);
    assert_eq!(outcome(&[request("a thing", 0)]), Unmet);
}

#[test]
fn an_empty_discovery_search_is_unmet() {
    assert_eq!(outcome(&[call("t", 0), search("refund order", 0, 1)]), Unmet);
    assert_eq!(outcome(&[search("refund order", 0, 1).content()]), Succeeded, "of data it is not");
}

#[test]
fn a_later_call_that_worked_answers() {
    assert_eq!(outcome(&[search("refund order", 0, 0), call("t", 1)]), Succeeded);
    assert_eq!(outcome(&[search("refund order", 0, 0), call("t", 1).failing(Timeout)]), Unmet);
    assert_eq!(
        outcome(&[call("t", 0), search("refund order", 0, 1), call("u", 2).silently_failing()]),
        Unmet
    );
}

#[test]
fn another_search_that_worked_answers_only_where_it_is_similar() {
    let then = |query, count| outcome(&[search("refund order", 0, 0), search(query, count, 1)]);
    assert_eq!(then("refund payment", 2), Succeeded);
    assert_eq!(then("refund payment", 0), Unmet);
    assert_eq!(then("shipping label", 2), Unmet);
    assert_eq!(outcome(&[search("refund payment", 2, 0), search("refund order", 0, 1)]), Unmet);
}

#[test]
fn a_search_with_an_unknown_count_answers_nothing() {
    let mut unknown = search("refund payment", 2, 1);
    unknown.searches[0].count = None;
    assert_eq!(outcome(&[search("refund order", 0, 0), unknown]), Unmet);
}

#[test]
fn the_last_of_equal_empty_searches_must_be_answered() {
    let empty = |at| search("refund order", 0, at);
    let found = |at| search("refund payment", 1, at);
    assert_eq!(outcome(&[empty(0), found(1), empty(2)]), Unmet);
    assert_eq!(outcome(&[empty(0), empty(1), found(2)]), Succeeded);
}

#[test]
fn of_one_event_a_later_entry_answers_and_a_search_beside_the_entries_nobody_knows_when() {
    let with_search = |tools: &[&'static str], call: Option<u32>| {
        let mut script = super::builder::script(tools, 0);
        let mut entry = search("refund order", 0, 0).searches.remove(0);
        entry.call = call;
        script.searches.push(entry);
        script
    };
    let rows = [
        (with_search(&["search_docs", "t"], Some(0)), Succeeded),
        (with_search(&["t", "search_docs"], Some(1)), Unmet),
        (with_search(&["search_docs"], Some(0)), Unmet),
        (with_search(&["t"], None), Unmet),
    ];
    for (script, expected) in rows {
        let named = format!("{:?} of {} calls", script.searches[0].call, script.calls.len());
        assert_eq!(outcome(&[script]), expected, "{named}");
    }
    let mut failing = with_search(&["search_docs", "t"], Some(0));
    (failing.calls[1].ok, failing.calls[1].class) = (Some(false), Some(Timeout));
    assert_eq!(outcome(&[failing.clone()]), Unmet);
    assert_eq!(outcome(&[failing, call("t", 1)]), Succeeded);
}

#[test]
fn a_call_that_carries_a_search_is_no_call_that_worked() {
    let mut route = search("shipping label", 3, 1);
    route.calls[0].is_search = false;
    assert_eq!(outcome(&[search("refund order", 0, 0), route]), Unmet);
}

#[test]
fn a_search_that_broke_is_no_unmet_demand() {
    let mut broken = search("refund order", 1, 0);
    (broken.searches[0].count, broken.searches[0].miss) = (None, Some(MissKind::Error));
    assert_eq!(outcome(&[broken]), Succeeded);
}

#[test]
fn looking_for_a_tool_at_last_is_unmet() {
    assert_eq!(outcome(&[call("t", 0), looking(call("route", 1))]), Unmet);
    assert_eq!(outcome(&[looking(call("route", 0)), call("t", 1)]), Succeeded);
    assert_eq!(outcome(&[call("t", 0), looking(call("route", 1)).failing(Timeout)]), Unmet);
    assert_eq!(outcome(&[call("t", 0), search("refund order", 4, 1)]), Succeeded, "of documents");
}
