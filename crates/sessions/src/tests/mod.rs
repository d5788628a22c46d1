//! Tests over whole sessions, by rule.
#![expect(clippy::unwrap_used, reason = "tests")]

mod builder;
mod client_tests;
mod laws;
mod outcome_tests;
mod repeat_tests;
mod resolved;
mod retry_tests;
mod search_tests;
mod session_tests;
mod signal_tests;
mod turn_tests;

use builder::{Made, facts};
use mcp_insights_events::TextId;

use crate::{Detail, Reason, Session, Sessions, Settings, detail, sessionize};

/// The sessions of events.
fn sessions(events: &[Made]) -> Sessions {
    sessionize(facts(events), &Settings::default())
}

/// The only session of events.
fn only(events: &[Made]) -> (Sessions, Session) {
    let sessions = sessions(events);
    assert_eq!(sessions.sessions.len(), 1, "{:?}", sessions.sessions);
    let session = sessions.sessions[0].clone();
    (sessions, session)
}

/// The detail of the only session of events, given in order.
fn detailed(events: &[Made]) -> Detail {
    let (sessions, session) = only(events);
    assert_eq!(sessions.events.len(), events.len());
    let places: Vec<_> = sessions.events.iter().map(|event| event.place).collect();
    let again = facts(events);
    let given: Vec<_> = again.events.iter().map(|event| event.place).collect();
    assert_eq!(places, given, "events are given in order");
    let detail = detail(&again, &sessions, &Settings::default());
    assert_eq!(detail.frustration, session.frustration);
    assert_eq!((detail.outcome, detail.flags), (session.outcome, session.flags));
    detail
}

/// The reasons for frustration of the only session of events.
fn reasons(events: &[Made]) -> Vec<Reason> {
    only(events).1.frustration.reasons.iter().collect()
}

/// The events behind a reason, by place.
fn behind(events: &[Made], reason: Reason) -> Vec<u32> {
    let detail = detailed(events);
    let found = detail.reasons.iter().find(|(other, _)| *other == reason);
    found.map(|(_, pieces)| pieces.iter().map(|piece| piece.event).collect()).unwrap_or_default()
}

fn text(sessions: &Sessions, id: Option<TextId>) -> Option<&str> {
    id.map(|id| sessions.texts.get(id))
}
