//! The order of events.

use std::cmp::Ordering;

use mcp_insights_calls::{EventFact, Facts};

/// Compares two events: start, kind (a session is opened before its first call, with which it often shares a
/// time), end, event id.
///
/// Ids are unique within a server, and only events of one server share a session; the fingerprint settles the rest.
pub(crate) fn compare(facts: &Facts, left: &EventFact, right: &EventFact) -> Ordering {
    let early = |event: &EventFact| (event.started_at, event.kind, event.ended_at);
    early(left)
        .cmp(&early(right))
        .then_with(|| facts.id(left).cmp(facts.id(right)))
        .then_with(|| left.fingerprint.cmp(&right.fingerprint))
}
