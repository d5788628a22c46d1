//! `GET /insights/overview`.

use mcp_insights_kpis::{Breakdowns, Coverage, Kpis, Trends, Window};
use serde::{Deserialize, Serialize};

use crate::{SearchCluster, Topic};

/// The figures of a window, with its first topics and failed searches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Overview {
    /// The window.
    pub window: Window,
    /// How much of the traffic the insights explain.
    pub coverage: Coverage,
    /// The KPIs, beside those of the previous window.
    pub kpis: Kpis,
    /// The window in buckets.
    pub trends: Trends,
    /// The window by tool, client and failure class.
    pub breakdowns: Breakdowns,
    /// The first five topics by volume.
    pub top_topics: Vec<Topic>,
    /// The first five clusters of failed searches.
    pub top_failed_searches: Vec<SearchCluster>,
}
