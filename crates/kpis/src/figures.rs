//! The final figures, as the contract shows them. A value that is unknown is null, never a made-up zero.

use mcp_insights_calls::FailureClass;
use mcp_insights_events::Timestamp;
use serde::{Deserialize, Serialize};

/// A count, beside that of the previous window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountKpi {
    /// The count.
    pub value: u64,
    /// That of the previous window; none where that begins before the data does.
    pub previous: Option<u64>,
    /// `100 * (value - previous) / previous` with up to 2 decimals; none where `previous` is 0 or none.
    pub change_pct: Option<f64>,
}

/// A share of 0..1 with up to 4 decimals, beside that of the previous window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateKpi {
    /// The share; none where the divisor is 0.
    pub value: Option<f64>,
    /// That of the previous window; none where its divisor is 0, or where it begins before the data does.
    pub previous: Option<f64>,
    /// As [`CountKpi::change_pct`], from the unrounded shares; none too where `value` is.
    pub change_pct: Option<f64>,
}

/// A latency in whole milliseconds, beside that of the previous window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyKpi {
    /// Milliseconds; none where no duration is known.
    pub value: Option<u64>,
    /// Those of the previous window; none where no duration is known, or where it begins before the data does.
    pub previous: Option<u64>,
    /// As [`CountKpi::change_pct`], from the unrounded latencies; none too where `value` is.
    pub change_pct: Option<f64>,
}

/// The KPIs of a window. Sessions count by their start, events by their own time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kpis {
    /// Sessions that started in the window.
    pub sessions: CountKpi,
    /// Distinct actors of these sessions.
    pub actors: CountKpi,
    /// Tool calls, those inside scripts included.
    pub tool_calls: CountKpi,
    /// Tool calls with a reported failure / tool calls; silent failures do not count.
    pub error_rate: RateKpi,
    /// Tool calls reported as fine whose result says that they failed.
    pub silent_failures: CountKpi,
    /// Silent failures / tool calls.
    pub silent_failure_rate: RateKpi,
    /// All searches, those with an unknown result included.
    pub searches: CountKpi,
    /// Searches that broke or found nothing.
    pub failed_searches: CountKpi,
    /// Failed searches / searches with a known result.
    pub search_miss_rate: RateKpi,
    /// Sessions of level high / sessions.
    pub high_frustration_rate: RateKpi,
    /// Sessions that repeat an earlier one / sessions.
    pub repeat_rate: RateKpi,
    /// Sessions that succeeded / sessions with a known outcome.
    pub success_rate: RateKpi,
    /// Capability requests.
    pub capability_requests: CountKpi,
    /// Median duration of the tool calls that have one.
    pub latency_p50_ms: LatencyKpi,
    /// Their 95th percentile.
    pub latency_p95_ms: LatencyKpi,
}

/// The length of the buckets of a trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BucketLength {
    /// An hour of UTC.
    Hour,
    /// A day of UTC.
    Day,
}

/// The window in buckets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trends {
    /// How long a bucket is.
    pub bucket: BucketLength,
    /// Every bucket that the window touches, oldest first. Their counts add up to the KPIs.
    pub points: Vec<TrendPoint>,
}

/// One bucket of a trend.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrendPoint {
    /// Its first instant, clipped to the window.
    pub start: Timestamp,
    /// The instant after its last, clipped to the window.
    pub end: Timestamp,
    /// Whether the window cuts it.
    pub partial: bool,
    /// Sessions that started in it.
    pub sessions: u64,
    /// Tool calls.
    pub tool_calls: u64,
    /// Tool calls with a reported failure.
    pub errors: u64,
    /// Tool calls that failed silently.
    pub silent_failures: u64,
    /// Searches.
    pub searches: u64,
    /// Searches that broke or found nothing.
    pub failed_searches: u64,
    /// Sessions of level high that started in it.
    pub high_frustration_sessions: u64,
    /// 95th percentile of the durations of its tool calls, in milliseconds.
    pub latency_p95_ms: Option<u64>,
}

