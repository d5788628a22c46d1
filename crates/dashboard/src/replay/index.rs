//! Where events and calls stand on the page, and what belongs to which event.

use std::collections::HashMap;

use mcp_insights::api::{Reason, Trace, TraceCall, TraceLog, TraceRequest, TraceSearch};
use mcp_insights_presentation::phrases;
use mcp_insights_presentation::printable::one_line;

use super::verdict::Verdict;

/// What belongs to one event.
#[derive(Debug, Default)]
pub(crate) struct Parts<'a> {
    /// The call that the event itself is.
    pub(crate) call: Option<Placed<'a>>,
    /// The calls inside it.
    pub(crate) inner: Vec<Placed<'a>>,
    /// Its searches.
    pub(crate) searches: Vec<&'a TraceSearch>,
    /// Its capability requests.
    pub(crate) requests: Vec<&'a TraceRequest>,
    /// Its log lines.
    pub(crate) logs: Vec<&'a TraceLog>,
}

/// A call and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Placed<'a> {
    /// The call.
    pub(crate) call: &'a TraceCall,
    /// Its number in the session, from 1.
    pub(crate) number: usize,
    /// Its event, by its place in the trace.
    pub(crate) event: usize,
    /// The id of its element.
    pub(crate) anchor: String,
    /// Whether it worked.
    pub(crate) verdict: Verdict,
}

/// A place that a link can point at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its event, by its place in the trace.
    pub(crate) event: usize,
    /// The id of its element.
    pub(crate) anchor: String,
    /// What stands there.
    pub(crate) name: String,
}

/// Everything of a trace by place.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    /// By event, in the order of the trace.
    pub(crate) parts: Vec<Parts<'a>>,
    /// All calls in order.
    pub(crate) calls: Vec<Placed<'a>>,
    /// By the names that evidence uses: `<event_id>` and `<event_id>#<n>`.
    places: HashMap<&'a str, Place>,
    /// The signals that an event or call is behind, by the same names.
    reasons: HashMap<&'a str, Vec<Reason>>,
}

impl<'a> Index<'a> {
    /// Places everything of a trace.
    pub(crate) fn of(trace: &'a Trace) -> Self {
        let events: HashMap<&str, usize> =
            (0..).zip(&trace.events).map(|(index, event)| (&*event.event_id, index)).collect();
        let mut parts: Vec<Parts<'a>> = trace.events.iter().map(|_| Parts::default()).collect();
        let mut places: HashMap<&str, Place> = HashMap::new();
        let mut calls = Vec::with_capacity(trace.tool_calls.len());
        for (number, call) in (1..).zip(&trace.tool_calls) {
            let Some((index, entry)) = whole_or_entry(&events, &call.event_id) else { continue };
            let anchor = anchor(index, entry);
            let tool = call.tool_name.as_deref().map(one_line);
            let name = match tool {
                Some(tool) => format!("call {number}, {tool}"),
                None => format!("call {number}"),
            };
            places.insert(&call.event_id, Place { event: index, anchor: anchor.clone(), name });
            let placed = Placed { call, number, event: index, anchor, verdict: Verdict::of(call) };
            calls.push(placed.clone());
            let Some(parts) = parts.get_mut(index) else { continue };
            match entry {
                None => parts.call = Some(placed),
                Some(_) => parts.inner.push(placed),
            }
        }
        let of_event = |id: &str| whole_or_entry(&events, id).map(|(index, _)| index);
        for search in &trace.searches {
            if let Some(parts) = of_event(&search.event_id).and_then(|index| parts.get_mut(index)) {
                parts.searches.push(search);
            }
        }
        for request in &trace.capability_requests {
            if let Some(parts) = of_event(&request.event_id).and_then(|index| parts.get_mut(index))
            {
                parts.requests.push(request);
            }
        }
        for log in &trace.logs {
            if let Some(parts) = of_event(&log.event_id).and_then(|index| parts.get_mut(index)) {
                parts.logs.push(log);
            }
        }
        for ((index, event), parts) in (0..).zip(&trace.events).zip(&parts) {
            let name = match (parts.requests.first(), parts.searches.first()) {
                (Some(_), _) => "a capability request".to_owned(),
                (None, Some(search)) => format!("search “{}”", one_line(&search.query)),
                (None, None) => phrases::word(&event.kind),
            };
            let place = Place { event: index, anchor: self::anchor(index, None), name };
            places.entry(&event.event_id).or_insert(place);
        }
        let mut reasons: HashMap<&str, Vec<Reason>> = HashMap::new();
        for evidence in &trace.classifications.frustration.reasons {
            for id in &evidence.event_ids {
                reasons.entry(id).or_default().push(evidence.reason);
            }
        }
        Self { parts, calls, places, reasons }
    }

    /// Where an event or call stands.
    pub(crate) fn place(&self, id: &str) -> Option<&Place> {
        self.places.get(id)
    }

    /// The signals that an event or call is behind.
    pub(crate) fn reasons(&self, id: &str) -> &[Reason] {
        self.reasons.get(id).map_or(&[], Vec::as_slice)
    }

    /// The next call after a number that failed.
    pub(crate) fn next_failure(&self, number: usize) -> Option<&Placed<'a>> {
        self.calls.iter().find(|placed| placed.number > number && placed.verdict.failed())
    }
}

/// The event of a name, and the entry within its `calls[]` where the name has one.
fn whole_or_entry(events: &HashMap<&str, usize>, id: &str) -> Option<(usize, Option<usize>)> {
    if let Some(index) = events.get(id) {
        return Some((*index, None));
    }
    let (event, entry) = id.rsplit_once('#')?;
    Some((*events.get(event)?, Some(entry.parse().ok()?)))
}

/// The id of the element of an event or an entry of it. Event ids are texts of strangers, and no ids of elements.
pub(crate) fn anchor(event: usize, entry: Option<usize>) -> String {
    match entry {
        None => format!("event-{event}"),
        Some(entry) => format!("event-{event}-{entry}"),
    }
}

/// The id of the element of a signal.
pub(crate) fn reason_anchor(reason: Reason) -> String {
    format!("reason-{}", phrases::word(&reason).replace(' ', "-"))
}
