//! Windows of time and their buckets.

use mcp_insights_events::Timestamp;
use mcp_insights_sessions::Sessions;
use serde::{Deserialize, Serialize};

use crate::figures::BucketLength;
use crate::history::{self, ServerFilter};

const HOUR_MICROS: i64 = 3_600_000_000;
const DAY_MICROS: i64 = 24 * HOUR_MICROS;

/// A window over all of a data set has at most so many buckets, whatever one skewed clock says.
const MOST_BUCKETS: i64 = 400;

/// How far a window reaches back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Range {
    /// 24 hours.
    #[serde(rename = "24h")]
    Day,
    /// 7 days.
    #[default]
    #[serde(rename = "7d")]
    Week,
    /// 30 days.
    #[serde(rename = "30d")]
    Month,
    /// 90 days.
    #[serde(rename = "90d")]
    Quarter,
}

impl Range {
    /// Every range, the shortest first.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// The word of the contract.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    /// Its length in microseconds.
    #[must_use]
    pub const fn micros(self) -> i64 {
        match self {
            Self::Day => DAY_MICROS,
            Self::Week => 7 * DAY_MICROS,
            Self::Month => 30 * DAY_MICROS,
            Self::Quarter => 90 * DAY_MICROS,
        }
    }

    /// The length of its buckets: hours for a day, days for the others.
    #[must_use]
    pub const fn bucket_length(self) -> BucketLength {
        match self {
            Self::Day => BucketLength::Hour,
            Self::Week | Self::Month | Self::Quarter => BucketLength::Day,
        }
    }
}

/// A window `[start, end)`, and the equally long one before it, `[previous_start, start)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// How far it reaches back.
    pub range: Range,
    /// Its first instant.
    pub start: Timestamp,
    /// The instant after its last.
    pub end: Timestamp,
    /// The first instant of the window before.
    pub previous_start: Timestamp,
}

/// A stretch of a window on whole hours or days of UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its first instant, clipped to the window.
    pub start: Timestamp,
    /// The instant after its last, clipped to the window.
    pub end: Timestamp,
    /// Whether the window cuts it.
    pub partial: bool,
}

impl Window {
    /// The window of a range that ends now: `[now - range, now)`.
    #[must_use]
    pub const fn new(range: Range, now: Timestamp) -> Self {
        let start = now.plus_micros(-range.micros());
        Self { range, start, end: now, previous_start: start.plus_micros(-range.micros()) }
    }

    /// A window over every event of a data set, for exports.
    ///
    /// It is no window of the contract, and never printed: its `range` is the longest one, and stands for nothing. Its
    /// previous window begins before the data does, so that every previous figure is none. Its buckets are days, or
    /// as many days together as keep them below 400.
    #[must_use]
    pub fn of_everything(sessions: &Sessions) -> Self {
        let held = history::held(sessions, ServerFilter::All);
        let start = held.oldest.unwrap_or_default();
        let end = held.newest.unwrap_or_default().plus_micros(1);
        let previous_start = start.plus_micros(-end.micros_since(start));
        Self { range: Range::Quarter, start, end, previous_start }
    }

    /// Whether an instant lies in the window.
    #[must_use]
    pub fn contains(&self, time: Timestamp) -> bool {
        self.start <= time && time < self.end
    }

    /// Whether an instant lies in the previous window.
    #[must_use]
    pub fn previous_contains(&self, time: Timestamp) -> bool {
        self.previous_start <= time && time < self.start
    }

    /// Every bucket that the window touches, oldest first, clipped to the window.
    #[must_use]
    pub fn buckets(&self) -> Vec<Bucket> {
        let width = self.bucket_micros();
        (self.first_bucket()..)
            .map(|number| {
                (number.saturating_mul(width), number.saturating_add(1).saturating_mul(width))
            })
            .take_while(|(start, end)| *start < self.end.micros() && start < end)
            .map(|(start, end)| Bucket {
                start: Timestamp::from_micros(start).max(self.start),
                end: Timestamp::from_micros(end).min(self.end),
                partial: start < self.start.micros() || end > self.end.micros(),
            })
            .collect()
    }

    /// The place in [`Window::buckets`] of the bucket that an instant falls into; none outside of the window.
    #[must_use]
    pub fn bucket_of(&self, time: Timestamp) -> Option<usize> {
        match self.places().of(time) {
            Place::Bucket(bucket) => Some(bucket),
            Place::Previous | Place::Outside => None,
        }
    }

    /// The same question for many instants.
    pub(crate) fn places(&self) -> Places {
        Places { window: *self, width: self.bucket_micros(), first: self.first_bucket() }
    }

    fn first_bucket(&self) -> i64 {
        self.start.micros().div_euclid(self.bucket_micros())
    }

