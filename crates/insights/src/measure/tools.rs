//! Figures of every tool in a window.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use mcp_insights_calls::SearchKind;
use mcp_insights_events::TextId;
use mcp_insights_sessions::{Call, Search, Session};

use crate::measure::scope::Scope;
use crate::snapshot::{Snapshot, rows};

/// Figures of one tool.
#[derive(Clone, Debug, Default)]
pub(crate) struct ToolCounts {
    /// Its calls.
    pub(crate) calls: u64,
    /// Of these, the ones whose failure was reported.
    pub(crate) reported: u64,
    /// Of these, the ones of which only the result says that they failed.
    pub(crate) silent: u64,
    /// Sessions with a call of it.
    pub(crate) sessions: u64,
    /// Distinct actors of these sessions.
    pub(crate) actors: HashSet<TextId>,
    /// Searches for a tool after which it was the next call of the turn.
    pub(crate) found: u64,
    /// How often a turn left it, after it had failed, for another tool.
    pub(crate) left_for: BTreeMap<TextId, u64>,
}

/// Counts every tool that was called in the sessions of a scope.
pub(crate) fn measure(snapshot: &Snapshot, scope: &Scope) -> HashMap<TextId, ToolCounts> {
    let mut tools: HashMap<TextId, ToolCounts> = HashMap::new();
    let mut own: HashSet<TextId> = HashSet::new();
    let mut last: HashMap<TextId, usize> = HashMap::new();
    for (_, session) in scope.sessions(snapshot) {
        let calls = rows(&snapshot.sessions.calls, &session.calls);
        own.clear();
        for call in calls {
            let Some(tool) = call.tool else { continue };
            let counts = tools.entry(tool).or_default();
            counts.calls += 1;
            counts.reported += u64::from(call.reported_failure);
            counts.silent += u64::from(call.silent_failure);
            if own.insert(tool) {
                counts.sessions += 1;
                counts.actors.insert(session.actor);
            }
        }
        for turn in calls.chunk_by(|left, right| left.turn == right.turn) {
            add_left(turn, &mut last, &mut tools);
        }
        add_found(snapshot, session, calls, &mut tools);
    }
    tools
}

/// A tool is left where its last call in the turn failed and the next call is of another.
fn add_left(
    turn: &[Call],
    last: &mut HashMap<TextId, usize>,
    tools: &mut HashMap<TextId, ToolCounts>,
) {
    last.clear();
    last.extend(turn.iter().enumerate().filter_map(|(place, call)| Some((call.tool?, place))));
    for (place, pair) in turn.windows(2).enumerate() {
        let [call, next] = pair else { continue };
        let (Some(tool), Some(other)) = (call.tool, next.tool) else { continue };
        let failed = call.reported_failure || call.silent_failure;
        let is_last = last.get(&tool) == Some(&place);
        // What looks for tools is no alternative to any.
        if failed && is_last && tool != other && !next.looks_for_tool {
            *tools.entry(tool).or_default().left_for.entry(other).or_default() += 1;
        }
    }
}

fn add_found(
    snapshot: &Snapshot,
    session: &Session,
    calls: &[Call],
    tools: &mut HashMap<TextId, ToolCounts>,
) {
    let searches = rows(&snapshot.sessions.searches, &session.searches).iter();
    let answered = |search: &&Search| search.kind == SearchKind::Discovery && search.miss.is_none();
    for search in searches.filter(answered) {
        let after = calls.partition_point(|call| call.started_at <= search.at);
        let next = calls.get(after).filter(|call| call.turn == search.turn && !call.looks_for_tool);
        if let Some(tool) = next.and_then(|call| call.tool) {
            tools.entry(tool).or_default().found += 1;
        }
    }
}
