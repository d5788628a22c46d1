//! Values as people type them: spans of time, sizes, instants, limits.

use mcp_insights::Timestamp;

const MICROS_A_SECOND: i64 = 1_000_000;

/// Units of a span of time, each with its length in seconds.
const TIME_UNITS: [(&str, i64); 6] =
    [("s", 1), ("m", 60), ("min", 60), ("h", 3600), ("d", 86_400), ("w", 604_800)];

/// Units of a size, each with its length in bytes. Letters may be of either case.
const SIZE_UNITS: [(&str, u64); 11] = [
    ("", 1),
    ("b", 1),
    ("k", 1 << 10),
    ("kib", 1 << 10),
    ("kb", 1000),
    ("m", 1 << 20),
    ("mib", 1 << 20),
    ("mb", 1_000_000),
    ("g", 1 << 30),
    ("gib", 1 << 30),
    ("gb", 1_000_000_000),
];

/// Most rows that a list answers with (the contract's `limit`).
const MOST_ROWS: u32 = 500;
/// Threads beyond these only wait for each other.
const MOST_THREADS: usize = 1024;

/// A span of time such as `30m`, `24h` or `1h30m`, in microseconds.
pub(crate) fn span(text: &str) -> Result<i64, String> {
    let refused =
        || format!("`{text}` is no span of time; write for example 30m, 24h, 1h30m or 2d");
    let mut rest = text.trim();
    let mut seconds: i64 = 0;
    if rest.is_empty() {
        return Err(refused());
    }
    while !rest.is_empty() {
        let (digits, after) = leading(rest, |letter| letter.is_ascii_digit());
        let (unit, next) = leading(after, |letter| letter.is_ascii_alphabetic());
        let amount: i64 = digits.parse().map_err(|_| refused())?;
        let (_, length) = TIME_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
        seconds = amount
            .checked_mul(*length)
            .and_then(|part| seconds.checked_add(part))
            .ok_or_else(|| format!("`{text}` is too long a span of time"))?;
        rest = next;
    }
    match seconds.checked_mul(MICROS_A_SECOND) {
        Some(micros) if micros > 0 => Ok(micros),
        Some(_) => Err("the span must be longer than nothing".to_owned()),
        None => Err(format!("`{text}` is too long a span of time")),
    }
}

/// A size such as `1048576`, `64KiB` or `10MB`, in bytes.
pub(crate) fn size(text: &str) -> Result<usize, String> {
    let refused = || format!("`{text}` is no size; write bytes, or for example 64KiB, 8MiB, 10MB");
    let (digits, unit) = leading(text.trim(), |letter| letter.is_ascii_digit());
    let amount: u64 = digits.parse().map_err(|_| refused())?;
    let unit = unit.trim().to_ascii_lowercase();
    let (_, length) = SIZE_UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(refused)?;
    match amount.checked_mul(*length).and_then(|bytes| usize::try_from(bytes).ok()) {
        Some(0) => Err("the size must be at least 1 byte".to_owned()),
        Some(bytes) => Ok(bytes),
        None => Err(format!("`{text}` is more than this machine can count")),
    }
}

/// An RFC 3339 instant.
pub(crate) fn instant(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse(text).map_err(|error| error.to_string())
}

/// How many rows a list may have.
pub(crate) fn limit(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(rows) if (1..=MOST_ROWS).contains(&rows) => Ok(rows),
        _ => Err(format!("`{text}` is not a whole number from 1 to {MOST_ROWS}")),
    }
}

/// A number of threads that a system can give.
pub(crate) fn threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads) if (1..=MOST_THREADS).contains(&threads) => Ok(threads),
        _ => Err(format!("`{text}` is not a whole number from 1 to {MOST_THREADS}")),
    }
}

/// A whole number of at least 1.
pub(crate) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(0) | Err(_) => Err(format!("`{text}` is not a whole number of at least 1")),
        Ok(number) => Ok(number),
    }
}

/// A name and a value with `=` between them.
pub(crate) fn assignment(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err(format!("`{text}` sets nothing; write for example retention_days=90")),
    }
}

/// The letters at the front of a text that pass a test, and the rest.
fn leading(text: &str, passes: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|letter| !passes(letter)).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn spans_are_sums_of_units() {
        let rows = [
            ("45s", 45),
            ("30m", 1800),
            ("5min", 300),
            ("24h", 86_400),
            ("2d", 172_800),
            ("1w", 604_800),
            ("1h30m", 5400),
        ];
        for (text, seconds) in rows {
            assert_eq!(span(text).unwrap(), seconds * MICROS_A_SECOND, "{text}");
        }
    }

    #[test]
    fn a_span_needs_a_unit_and_a_length() {
        for text in [
            "",
            "30",
            "m",
            "30 m",
            "1.5h",
            "-3m",
            "0m",
            "3x",
            "30mm",
            "9999999999999999d",
            "99999999999999w",
        ] {
            assert!(span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_know_both_kinds_of_thousands() {
        let rows = [
            ("7", 7),
            ("7b", 7),
            ("64KiB", 65_536),
            ("1k", 1024),
            ("10kb", 10_000),
            ("8MiB", 8 << 20),
            ("10 MB", 10_000_000),
            ("1GiB", 1 << 30),
        ];
        for (text, bytes) in rows {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
    }

    #[test]
    fn a_size_is_a_whole_number_of_bytes() {
        for text in ["", "MiB", "1.5MiB", "-1", "0", "5 parsecs", "99999999999999GiB"] {
            assert!(size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn limits_lie_between_1_and_500() {
        assert_eq!(limit("1").unwrap(), 1);
        assert_eq!(limit("500").unwrap(), 500);
        for text in ["0", "501", "-1", "many", "1.0", ""] {
            assert!(limit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_instant_needs_an_offset() {
        assert_eq!(
            instant("2026-01-31T08:00:00+01:00").unwrap().to_string(),
            "2026-01-31T07:00:00.000Z"
        );
        assert!(instant("2026-01-31").is_err());
        assert!(instant("2026-01-31T08:00:00").is_err());
    }
}
