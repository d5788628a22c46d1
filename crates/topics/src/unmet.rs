//! When the sessions of a topic say that the API does not serve it.

/// Fewer sessions than this with a known outcome say nothing.
pub const LEAST_KNOWN_ENDINGS: u64 = 3;

/// Whether a topic is unmet demand: of at least 3 sessions with a known outcome, at least half ended unmet or failed.
///
/// `known` counts the sessions whose outcome is known, `unmet_or_failed` those of them that ended so.
///
/// ```
/// use mcp_insights_topics::unmet_demand;
/// assert!(unmet_demand(4, 2));
/// assert!(!unmet_demand(5, 2), "two of five are less than half");
/// assert!(!unmet_demand(2, 2), "two are too few to say");
/// ```
#[must_use]
pub const fn unmet_demand(known: u64, unmet_or_failed: u64) -> bool {
    known >= LEAST_KNOWN_ENDINGS && unmet_or_failed >= known.div_ceil(2)
}

#[cfg(test)]
mod tests {
    use super::unmet_demand;

    #[test]
    fn half_of_enough_sessions_is_unmet_demand() {
        for (known, bad, unmet) in [
            (0, 0, false),
            (2, 2, false),
            (3, 1, false),
            (3, 2, true),
            (4, 2, true),
            (101, 50, false),
            (101, 51, true),
            (u64::MAX, u64::MAX, true),
        ] {
            assert_eq!(unmet_demand(known, bad), unmet, "{bad} of {known}");
        }
    }
}
