//! Which time is now.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use mcp_insights::Timestamp;
use parking_lot::Mutex;

/// So long queries are answered for one instant, unless something has changed.
const STEP: Duration = Duration::from_secs(10);

/// The system's time.
#[must_use]
pub fn system_time() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// The `now` of queries. It stands still for some seconds, so that an answer in which nothing has changed is the same bytes and has
/// the same ETag; it goes on as soon as there is something new to see, which a window that ends now then holds.
#[derive(Default)]
pub(crate) struct QueryClock(Mutex<Option<Reading>>);

#[derive(Clone, Copy)]
struct Reading {
    version: u64,
    at: Instant,
    now: Timestamp,
}

impl QueryClock {
    /// The time of a query on a version of the data.
    pub(crate) fn now(&self, version: u64) -> Timestamp {
        self.read(version, Instant::now(), system_time())
    }

    fn read(&self, version: u64, at: Instant, now: Timestamp) -> Timestamp {
        let mut reading = self.0.lock();
        let kept = reading
            .filter(|kept| kept.version >= version && at.saturating_duration_since(kept.at) < STEP);
        let kept = kept.unwrap_or(Reading { version, at, now });
        *reading = Some(kept);
        kept.now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_stands_still_until_something_changes_or_time_has_passed() {
        let clock = QueryClock::default();
        let start = Instant::now();
        let at = |seconds| (start + Duration::from_secs(seconds), time(seconds));
        let rows = [(1, 0, 0), (1, 9, 0), (2, 9, 9), (1, 9, 9), (2, 18, 9), (2, 19, 19)];
        for (version, seconds, expected) in rows {
            let (instant, now) = at(seconds);
            assert_eq!(clock.read(version, instant, now), time(expected), "{version} {seconds}");
        }
    }

    fn time(seconds: u64) -> Timestamp {
        Timestamp::EARLIEST.plus_micros(seconds as i64 * 1_000_000)
    }
}