/// The window by tool, client and failure class, at most ten rows each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breakdowns {
    /// The tools called in the window: calls ↓, name.
    pub tools: Vec<ToolBreakdown>,
    /// The clients with sessions or calls in the window: sessions ↓, name, the unknown one last.
    pub clients: Vec<ClientBreakdown>,
    /// The failure classes of the window's calls: count ↓, class.
    pub failure_classes: Vec<FailureBreakdown>,
}

/// Figures of one tool.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolBreakdown {
    /// Its name.
    pub tool_name: String,
    /// Its calls in the window.
    pub calls: u64,
    /// Of these, the ones with a reported failure.
    pub errors: u64,
    /// Of these, the ones that failed silently.
    pub silent_failures: u64,
    /// Median duration of these, in milliseconds.
    pub latency_p50_ms: Option<u64>,
    /// 95th percentile of their durations.
    pub latency_p95_ms: Option<u64>,
    /// Sessions started in the window that call it, whenever they do.
    pub sessions: u64,
}

/// Figures of one client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClientBreakdown {
    /// Its name; none where it is unknown.
    pub client_name: Option<String>,
    /// Its sessions that started in the window.
    pub sessions: u64,
    /// Tool calls in the window of its sessions, whenever these started.
    pub tool_calls: u64,
    /// Of these, the ones with a reported failure.
    pub errors: u64,
}

/// Figures of one failure class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FailureBreakdown {
    /// The class.
    pub class: FailureClass,
    /// Tool calls in the window that failed this way, silently or not.
    pub count: u64,
    /// Sessions started in the window with such a call, whenever it was.
    pub sessions: u64,
    /// The most frequent folded error text of these calls, the smaller of equals; none where none has a text.
    pub example: Option<String>,
}

/// How much of the traffic the insights explain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// Events held over all time, each id once.
    pub accepted: u64,
    /// Records refused over all time; none where the caller read the input.
    pub rejected: Option<u64>,
    /// Events dropped over all time because their id was held; none where that is not counted.
    pub duplicates: Option<u64>,
    /// Start of the oldest event held.
    pub history_start: Option<Timestamp>,
    /// Start of the newest event held.
    pub data_through: Option<Timestamp>,
    /// Events that began in the window.
    pub events: u64,
    /// Events of the window left out as synthetic: those marked so and the rest of their sessions.
    pub excluded_workflow_events: u64,
    /// Sessions that started in the window.
    pub sessions: u64,
    /// Of these, the ones with no intent, neither declared nor inferred.
    pub no_intent_sessions: u64,
    /// Sessions with a declared intent / sessions.
    pub declared_intent_rate: Option<f64>,
    /// Sessions with an outcome other than unknown / sessions.
    pub known_outcome_rate: Option<f64>,
    /// Tool calls in a turn with a declared intent / tool calls.
    pub attributed_call_rate: Option<f64>,
    /// Searches whose result could not be read.
    pub unknown_result_searches: u64,
}

impl Coverage {
    /// The coverage with what only the reading knows: records refused, and events dropped as duplicates.
    ///
    /// Neither is known for one MCP server alone: under a server filter both are to stay none.
    #[must_use]
    pub fn with_reading(self, rejected: Option<u64>, duplicates: Option<u64>) -> Self {
        Self { rejected, duplicates, ..self }
    }
}

/// The trend of a count of sessions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trend {
    /// The count in the previous window; none where that begins before the data does.
    pub previous: Option<u64>,
    /// As [`CountKpi::change_pct`].
    pub change_pct: Option<f64>,
    /// `(now - previous) / sqrt(now + previous)`, 0 where both are 0; none where `previous` is.
    pub score: Option<f64>,
    /// The count per bucket of the window, by the session's start.
    pub sparkline: Vec<u64>,
}

/// Everything of an overview that comes from counting.
#[derive(Clone, Debug, PartialEq)]
pub struct Figures {
    /// The KPIs.
    pub kpis: Kpis,
    /// The window in buckets.
    pub trends: Trends,
    /// The window by tool, client and failure class.
    pub breakdowns: Breakdowns,
    /// How much of the traffic this explains.
    pub coverage: Coverage,
}
