//! The default `now` of a data set, for callers that have no clock to ask.

use mcp_insights_events::Timestamp;

const HOUR_MICROS: i64 = 3_600_000_000;
/// A stamp is believed where another event lies in so much time before it.
const COMPANY_MICROS: i64 = 48 * HOUR_MICROS;
/// One event in so many may be passed over as the work of a skewed clock.
const EVENTS_A_STRAY: usize = 1000;

/// The end of the hour of the newest event that has another in the 48 hours before it.
///
/// At most one event in a thousand, and at least one, may be passed over so; where that does not lead to company, the
/// newest event counts. None without events.
pub(crate) fn default_now(mut times: Vec<Timestamp>) -> Option<Timestamp> {
    let allowed = (times.len() / EVENTS_A_STRAY).max(1);
    // Only the newest few are ever looked at.
    let looked_at = (allowed + 2).min(times.len());
    if looked_at == 0 {
        return None;
    }
    times.select_nth_unstable_by(looked_at - 1, |left, right| right.cmp(left));
    times.truncate(looked_at);
    times.sort_unstable_by(|left, right| right.cmp(left));
    let believed = times
        .windows(2)
        .take(allowed + 1)
        .find(|pair| pair[0].micros_since(pair[1]) <= COMPANY_MICROS)
        .map(|pair| pair[0]);
    believed.or_else(|| times.first().copied()).map(end_of_hour)
}

/// The first full hour after an instant.
fn end_of_hour(time: Timestamp) -> Timestamp {
    let start = time.micros().div_euclid(HOUR_MICROS) * HOUR_MICROS;
    Timestamp::from_micros(start).plus_micros(HOUR_MICROS)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn times(texts: &[&str]) -> Vec<Timestamp> {
        texts.iter().map(|text| Timestamp::parse(text).unwrap()).collect()
    }

    fn now(texts: &[&str]) -> Option<String> {
        default_now(times(texts)).map(|time| time.to_string())
    }

    #[test]
    fn now_is_the_end_of_the_newest_events_hour() {
        let now = now(&["2026-03-01T09:15:00Z", "2026-03-01T10:00:00Z"]);
        assert_eq!(now.unwrap(), "2026-03-01T11:00:00.000Z");
    }

    #[test]
    fn one_skewed_event_does_not_move_it() {
        let now = now(&["2026-03-01T09:15:00Z", "2026-03-01T09:20:00Z", "2031-01-01T00:00:00Z"]);
        assert_eq!(now.unwrap(), "2026-03-01T10:00:00.000Z");
    }

    #[test]
    fn two_skewed_events_among_few_are_believed() {
        let now = now(&["2026-03-01T09:15:00Z", "2030-01-01T00:00:00Z", "2031-01-01T00:00:00Z"]);
        assert_eq!(now.unwrap(), "2031-01-01T01:00:00.000Z");
    }

    #[test]
    fn a_lone_event_is_believed_and_none_is_none() {
        assert_eq!(now(&["2026-03-01T09:15:00Z"]).unwrap(), "2026-03-01T10:00:00.000Z");
        assert_eq!(now(&[]), None);
    }
}
