//! A topic as the contract shows it.

use std::cmp::Reverse;

use hashbrown::HashMap;
use mcp_insights_api as api;
use mcp_insights_events::TextId;
use mcp_insights_kpis::rate;
use mcp_insights_topics::{LabelSource, Topic};

use crate::engine::Engine;
use crate::measure::scope::Scope;
use crate::measure::topics::TopicFigures;
use crate::snapshot::Snapshot;

const MOST_SAMPLES: usize = 5;
const MOST_TOOLS: usize = 5;

/// A topic with its figures, among so many sessions of the window.
pub(crate) fn topic(
    engine: &Engine,
    scope: &Scope,
    index: u32,
    topic: &Topic,
    figures: &TopicFigures,
    sessions: u64,
) -> api::Topic {
    let snapshot = engine.snapshot();
    let edits = engine.topic_edits(&topic.id);
    let (label, source) = topic.shown_label(&edits);
    let is_unmet_demand = engine.is_unmet_demand(index);
    let times = snapshot.topic_times.get(index as usize);
    let unmet_demand_source = match edits.is_unmet_demand {
        Some(_) => Some(api::UnmetDemandSource::Manual),
        None => is_unmet_demand.then_some(api::UnmetDemandSource::Detected),
    };
    api::Topic {
        id: topic.id.clone(),
        label: label.to_owned(),
        label_source: match source {
            LabelSource::Generated => api::LabelSource::Generated,
            LabelSource::Edited => api::LabelSource::Edited,
        },
        keywords: topic.keywords.clone(),
        is_unmet_demand,
        unmet_demand_source,
        archived: edits.archived,
        session_count: figures.cohort.sessions,
        share: rate(figures.cohort.sessions, sessions),
        actor_count: figures.cohort.actors(),
        intent_count: figures.intents.len() as u64,
        tool_call_count: figures.calls,
        error_rate: rate(figures.errors, figures.calls),
        success_rate: rate(figures.succeeded, figures.known),
        frustration: figures.cohort.frustration(),
        trend: figures.cohort.trend(scope),
        first_seen_at: times.map(|times| times.first),
        last_seen_at: times.map(|times| times.last),
        sample_intents: most_frequent(snapshot, &figures.samples, MOST_SAMPLES)
            .map(|(text, sessions)| api::SampleIntent { text, sessions })
            .collect(),
        top_tools: top_tools(snapshot, &figures.tools),
    }
}

/// The texts with the highest counts: count ↓, text.
pub(crate) fn most_frequent(
    snapshot: &Snapshot,
    counts: &HashMap<TextId, u64>,
    most: usize,
) -> impl Iterator<Item = (String, u64)> {
    let mut texts: Vec<(&str, u64)> =
        counts.iter().map(|(text, count)| (snapshot.text(*text), *count)).collect();
    texts.sort_unstable_by_key(|(text, count)| (Reverse(*count), *text));
    texts.truncate(most);
    let owned: Vec<(String, u64)> =
        texts.into_iter().map(|(text, count)| (text.to_owned(), count)).collect();
    owned.into_iter()
}

fn top_tools(snapshot: &Snapshot, tools: &HashMap<TextId, (u64, u64)>) -> Vec<api::ToolUse> {
    let mut uses: Vec<api::ToolUse> = tools
        .iter()
        .map(|(tool, (calls, errors))| api::ToolUse {
            tool_name: snapshot.text(*tool).to_owned(),
            calls: *calls,
            errors: *errors,
        })
        .collect();
    uses.sort_unstable_by(|left, right| {
        right.calls.cmp(&left.calls).then_with(|| left.tool_name.cmp(&right.tool_name))
    });
    uses.truncate(MOST_TOOLS);
    uses
}
