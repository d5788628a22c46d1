//! What each tool does for those who look for it.

use std::collections::{BTreeMap, BTreeSet};

use mcp_insights_api as api;
use mcp_insights_events::{TextId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::engine::Engine;
use crate::measure::scope::Scope;
use crate::measure::tools::{ToolCounts, measure};
use crate::queries::export::ExportRange;
use crate::queries::searches::listed;

const MOST_CONFUSIONS: usize = 5;

/// One tool, of the catalog or seen in calls, in a window. Tools of one name are one, as calls tell their names only.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// Its name.
    pub tool_name: String,
    /// Whether the catalog has it; false for all where there is none.
    pub in_catalog: bool,
    /// The servers that offer it, where the catalog says which.
    pub servers: Vec<String>,
    /// Calls of it.
    pub call_count: u64,
    /// Sessions with a call of it.
    pub session_count: u64,
    /// Distinct actors of these sessions.
    pub actor_count: u64,
    /// Searches for a tool that found something, and after which it was the next call of the turn.
    pub found_count: u64,
    /// Calls whose failure was reported.
    pub reported_failure_count: u64,
    /// Calls that failed by what their result says alone.
    pub silent_failure_count: u64,
    /// Empty searches and capability requests that should have led to it: of the clusters whose gap is `undiscoverable` and
    /// whose nearest tool it is.
    pub missed_demand_count: u64,
    /// Ids of these clusters, priority ↓.
    pub missed_search_ids: Vec<String>,
    /// The tools that a turn went over to after its last call of this one had failed, at most 5: count ↓, name.
    pub confused_with: Vec<Confusion>,
}

/// Another tool that was taken instead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// Its name.
    pub tool_name: String,
    /// How often.
    pub count: u64,
}

impl Engine {
    /// Every tool of the catalog and every tool that was called in a range: missed demand ↓, failures ↓, calls ↓, name.
    #[must_use]
    pub fn tools(&self, range: ExportRange, now: Timestamp, server: Option<&str>) -> Vec<Tool> {
        let scope = range.scope(self, now, server);
        let snapshot = self.snapshot();
        let counts = measure(snapshot, &scope);
        let missed = missed(self, &scope);
        let mut offered: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for tool in snapshot.options.catalog.tools() {
            offered.entry(&tool.name).or_default().extend(tool.server.as_deref());
        }
        let called: BTreeMap<&str, &ToolCounts> =
            counts.iter().map(|(tool, counts)| (snapshot.text(*tool), counts)).collect();
        let names: BTreeSet<&str> = offered.keys().chain(called.keys()).copied().collect();
        let none = ToolCounts::default();
        let mut tools: Vec<Tool> = names
            .into_iter()
            .map(|name| {
                let counts = called.get(name).copied().unwrap_or(&none);
                let (demand, searches) = missed.get(name).cloned().unwrap_or_default();
                Tool {
                    tool_name: name.to_owned(),
                    in_catalog: offered.contains_key(name),
                    servers: offered
                        .get(name)
                        .into_iter()
                        .flatten()
                        .map(|server| (*server).to_owned())
                        .collect(),
                    call_count: counts.calls,
                    session_count: counts.sessions,
                    actor_count: counts.actors.len() as u64,
                    found_count: counts.found,
                    reported_failure_count: counts.reported,
                    silent_failure_count: counts.silent,
                    missed_demand_count: demand,
                    missed_search_ids: searches,
                    confused_with: confusions(self, &counts.left_for),
                }
            })
            .collect();
        // Stable, so that equals stay in the order of their names.
        tools.sort_by_key(|tool| {
            let failures = tool.reported_failure_count + tool.silent_failure_count;
            std::cmp::Reverse((tool.missed_demand_count, failures, tool.call_count))
        });
        tools
    }
}

/// For each tool the demand that should have led to it, and the clusters.
fn missed(engine: &Engine, scope: &Scope) -> BTreeMap<String, (u64, Vec<String>)> {
    let mut missed: BTreeMap<String, (u64, Vec<String>)> = BTreeMap::new();
    for search in listed(engine, scope) {
        let gap = &search.suggested_gap;
        if let (api::GapKind::Undiscoverable, Some(tool)) = (gap.kind, gap.nearest_tools.first()) {
            let (demand, searches) = missed.entry(tool.tool_name.clone()).or_default();
            *demand += search.demand_count;
            searches.push(search.id);
        }
    }
    missed
}

fn confusions(engine: &Engine, left_for: &BTreeMap<TextId, u64>) -> Vec<Confusion> {
    let named = |(tool, count): (&TextId, &u64)| Confusion {
        tool_name: engine.snapshot().text(*tool).to_owned(),
        count: *count,
    };
    let mut confusions: Vec<Confusion> = left_for.iter().map(named).collect();
    confusions.sort_by(|left, right| {
        right.count.cmp(&left.count).then_with(|| left.tool_name.cmp(&right.tool_name))
    });
    confusions.truncate(MOST_CONFUSIONS);
    confusions
}
