//! How often a key may ask.

use std::collections::HashMap;
use std::time::Instant;

use parking_lot::Mutex;

/// Seconds whose requests may come at once.
const BURST_SECONDS: f64 = 2.0;

/// A bucket of tokens a key, which fills by so many a second.
#[derive(Default)]
pub(crate) struct Rates(Mutex<HashMap<String, Bucket>>);

#[derive(Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

impl Rates {
    /// Takes a token of a key; where there is none, gives the seconds until there is one.
    pub(crate) fn take(&self, key_id: &str, per_second: u32, now: Instant) -> Result<(), u32> {
        let rate = f64::from(per_second.max(1));
        let most = rate * BURST_SECONDS;
        let mut buckets = self.0.lock();
        // Only verified keys come here, so that there are no more buckets than keys.
        let bucket = buckets.entry(key_id.to_owned()).or_insert(Bucket { tokens: most, at: now });
        let waited = now.saturating_duration_since(bucket.at).as_secs_f64();
        bucket.tokens = (bucket.tokens + waited * rate).min(most);
        bucket.at = now;
        if bucket.tokens >= 1.0 {
            bucket.tokens -= 1.0;
            return Ok(());
        }
        // At most a second, as the rate is at least 1.
        Err(((1.0 - bucket.tokens) / rate).ceil().max(1.0) as u32)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_key_has_a_burst_and_then_its_rate() {
        let rates = Rates::default();
        let start = Instant::now();
        let mut taken = 0;
        while rates.take("a", 5, start).is_ok() {
            taken += 1;
        }
        assert_eq!(taken, 10);
        assert_eq!(rates.take("a", 5, start), Err(1));
        assert_eq!(rates.take("b", 5, start), Ok(()), "another key has its own");
        let later = start + Duration::from_millis(200);
        assert_eq!(rates.take("a", 5, later), Ok(()));
        assert_eq!(rates.take("a", 5, later), Err(1));
        let much_later = start + Duration::from_secs(3600);
        assert!((0..10).all(|_| rates.take("a", 5, much_later).is_ok()));
        assert_eq!(rates.take("a", 5, much_later), Err(1));
    }
}
