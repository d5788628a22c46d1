//! Request and response types of the insights API: the shapes of the contract, and nothing that computes.
//!
//! For an answer, start at the type of its endpoint: [`Overview`], [`TopicList`], [`TopicDetail`], [`SearchList`],
//! [`SearchDetail`], [`SessionList`], [`Trace`]. Each has exactly the fields of the contract in its order; what is
//! unknown is `null`, never left out. Times are RFC 3339 in UTC with milliseconds, durations whole milliseconds, rates
//! and scores 0..1. Every type can be written and read, so that servers and clients share them.
//!
//! For a question, start at its query: [`OverviewQuery`], [`TopicsQuery`], [`SearchesQuery`], [`SessionsQuery`],
//! [`WindowQuery`]. `Default` is what the contract answers where nothing is said. `from_pairs` reads a query string
//! and tells every fault of it as a [`FieldError`]; nothing is clamped or passed over:
//!
//! ```
//! use mcp_insights_api::{ErrorBody, ErrorCode, TopicSort, TopicsQuery};
//!
//! let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
//! let query = TopicsQuery::from_pairs(&[pair("sort", "trend"), pair("_cache", "1")]).unwrap();
//! assert_eq!(query, TopicsQuery { sort: TopicSort::Trend, ..TopicsQuery::default() });
//!
//! let errors = TopicsQuery::from_pairs(&[pair("limit", "501")]).unwrap_err();
//! assert_eq!((errors[0].field.as_str(), errors.len()), ("limit", 1));
//!
//! let body = ErrorBody::new(ErrorCode::ValidationFailed, "the query is refused", errors);
//! let json = serde_json::to_value(&body).unwrap();
//! assert_eq!(
//!     json["error"]["details"]["fieldErrors"][0]["message"],
//!     "must be a whole number from 1 to 500",
//! );
//! ```
//!
//! Edits are [`TopicPatch`] and [`SearchPatch`], which tell an absent field (it stays) from null (back to the engine)
//! from a value. Words and figures that a lower crate defines are re-exported from there, not defined twice.

mod error;
mod ingest;
mod limit;
mod org;
mod overview;
mod parameters;
mod patches;
mod queries;
mod searches;
mod sessions;
mod topics;
mod trace;

pub use error::{Error, ErrorBody, ErrorCode, ErrorDetails, FieldError};
pub use ingest::{IngestReport, IngestRequest, RejectedEvent, Sdk};
pub use limit::Limit;
pub use mcp_insights_calls::{FailureClass, MissKind, SearchKind, SearchSource};
pub use mcp_insights_events::{DeclaredFrustration, RejectionReason, Timestamp};
pub use mcp_insights_kpis::{
    Breakdowns, BucketLength, ClientBreakdown, CountKpi, Coverage, FailureBreakdown, Kpis,
    LatencyKpi, Range, RateKpi, ToolBreakdown, Trend, TrendPoint, Trends, Window,
};
pub use mcp_insights_sessions::{Flag, IntentSource, Level, Outcome, Reason};
pub use org::{Actor, Org, Organization, Role};
pub use overview::Overview;
pub use patches::{SearchPatch, TopicPatch};
pub use queries::{
    OverviewQuery, SearchesQuery, SessionSort, SessionView, SessionsQuery, TopicSort, TopicsQuery,
    WindowQuery, no_parameters,
};
pub use searches::{
    GapKind, NearestTool, QueryCount, SearchCluster, SearchDetail, SearchList, SearchState,
    SuggestedGap,
};
pub use sessions::{Frustration, Session, SessionList};
pub use topics::{
    LabelSource, SampleIntent, ToolUse, Topic, TopicDetail, TopicList, UnmetDemandSource,
};
pub use trace::{
    ClassCount, Classifications, FrustrationDetail, ReasonEvidence, Trace, TraceCall, TraceEvent,
    TraceLog, TraceRequest, TraceSearch, TraceTopic, TraceTurn,
};
