//! Instants in UTC microseconds, as every figure of the engine uses them.

use std::fmt;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instant: microseconds since the Unix epoch, UTC.
///
/// Finer parts of a stamp are cut off, never rounded. It is written as RFC 3339 with milliseconds
/// and a `Z`, the rest cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text is no usable [`Timestamp`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimestampError {
    /// Not an RFC 3339 date and time with an offset.
    #[error("not an RFC 3339 time such as 2026-01-31T08:00:00Z")]
    Malformed,
    /// Well-formed, but outside of the years 2000 to 2100.
    #[error("outside of the years 2000 to 2100")]
    OutOfRange,
}

impl Timestamp {
    /// 2000-01-01T00:00:00Z, the earliest stamp that an event may carry.
    pub const EARLIEST: Self = Self(946_684_800_000_000);
    /// 2100-01-01T00:00:00Z, the first stamp that an event may no longer carry.
    pub const LATEST: Self = Self(4_102_444_800_000_000);

    /// The instant of so many microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Reads any RFC 3339 stamp, whatever its year.
    ///
    /// # Errors
    /// [`TimestampError::Malformed`] where the text is none.
    pub fn parse(text: &str) -> Result<Self, TimestampError> {
        if let Some(time) = parse_usual(text.as_bytes()) {
            return Ok(time);
        }
        DateTime::parse_from_rfc3339(text)
            .map(|time| Self(time.timestamp_micros()))
            .map_err(|_| TimestampError::Malformed)
    }

    /// Reads the stamp of an event: RFC 3339 within the years 2000 to 2100.
    ///
    /// # Errors
    /// See [`TimestampError`].
    pub fn parse_event_time(text: &str) -> Result<Self, TimestampError> {
        let time = Self::parse(text)?;
        if (Self::EARLIEST..Self::LATEST).contains(&time) {
            Ok(time)
        } else {
            Err(TimestampError::OutOfRange)
        }
    }

    /// This instant moved by so many microseconds; it stops at the ends of what can be counted.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this instant; negative where `earlier` is the later one.
    #[must_use]
    pub const fn micros_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Reads the form that clients write, `2026-01-31T08:00:00.123456Z`; every other form is left to chrono.
fn parse_usual(text: &[u8]) -> Option<Timestamp> {
    let (stamp, fraction) = text.split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2] =
        stamp
    else {
        return None;
    };
    let digits = [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2]
        .map(|digit| digit.wrapping_sub(b'0'));
    if digits.iter().any(|digit| *digit > 9) {
        return None;
    }
    let [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2] = digits.map(u32::from);
    let year = i32::try_from(y1 * 1000 + y2 * 100 + y3 * 10 + y4).ok()?;
    let date = NaiveDate::from_ymd_opt(year, m1 * 10 + m2, d1 * 10 + d2)?;
    // A leap second is no second of this form.
    let time = date.and_hms_opt(h1 * 10 + h2, n1 * 10 + n2, s1 * 10 + s2)?;
    let micros = match fraction.strip_suffix(b"Z")? {
        [] => 0,
        [b'.', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_digit) => {
            let first_six = digits.iter().copied().chain(std::iter::repeat(b'0')).take(6);
            first_six.fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'))
        }
        _ => return None,
    };
    Some(Timestamp(time.and_utc().timestamp() * 1_000_000 + micros))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // chrono truncates towards the past, also before 1970.
        match DateTime::<Utc>::from_timestamp_micros(self.0) {
            Some(time) => formatter.write_str(&time.to_rfc3339_opts(SecondsFormat::Millis, true)),
            None => write!(formatter, "{}us", self.0),
        }
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn finer_parts_are_cut_off() {
        let time = Timestamp::parse("2026-11-24T01:54:25.5146289Z").unwrap();
        assert_eq!(time.micros() % 1_000_000, 514_628);
        assert_eq!(time.to_string(), "2026-11-24T01:54:25.514Z");
    }

    #[test]
    fn the_short_way_agrees_with_chrono() {
        for text in [
            "2026-11-24T01:54:25.5146289Z",
            "2026-11-24T01:54:25Z",
            "2024-02-29T23:59:59.9Z",
            "0001-01-01T00:00:00.000001Z",
            "1969-12-31T23:59:59.999999999Z",
            "9999-12-31T23:59:59.123Z",
        ] {
            let expected = DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
            assert_eq!(parse_usual(text.as_bytes()), Some(Timestamp(expected)), "{text}");
        }
        for text in [
            "2026-02-30T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:60Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00Z",
            "2026-01-01T00:00:00+01:00",
            "+026-01-01T00:00:00Z",
            "",
        ] {
            assert_eq!(parse_usual(text.as_bytes()), None, "{text}");
        }
        let offset = Timestamp::parse("2026-01-01T00:00:00+01:00").unwrap();
        assert_eq!(offset, Timestamp::parse("2025-12-31T23:00:00Z").unwrap());
    }

    #[test]
    fn years_outside_the_range_are_no_event_times() {
        for text in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1999-12-31T23:59:59.999Z"] {
            assert_eq!(Timestamp::parse_event_time(text), Err(TimestampError::OutOfRange));
        }
        assert_eq!(Timestamp::parse_event_time("yesterday"), Err(TimestampError::Malformed));
    }
}
