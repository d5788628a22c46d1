#![expect(clippy::unwrap_used, reason = "tests")]

use mcp_insights_events::{Collector, TextId};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::fixture::{self, capture, crowded, event_json, livemcp, meaning, parse, place};
use crate::{Extractor, Rules};

fn parts(events: &[String], sizes: &[usize]) -> Vec<Facts> {
    fixture::parts(&Extractor::new(Rules::default()), events, sizes)
}

#[test]
fn facts_hold_what_an_event_says() {
    let events = [
        event_json(
            &json!({"event_id": "e1", "mcp_server_id": "s", "actor_id": "ann", "session_id_hint": "h",
            "started_at": "2026-01-01T00:00:00Z", "finished_at": "2026-01-01T00:00:02Z", "is_workflow": true,
            "metadata": {"tool_name": "searchDocs", "user_intent": "set up [redacted:token]", "client_name": "c",
                "user_frustration": "high", "input_preview": "{\"query\":\"sso\"}"},
            "result_preview": "{\"error\":\"Index 7 is offline\"}"}),
        ),
        event_json(
            &json!({"event_id": "e2", "metadata": {"tool_name": "getIssue", "agent_thinking": "Let me look",
            "input_preview": "{\"id\":7}"}}),
        ),
        event_json(&json!({"event_id": "e3", "metadata": {"tool_name": "getIssue",
            "input_preview": "{\"projectId\":7,\"issue_id\":1}"}})),
        event_json(
            &json!({"event_id": "e4", "kind": "actor_identity", "metadata": {"identifier": "ann@a.example"}}),
        ),
        event_json(&json!({"event_id": "e5", "kind": "heartbeat", "ok": null})),
    ];
    let facts = Facts::merge_all(parts(&events, &[]));
    let text = |id: Option<TextId>| id.map(|id| facts.texts.get(id));
    let events: Vec<EventFact> = facts.events.iter().copied().collect();
    let [first, second, third, fourth, fifth] = events.as_slice() else { unreachable!() };
    assert_eq!(
        (facts.id(first), text(first.server), text(Some(first.actor))),
        ("e1", Some("s"), Some("ann"))
    );
    assert_eq!((text(first.hint), text(first.client_name)), (Some("h"), Some("c")));
    assert_eq!((text(first.intent), first.note), (Some("set up [redacted:token]"), None));
    assert!(first.is_work && first.is_workflow && first.has_secret && !first.reported_failure);
    assert_eq!(first.ended_at.micros_since(first.started_at), 2_000_000);
    assert_eq!(
        (first.kind, fourth.kind),
        (crate::EventKind::DeclaresIntent, crate::EventKind::ActorIdentity)
    );
    let call = facts.calls.range(first.calls.range())[0];
    assert!(call.silent_failure && call.failed() && call.is_search);
    assert!(text(call.failure_text).unwrap().contains("offline"));
    let search = facts.searches.range(first.searches.range())[0];
    assert_eq!((text(search.tool), text(Some(search.query))), (Some("searchDocs"), Some("sso")));
    let note = |event: &EventFact| match event.note {
        Some(Note::Thinking(span)) => Some(("thinking", facts.note(span))),
        Some(Note::Names(span)) => Some(("names", facts.note(span))),
        None => None,
    };
    assert_eq!(note(second), Some(("thinking", "Let me look")));
    assert_eq!(note(third), Some(("names", "get issue issue id project id")));
    assert_eq!(text(fourth.identifier), Some("ann@a.example"));
    assert_eq!(
        (text(Some(fifth.kind_name)), fifth.is_work, note(fifth)),
        (Some("heartbeat"), false, None)
    );
}

#[test]
fn thinking_is_cut_at_a_character() {
    let raw = event_json(&json!({"metadata": {"agent_thinking": "ééééé"}}));
    let extractor = Extractor::new(Rules { analysed_chars: 3, ..Rules::default() });
    let mut facts = extractor.begin();
    extractor.add(&mut facts, &parse(&raw), raw.as_bytes(), place(0, &raw));
    let Some(Note::Thinking(span)) = facts.events.get(0).unwrap().note else { unreachable!() };
    assert_eq!(facts.note(span), "ééé");
}

#[test]
fn the_order_of_parts_does_not_change_the_meaning() {
    let mut events = livemcp();
    events.truncate(300);
    events.extend(capture("typescript.raw.ndjson"));
    let whole = meaning(&Facts::merge_all(parts(&events, &[])));
    let mut split = parts(&events, &[7, 0, 100, 1, 60, 3]);
    assert_eq!(meaning(&Facts::merge_all(split.clone())), whole);
    split.reverse();
    assert_eq!(meaning(&Facts::merge_all(split)), whole);
    assert_eq!(whole.len(), events.len());
}

#[test]
fn adopted_events_mean_the_same() {
    let mut events = livemcp();
    events.truncate(300);
    events.extend(capture("typescript.raw.ndjson"));
    let parts = parts(&events, &[100, 60]);
    let mut adopted = Facts::default();
    adopted.texts.intern("another text");
    for part in parts.iter().rev() {
        let mut texts = Translation::default();
        for index in (0..part.events.len()).rev() {
            adopted.adopt(part, part.events.get(index).unwrap(), &mut texts);
        }
    }
    assert_eq!(meaning(&adopted), meaning(&Facts::merge_all(parts)));
}

proptest! {
    #[test]
    fn merging_is_a_commutative_monoid(events in crowded(), sizes in prop::collection::vec(0usize..6, 0..8)) {
        let whole = meaning(&Facts::merge_all(parts(&events, &[])));
        let mut split = parts(&events, &sizes);
        split.push(Facts::default());
        prop_assert_eq!(&meaning(&Facts::merge_all(split.clone())), &whole);
        split.reverse();
        let mut folded = Facts::default();
        split.into_iter().for_each(|part| folded.merge(part));
        prop_assert_eq!(&meaning(&folded), &whole);
    }
}
