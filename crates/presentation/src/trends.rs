//! The trends as series that a chart can draw.

use mcp_insights::api;

use super::charts::{self, Joined, Values};
use super::figures;

/// One chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Series {
    /// Its name.
    pub(crate) name: &'static str,
    /// What kind of thing it shows.
    pub(crate) tone: Tone,
    /// How neighbouring buckets become one.
    pub(crate) joined: Joined,
    /// One value a bucket.
    pub(crate) values: Values,
}

/// What kind of thing a series shows, so that a renderer can colour it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// How much there is.
    Volume,
    /// What went wrong.
    Trouble,
    /// How long it took.
    Time,
}

/// One bucket of the time axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bucket {
    /// A short name for an axis.
    pub(crate) tick: String,
    /// A whole name for a title: from when to when.
    pub(crate) name: String,
    /// Whether the window cuts it.
    pub(crate) partial: bool,
}

impl Series {
    /// A value as people read it.
    pub(crate) fn text(&self, value: Option<u64>) -> String {
        match (value, self.tone) {
            (None, _) => figures::UNKNOWN.to_owned(),
            (value, Tone::Time) => figures::millis(value),
            (Some(value), _) => figures::count(value),
        }
    }

    /// A value for an axis, in few letters.
    pub(crate) fn short(&self, value: u64) -> String {
        match self.tone {
            Tone::Time => figures::short_millis(value),
            Tone::Volume | Tone::Trouble => figures::short_count(value),
        }
    }

    /// The whole window in a few words.
    pub(crate) fn summary(&self) -> String {
        let known = self.values.iter().flatten();
        match self.joined {
            Joined::Sum => format!("{} in all", figures::count(known.sum())),
            Joined::Greatest => format!("at most {}", figures::millis(known.copied().max())),
        }
    }

    /// The greatest value.
    pub(crate) fn greatest(&self) -> u64 {
        self.values.iter().flatten().copied().max().unwrap_or(0)
    }

    /// A round value at or above the greatest, for the top of an axis: latencies are round in the unit they are told in.
    pub(crate) fn top(&self) -> u64 {
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
    pub(crate) fn by(&self, buckets: usize) -> Self {
        Self { values: charts::join(&self.values, buckets, self.joined), ..self.clone() }
    }
}

/// The charts of a report.
pub(crate) fn series(trends: &api::Trends) -> Vec<Series> {
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
pub(crate) fn buckets(trends: &api::Trends, joined: usize) -> Vec<Bucket> {
    let hourly = is_hourly(trends);
    let bucket = |points: &[api::TrendPoint]| {
        let (first, last) = (points.first()?, points.last()?);
        Some(Bucket {
            tick: figures::tick(first.start, hourly),
            name: format!("{} to {} UTC", figures::minute(first.start), figures::minute(last.end)),
            partial: points.iter().any(|point| point.partial),
        })
    };
    trends.points.chunks(joined.max(1)).filter_map(bucket).collect()
}

/// Whether a bucket is an hour; it is a day otherwise.
pub(crate) fn is_hourly(trends: &api::Trends) -> bool {
    trends.bucket == api::BucketLength::Hour
}

/// How long a bar is: `per day`, `per 2 days`.
pub(crate) fn unit(trends: &api::Trends, joined: usize) -> String {
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
