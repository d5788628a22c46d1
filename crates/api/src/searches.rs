//! Failed searches, in clusters of one meaning, and what they say that the API lacks.

use mcp_insights_calls::SearchKind;
use mcp_insights_events::Timestamp;
use mcp_insights_kpis::{Trend, Window};
use serde::{Deserialize, Serialize};

use crate::{Session, Topic};

/// Searches that found nothing and capability requests of one meaning, with their figures in a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchCluster {
    /// `sch_…`; as stable as the id of a topic.
    pub id: String,
    /// The edited label where there is one, else the generated one.
    pub label: String,
    /// What its searches look for; capability requests look for what the API can do.
    pub search_kind: SearchKind,
    /// What became of it.
    pub state: SearchState,
    /// A note, where there is one.
    pub note: Option<String>,
    /// When it was edited last.
    pub edited_at: Option<Timestamp>,
    /// At most ten of the most frequent texts: count ↓, text.
    pub queries: Vec<QueryCount>,
    /// `search_count + capability_request_count`.
    pub demand_count: u64,
    /// Searches that found nothing.
    pub search_count: u64,
    /// Searches of this meaning that found something and were at once followed by a similar one. No demand.
    pub abandoned_count: u64,
    /// Capability requests.
    pub capability_request_count: u64,
    /// Sessions of the window with one or more of these.
    pub session_count: u64,
    /// Distinct actors of these sessions.
    pub actor_count: u64,
    /// Mean frustration score of these sessions; none where there are none.
    pub frustration: Option<f64>,
    /// The trend of `session_count`.
    pub trend: Trend,
    /// When it was seen first, whatever window and server; none where that is unknown.
    pub first_seen_at: Option<Timestamp>,
    /// When it was seen last, likewise.
    pub last_seen_at: Option<Timestamp>,
    /// What the API lacks.
    pub suggested_gap: SuggestedGap,
}

/// What became of a cluster of failed searches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchState {
    /// Nobody has decided.
    #[default]
    Open,
    /// It will be built.
    Planned,
    /// It was built.
    Shipped,
    /// It will not be built; it leaves the lists.
    Dismissed,
}

impl SearchState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Open, Self::Planned, Self::Shipped, Self::Dismissed];

    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Planned => "planned",
            Self::Shipped => "shipped",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A text that was searched or asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryCount {
    /// The exact text, usable as [`SessionsQuery::search_miss`](crate::SessionsQuery::search_miss).
    pub text: String,
    /// How often.
    pub count: u64,
}

/// What the API lacks, or why the agent did not find what it has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SuggestedGap {
    /// What kind of gap it is.
    pub kind: GapKind,
    /// For example "Refund invoices in bulk".
    pub title: String,
    /// A name for what is missing, in the style of the catalog; none where it exists.
    pub suggested_name: Option<String>,
    /// One or two sentences with the counts behind it.
    pub rationale: String,
    /// The probability that `kind` is right; none for `content` and `unknown`.
    pub confidence: Option<f64>,
    /// 0..1, from sessions, actors, frustration and growth; 0 without sessions.
    pub priority: f64,
    /// For `undiscoverable`: words that agents use and the tool's description lacks.
    pub missing_words: Vec<String>,
    /// At most three: similarity ↓, name.
    pub nearest_tools: Vec<NearestTool>,
}

/// The kinds of gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GapKind {
    /// Nothing in the catalog does this.
    Missing,
    /// Something does, but the search did not return it.
    Undiscoverable,
    /// The searches looked for data, so they say nothing about the API.
    Content,
    /// No catalog was given.
    Unknown,
}

/// A tool close to what was searched for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NearestTool {
    /// Its name.
    pub tool_name: String,
    /// 0..1.
    pub similarity: f64,
}

/// Clusters with demand in a window or the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchList {
    /// The window.
    pub window: Window,
    /// The clusters: priority ↓, demand ↓, id.
    pub searches: Vec<SearchCluster>,
    /// Clusters before the limit.
    pub total: u64,
}

/// One cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchDetail {
    /// The window.
    pub window: Window,
    /// The cluster.
    pub search: SearchCluster,
    /// At most ten of its sessions, the newest first.
    pub sample_sessions: Vec<Session>,
    /// At most five topics that share sessions with it.
    pub related_topics: Vec<Topic>,
}
