//! The trends as series that a chart can draw.

use mcp_insights_api as api;

use super::charts::{self, Joined, Values};
use super::figures;

/// One chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// Its name.
    pub name: &'static str,
    /// What kind of thing it shows.
    pub tone: Tone,
    /// How neighbouring buckets become one.
    pub joined: Joined,
    /// One value a bucket.
    pub values: Values,
}

/// What kind of thing a series shows, so that a renderer can colour it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// How much there is.
    Volume,
    /// What went wrong.
    Trouble,
    /// How long it took.
    Time,
}

/// One bucket of the time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// A short name for an axis.
    pub tick: String,
    /// A whole name for a title: from when to when.
    pub name: String,
    /// Whether the window cuts it.
    pub partial: bool,
}

impl Series {
    /// The sessions of a topic or cluster over the window.
    pub fn of_sessions(trend: &api::Trend) -> Self {
        Self {
            name: "Sessions",
            tone: Tone::Volume,
            joined: Joined::Sum,
            values: trend.sparkline.iter().copied().map(Some).collect(),
        }
    }

    /// A value as people read it.
    pub fn text(&self, value: Option<u64>) -> String {
        match (value, self.tone) {
            (None, _) => figures::UNKNOWN.to_owned(),
            (value, Tone::Time) => figures::millis(value),
            (Some(value), _) => figures::count(value),
        }
    }

    /// A value for an axis, in few letters.
    pub fn short(&self, value: u64) -> String {
        match self.tone {
            Tone::Time => figures::short_millis(value),
            Tone::Volume | Tone::Trouble => figures::short_count(value),
        }
    }

    /// The whole window in a few words.
    pub fn summary(&self) -> String {
        let known = self.values.iter().flatten();
        match self.joined {
            Joined::Sum => format!("{} in all", figures::count(known.sum())),
            Joined::Greatest => format!("at most {}", figures::millis(known.copied().max())),
        }
    }

    /// The greatest value.
    pub fn greatest(&self) -> u64 {
        self.values.iter().flatten().copied().max().unwrap_or(0)
    }

    /// A round value at or above the greatest, for the top of an axis: latencies are round in the unit they are told in.
    pub fn top(&self) -> u64 {
        let greatest = self.greatest();
        let unit = match (self.tone, greatest) {
            (Tone::Volume | Tone::Trouble, _) | (Tone::Time, 0..1_000) => 1,
            (Tone::Time, 1_000..60_000) => 1_000,
            (Tone::Time, 60_000..3_600_000) => 60_000,
            (Tone::Time, _) => 3_600_000,
        };
        charts::axis_top(greatest.div_ceil(unit)).saturating_mul(unit)
    }

    /// The same series with so many buckets joined into one.
    pub fn by(&self, buckets: usize) -> Self {
        Self { values: charts::join(&self.values, buckets, self.joined), ..self.clone() }
    }
}

/// The charts of a report.
pub fn series(trends: &api::Trends) -> Vec<Series> {
    let counts = |name, tone, of: fn(&api::TrendPoint) -> u64| Series {
        name,
        tone,
        joined: Joined::Sum,
        values: trends.points.iter().map(|point| Some(of(point))).collect(),
    };
    vec![
        counts("Sessions", Tone::Volume, |point| point.sessions),
        counts("Tool calls", Tone::Volume, |point| point.tool_calls),
        counts("Errors", Tone::Trouble, |point| point.errors),
        counts("Silent failures", Tone::Trouble, |point| point.silent_failures),
        counts("Failed searches", Tone::Trouble, |point| point.failed_searches),
        Series {
            name: "Latency, p95",
            tone: Tone::Time,
            joined: Joined::Greatest,
            values: trends.points.iter().map(|point| point.latency_p95_ms).collect(),
        },
    ]
}

/// The time axis, with so many buckets joined into one.
pub fn buckets(trends: &api::Trends, joined: usize) -> Vec<Bucket> {
    let stretches = trends.points.iter().map(|point| (point.start, point.end, point.partial));
    named(&stretches.collect::<Vec<_>>(), is_hourly(trends), joined)
}

/// The time axis of a window, with so many buckets joined into one.
pub fn buckets_of(window: &api::Window, joined: usize) -> Vec<Bucket> {
    let hourly = window.range.bucket_length() == api::BucketLength::Hour;
    let buckets = window.buckets().into_iter();
    let stretches = buckets.map(|bucket| (bucket.start, bucket.end, bucket.partial));
    named(&stretches.collect::<Vec<_>>(), hourly, joined)
}

/// Names stretches of time, each with its start, its end and whether the window cuts it.
fn named(
    stretches: &[(api::Timestamp, api::Timestamp, bool)],
    hourly: bool,
    joined: usize,
) -> Vec<Bucket> {
    let bucket = |stretches: &[(api::Timestamp, api::Timestamp, bool)]| {
        let ((start, ..), (_, end, _)) = (stretches.first()?, stretches.last()?);
        Some(Bucket {
            tick: figures::tick(*start, hourly),
            name: format!("{} to {} UTC", figures::minute(*start), figures::minute(*end)),
            partial: stretches.iter().any(|(_, _, partial)| *partial),
        })
    };
    stretches.chunks(joined.max(1)).filter_map(bucket).collect()
}

/// Whether a bucket is an hour; it is a day otherwise.
pub fn is_hourly(trends: &api::Trends) -> bool {
    trends.bucket == api::BucketLength::Hour
}

/// How long a bar is: `per day`, `per 2 days`.
pub fn unit(trends: &api::Trends, joined: usize) -> String {
    match (is_hourly(trends), joined) {
        (true, 0 | 1) => "per hour".to_owned(),
        (true, hours) => format!("per {hours} hours"),
        (false, 0 | 1) => "per day".to_owned(),
        (false, days) => format!("per {days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_of_latencies_ends_on_a_round_time() {
        let rows = [
            (7, 8),
            (999, 1_000),
            (4_200, 5_000),
            (61_000, 120_000),
            (305_000, 360_000),
            (4_000_000, 7_200_000),
        ];
        for (greatest, top) in rows {
            let values = vec![None, Some(greatest)];
            let series = Series { name: "", tone: Tone::Time, joined: Joined::Greatest, values };
            assert_eq!(series.top(), top, "{greatest}");
        }
    }
}
