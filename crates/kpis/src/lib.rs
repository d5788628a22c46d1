//! KPIs, trends and breakdowns of a window of time, counted in one pass over [`Sessions`].
//!
//! Start at [`Partial`]: it counts ([`Partial::collect`]), merges ([`Partial::merge`]) and gives the [`Figures`]
//! ([`Partial::finish`]) of a [`Window`]. Sessions count by their start, what happened by its own time; the points of
//! the trends add up to the KPIs. Every count is an integer and every rate is rounded once, from the exact ratio, so
//! that a result depends neither on threads nor on the order of events.
//!
//! ```
//! use mcp_insights_kpis::{Partial, Range, ServerFilter, Window};
//! # use mcp_insights_events::Timestamp;
//! # use mcp_insights_sessions::Sessions;
//! # let sessions = Sessions::default();
//!
//! let now = Timestamp::parse("2026-01-31T08:00:00Z")?;
//! let window = Window::new(Range::Week, now);
//! let partial = Partial::collect(&sessions, &|_| false, &window, ServerFilter::All);
//! let figures = partial.finish(&sessions);
//!
//! assert_eq!(figures.kpis.sessions.value, 0);
//! assert_eq!(figures.kpis.error_rate.value, None); // of no calls: unknown, not 0
//! assert_eq!(figures.trends.points.len(), 8); // 7 days from 08:00 touch 8 days
//! # Ok::<(), mcp_insights_events::TimestampError>(())
//! ```
//!
//! Latencies go into a [`Sketch`], which knows every quantile to within 1 % and merges to the bit. Counting a million
//! calls takes some 35 ms of one core, spread over all; a partial holds a sketch for each bucket and tool, not the calls.
//!
//! [`Sessions`]: mcp_insights_sessions::Sessions

mod collect;
mod counts;
mod exact;
mod figures;
mod finish;
mod history;
mod partial;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod sample;
mod sketch;
mod window;

pub use exact::{mean_score, rate};
pub use figures::{
    Breakdowns, BucketLength, ClientBreakdown, CountKpi, Coverage, FailureBreakdown, Figures, Kpis,
    LatencyKpi, RateKpi, ToolBreakdown, Trend, TrendPoint, Trends,
};
pub use finish::trend;
pub use history::{ServerFilter, history_start};
pub use partial::Partial;
pub use sketch::Sketch;
pub use window::{Bucket, Range, Window};
