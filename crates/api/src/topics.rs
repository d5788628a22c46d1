//! Topics: recurring groups of intents with one meaning.

use mcp_insights_events::Timestamp;
use mcp_insights_kpis::{Trend, Window};
use serde::{Deserialize, Serialize};

use crate::{SearchCluster, Session};

/// A topic, with its figures in a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// `top_…`; it survives new data, restarts and a new clustering.
    pub id: String,
    /// The edited label where there is one, else the generated one.
    pub label: String,
    /// Where the label comes from.
    pub label_source: LabelSource,
    /// At most eight key phrases.
    pub keywords: Vec<String>,
    /// Whether the API does not serve it.
    pub is_unmet_demand: bool,
    /// Who says so; none where nobody does.
    pub unmet_demand_source: Option<UnmetDemandSource>,
    /// Whether it was taken off the lists.
    pub archived: bool,
    /// Sessions of the window with a turn in it.
    pub session_count: u64,
    /// `session_count` / sessions of the window; none where there are none.
    pub share: Option<f64>,
    /// Distinct actors of these sessions.
    pub actor_count: u64,
    /// Distinct folded intents.
    pub intent_count: u64,
    /// Tool calls in its turns.
    pub tool_call_count: u64,
    /// Of these, the share with a reported failure.
    pub error_rate: Option<f64>,
    /// Sessions that succeeded / sessions with a known outcome.
    pub success_rate: Option<f64>,
    /// Mean frustration score of its sessions; none where there are none.
    pub frustration: Option<f64>,
    /// The trend of `session_count`.
    pub trend: Trend,
    /// When it was seen first, whatever window and server; none where that is unknown.
    pub first_seen_at: Option<Timestamp>,
    /// When it was seen last, likewise.
    pub last_seen_at: Option<Timestamp>,
    /// At most five of the most frequent intents: sessions ↓, text.
    pub sample_intents: Vec<SampleIntent>,
    /// At most five tools: calls ↓, name.
    pub top_tools: Vec<ToolUse>,
}

/// Where a label comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelSource {
    /// The engine made it.
    Generated,
    /// Someone wrote it.
    Edited,
}

/// Who says whether a topic is unmet demand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum UnmetDemandSource {
    /// Someone, whether yes or no.
    Manual,
    /// A rule.
    Detected,
}

/// An intent, verbatim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SampleIntent {
    /// The text.
    pub text: String,
    /// Sessions of the window that have it.
    pub sessions: u64,
}

/// A tool that is used in the turns of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolUse {
    /// Its name.
    pub tool_name: String,
    /// Its calls.
    pub calls: u64,
    /// Of these, the ones with a reported failure.
    pub errors: u64,
}

/// Topics with sessions in a window or the one before.
///
/// `with_topic_sessions + unclustered_sessions + no_intent_sessions = sessions`, whatever the filters on topics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicList {
    /// The window.
    pub window: Window,
    /// The topics, as sorted.
    pub topics: Vec<Topic>,
    /// Topics before the limit.
    pub total: u64,
    /// Sessions of the window.
    pub sessions: u64,
    /// Of these, the ones with a turn in any topic, archived ones included.
    pub with_topic_sessions: u64,
    /// Of these, the ones with an intent but no topic.
    pub unclustered_sessions: u64,
    /// Of these, the ones with no intent.
    pub no_intent_sessions: u64,
}

/// One topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicDetail {
    /// The window.
    pub window: Window,
    /// The topic.
    pub topic: Topic,
    /// At most ten of its sessions, the newest first.
    pub sample_sessions: Vec<Session>,
    /// At most ten clusters of failed searches that share sessions with it.
    pub related_failed_searches: Vec<SearchCluster>,
}