    fn bucket_micros(&self) -> i64 {
        match self.range.bucket_length() {
            BucketLength::Hour => HOUR_MICROS,
            BucketLength::Day => {
                let days = self.end.micros_since(self.start) / DAY_MICROS;
                DAY_MICROS * (days / MOST_BUCKETS + 1)
            }
        }
    }
}

/// Where an instant falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Into this bucket of the window.
    Bucket(usize),
    /// Into the previous window.
    Previous,
    /// Into neither.
    Outside,
}

/// Tells for many instants where they fall.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) window: Window,
    /// Microseconds of a bucket.
    width: i64,
    /// Number of the first bucket since the Unix epoch.
    first: i64,
}

impl Places {
    pub(crate) fn of(&self, time: Timestamp) -> Place {
        if self.window.contains(time) {
            let number = time.micros().div_euclid(self.width) - self.first;
            usize::try_from(number).map_or(Place::Outside, Place::Bucket)
        } else if self.window.previous_contains(time) {
            Place::Previous
        } else {
            Place::Outside
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::sample;
    use proptest::prelude::*;

    fn window(range: Range, now: &str) -> Window {
        Window::new(range, Timestamp::parse(now).unwrap())
    }

    fn partial(window: &Window) -> Vec<bool> {
        window.buckets().iter().map(|bucket| bucket.partial).collect()
    }

    #[test]
    fn a_window_on_midnight_cuts_no_day() {
        let window = window(Range::Week, "2026-01-31T00:00:00Z");
        assert_eq!(partial(&window), [false; 7]);
        assert_eq!(window.buckets()[0].start.to_string(), "2026-01-24T00:00:00.000Z");
    }

    #[test]
    fn a_window_within_a_day_cuts_the_first_and_the_last() {
        let window = window(Range::Week, "2026-01-31T08:00:00Z");
        let expected = [true, false, false, false, false, false, false, true];
        assert_eq!(partial(&window), expected);
        let buckets = window.buckets();
        assert_eq!(buckets[0].start, window.start);
        assert_eq!(buckets[7].end, window.end);
        assert_eq!(buckets[7].start.to_string(), "2026-01-31T00:00:00.000Z");
    }

    #[test]
    fn a_day_is_cut_into_hours() {
        assert_eq!(window(Range::Day, "2026-01-31T08:00:00Z").buckets().len(), 24);
        let cut = partial(&window(Range::Day, "2026-01-31T08:00:00.001Z"));
        assert_eq!((cut.len(), cut[0], cut[1], cut[24]), (25, true, false, true));
    }

    #[test]
    fn the_end_is_not_in_the_window_and_its_start_is() {
        let window = window(Range::Day, "2026-01-31T08:00:00Z");
        assert!(window.contains(window.start) && !window.contains(window.end));
        assert!(window.previous_contains(window.previous_start));
        assert!(!window.previous_contains(window.start));
        assert_eq!(
            window.end.micros_since(window.start),
            window.start.micros_since(window.previous_start)
        );
    }

    #[test]
    fn the_window_of_everything_holds_every_event_in_some_bucket() {
        let (mut sessions, _) = sample::data(&[]);
        assert_eq!(Window::of_everything(&sessions).buckets().len(), 1);
        for minute in [-60 * 365 * sample::DAY, 0] {
            sample::add_unattached(&mut sessions, minute, false);
        }
        let window = Window::of_everything(&sessions);
        let buckets = window.buckets();
        assert!(buckets.len() <= 401, "{}", buckets.len());
        assert_eq!(window.bucket_of(sample::at(0)), Some(buckets.len() - 1));
        assert_eq!(window.bucket_of(window.start), Some(0));
        assert!(window.previous_start < window.start);
    }

    #[test]
    fn a_now_at_the_end_of_time_ends() {
        for micros in [i64::MIN, i64::MAX] {
            let window = Window::new(Range::Quarter, Timestamp::from_micros(micros));
            assert!(window.buckets().len() <= 91);
        }
    }

    proptest! {
        #[test]
        fn buckets_cover_the_window_without_gap_or_overlap(
            now in 1_000_000_000_000_000_i64..4_000_000_000_000_000,
            range in prop::sample::select(Range::ALL.to_vec()),
            part in 0.0..1.0,
        ) {
            let window = Window::new(range, Timestamp::from_micros(now));
            let buckets = window.buckets();
            prop_assert_eq!(buckets.first().map(|bucket| bucket.start), Some(window.start));
            prop_assert_eq!(buckets.last().map(|bucket| bucket.end), Some(window.end));
            prop_assert!(buckets.windows(2).all(|pair| pair[0].end == pair[1].start));
            let time = window.start.plus_micros((range.micros() as f64 * part) as i64);
            let found = window.bucket_of(time).and_then(|place| buckets.get(place)).copied();
            prop_assert!(found.is_some_and(|bucket| bucket.start <= time && time < bucket.end));
            prop_assert_eq!(window.bucket_of(window.end), None);
        }
    }
}
