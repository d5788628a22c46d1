//! Similar, reformulated and abandoned searches.

use super::builder::{call, search};
use super::{Made, behind, detailed, only, reasons, sessions};
use crate::Reason;

/// Searches of other sessions, so that what two queries share is not common to the tool.
fn others() -> Vec<Made> {
    const TOPICS: [&str; 12] = [
        "weather forecast",
        "train ticket",
        "stock price",
        "hotel booking",
        "image resize",
        "video subtitles",
        "email draft",
        "calendar event",
        "pdf merge",
        "music lyrics",
        "currency rate",
        "news headline",
    ];
    (0..).zip(TOPICS).map(|(at, query)| search(query, 3, at).of("zoe", Some("zoe-1"))).collect()
}

fn among_others(events: &[Made]) -> Vec<Made> {
    others().into_iter().chain(events.iter().cloned()).collect()
}

fn abandoned(events: &[Made]) -> Vec<bool> {
    let sessions = sessions(&among_others(events));
    let session = sessions.sessions.iter().find(|session| &*session.key == "c-1").unwrap();
    sessions.searches.rows(&session.searches).iter().map(|search| search.abandoned).collect()
}

fn is_reformulated(events: &[Made]) -> bool {
    let sessions = sessions(&among_others(events));
    let session = sessions.sessions.iter().find(|session| &*session.key == "c-1").unwrap();
    session.frustration.reasons.contains(Reason::ReformulatedSearch)
}

#[test]
fn words_of_most_queries_make_nothing_similar() {
    let queries = ["server refund", "server invoice", "server weather"];
    let events: Vec<Made> = (0..).zip(queries).map(|(at, query)| search(query, 0, at)).collect();
    let (sessions, _) = only(&events);
    assert!(sessions.common_words.contains(Some("search_docs"), "server"));
    assert!(!sessions.common_words.contains(Some("search_docs"), "refund"));
    assert!(!sessions.common_words.contains(Some("other"), "server"));
    assert!(!reasons(&events).contains(&Reason::ReformulatedSearch));
}

#[test]
fn half_of_the_queries_are_not_most() {
    let events = [search("server refund", 0, 0), search("weather", 0, 1)];
    assert!(!only(&events).0.common_words.contains(Some("search_docs"), "server"));
}

#[test]
fn each_time_a_query_is_sent_counts() {
    let events = [search("refund", 1, 0), search("refund", 1, 1), search("weather", 1, 2)];
    assert!(only(&events).0.common_words.contains(Some("search_docs"), "refund"));
}

#[test]
fn synthetic_searches_do_not_say_what_is_common() {
    let mut events = vec![search("refund order", 1, 0), search("weather map", 1, 1)];
    events.extend((0..9).map(|at| search("refund", 1, at).of("bot", Some("bot-1")).synthetic()));
    assert!(!sessions(&events).common_words.contains(Some("search_docs"), "refund"));
}

#[test]
fn a_failed_search_and_then_a_similar_one_is_a_reformulation() {
    let then = |second| [search("refund order api", 0, 0), search(second, 2, 1)];
    assert!(is_reformulated(&then("refund payment")));
    assert!(!is_reformulated(&then("shipping label print")));
    assert!(!is_reformulated(&then("the of and")), "function words say nothing");
    let later = [search("refund order", 0, 0), call("t", 1), search("refund payment", 2, 2)];
    assert!(is_reformulated(&later));
    let worked_first = [search("refund order", 2, 0), search("refund payment", 0, 1)];
    assert!(!is_reformulated(&worked_first));
}

#[test]
fn a_reformulation_is_shown_with_both_searches() {
    let events = [
        search("refund order api", 0, 0),
        search("shipping label", 1, 1),
        search("refund payment", 1, 2),
        search("weather forecast map", 1, 3),
        search("hotel booking", 1, 4),
    ];
    assert_eq!(behind(&events, Reason::ReformulatedSearch), [0, 2]);
}

#[test]
fn a_discovery_search_followed_at_once_by_a_similar_one_is_abandoned() {
    let first = || search("refund order api", 3, 0).lasting(2);
    let second = || search("refund payment", 3, 2);
    assert_eq!(abandoned(&[first(), second()]), [true, false]);
    assert_eq!(abandoned(&[first(), second().content()]), [true, false], "whatever follows");
    assert_eq!(abandoned(&[first().content(), second()]), [false, false]);
    assert_eq!(abandoned(&[first(), search("shipping label", 3, 2)]), [false, false]);
}

#[test]
fn a_search_in_between_other_calls_is_not_abandoned() {
    let events = [search("refund order", 3, 0), call("t", 1), search("refund payment", 3, 2)];
    assert_eq!(abandoned(&events), [false, false]);
}

#[test]
fn a_failed_search_is_not_abandoned() {
    let events = [search("refund order", 0, 0), search("refund payment", 3, 1)];
    assert_eq!(abandoned(&events), [false, false]);
}

#[test]
fn searches_at_one_time_are_not_abandoned() {
    let events = [search("refund order", 3, 0).lasting(5), search("refund payment", 3, 4)];
    assert_eq!(abandoned(&events), [false, false]);
}

#[test]
fn a_search_of_another_turn_abandons_nothing() {
    let events = [
        search("refund order", 3, 0).wants("refund an order"),
        search("refund payment", 3, 1).wants("pay for shipping"),
    ];
    assert_eq!(abandoned(&events), [false, false]);
}

#[test]
fn an_unknown_count_may_be_abandoned() {
    let mut first = search("refund order", 3, 0);
    first.searches[0].count = None;
    assert_eq!(abandoned(&[first, search("refund payment", 3, 1)]), [true, false]);
}

#[test]
fn a_search_of_a_script_that_no_call_carries_is_not_abandoned() {
    let mut events = [search("refund order", 3, 0), search("refund payment", 3, 1)];
    events[0].searches[0].call = None;
    assert_eq!(abandoned(&events), [false, false]);
    let detail = detailed(&events);
    assert_eq!((detail.searches[0].at.event, detail.searches[1].at.event), (0, 1));
}
