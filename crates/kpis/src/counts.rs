//! What is counted of sessions, calls and searches. Everything is an integer, so that sums do not depend on their order.

use mcp_insights_calls::FailureClass;
use mcp_insights_events::TextId;
use mcp_insights_sessions::{Call, IntentSource, Level, Outcome, Search, Session};

use crate::sketch::Sketch;

/// Sessions by their start, and events by their own time, of one stretch of time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) sessions: SessionCounts,
    pub(crate) calls: CallCounts,
    /// Tool calls in a turn with a declared intent.
    pub(crate) attributed_calls: u64,
    pub(crate) searches: SearchCounts,
    pub(crate) capability_requests: u64,
}

impl Counts {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.sessions.merge(&other.sessions);
        self.calls.merge(&other.calls);
        self.attributed_calls += other.attributed_calls;
        self.searches.merge(&other.searches);
        self.capability_requests += other.capability_requests;
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionCounts {
    pub(crate) all: u64,
    pub(crate) high_frustration: u64,
    pub(crate) repeats: u64,
    pub(crate) succeeded: u64,
    pub(crate) known_outcome: u64,
    pub(crate) declared_intent: u64,
    pub(crate) no_intent: u64,
}

impl SessionCounts {
    pub(crate) fn add(&mut self, session: &Session, is_repeat: bool) {
        self.all += 1;
        self.high_frustration += u64::from(session.frustration.level() == Level::High);
        self.repeats += u64::from(is_repeat);
        self.succeeded += u64::from(session.outcome == Outcome::Succeeded);
        self.known_outcome += u64::from(session.outcome != Outcome::Unknown);
        self.declared_intent += u64::from(session.intent_source == IntentSource::Declared);
        self.no_intent += u64::from(session.intent_source == IntentSource::None);
    }

    fn merge(&mut self, other: &Self) {
        self.all += other.all;
        self.high_frustration += other.high_frustration;
        self.repeats += other.repeats;
        self.succeeded += other.succeeded;
        self.known_outcome += other.known_outcome;
        self.declared_intent += other.declared_intent;
        self.no_intent += other.no_intent;
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CallCounts {
    pub(crate) all: u64,
    pub(crate) errors: u64,
    pub(crate) silent_failures: u64,
    pub(crate) latencies: Sketch,
}

impl CallCounts {
    pub(crate) fn add(&mut self, call: &Call) {
        self.all += 1;
        self.errors += u64::from(call.reported_failure);
        self.silent_failures += u64::from(call.silent_failure);
        if let Some(millis) = call.duration_ms {
            self.latencies.add(millis.get());
        }
    }

    pub(crate) fn merge(&mut self, other: &Self) {
        self.all += other.all;
        self.errors += other.errors;
        self.silent_failures += other.silent_failures;
        self.latencies.merge(&other.latencies);
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SearchCounts {
    pub(crate) all: u64,
    pub(crate) failed: u64,
    pub(crate) unknown_result: u64,
}

impl SearchCounts {
    pub(crate) fn add(&mut self, search: &Search) {
        self.all += 1;
        self.failed += u64::from(search.miss.is_some());
        self.unknown_result += u64::from(search.miss.is_none() && search.result_count.is_none());
    }

    /// Searches that failed, or whose result count is known.
    pub(crate) fn known_result(&self) -> u64 {
        self.all - self.unknown_result
    }

    fn merge(&mut self, other: &Self) {
        self.all += other.all;
        self.failed += other.failed;
        self.unknown_result += other.unknown_result;
    }
}

/// Of one tool.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToolCounts {
    pub(crate) calls: CallCounts,
    pub(crate) sessions: u64,
}

impl ToolCounts {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.calls.merge(&other.calls);
        self.sessions += other.sessions;
    }
}

/// Of one client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClientCounts {
    pub(crate) sessions: u64,
    pub(crate) calls: u64,
    pub(crate) errors: u64,
}

impl ClientCounts {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.sessions += other.sessions;
        self.calls += other.calls;
        self.errors += other.errors;
    }
}

/// Of one failure class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct FailureCounts {
    pub(crate) calls: u64,
    pub(crate) sessions: u64,
}

impl FailureCounts {
    pub(crate) fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.sessions += other.sessions;
    }
}

/// A folded error text of a failure class.
pub(crate) type FailureText = (FailureClass, TextId);
