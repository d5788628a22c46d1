//! What a caller may choose.

/// The settings of sessions. The defaults are those of the definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Idle time, in microseconds, that ends a session of events without a hint: 30 minutes. Below 0 counts as 0.
    pub idle_gap_micros: i64,
    /// Idle time, in microseconds, that ends a part of a hinted session: 24 hours. Below 0 counts as 0.
    pub hinted_idle_gap_micros: i64,
    /// How many characters of an intent or a thought are folded; the rest of a longer text is not looked at.
    pub analysed_chars: usize,
}

impl Default for Settings {
    fn default() -> Self {
        const MINUTE: i64 = 60 * 1_000_000;
        Self {
            idle_gap_micros: 30 * MINUTE,
            hinted_idle_gap_micros: 24 * 60 * MINUTE,
            analysed_chars: 2_000,
        }
    }
}
