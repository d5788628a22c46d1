//! Figures as people read them: thousands apart, per cents, spans of time, dates.

use mcp_insights_api::Timestamp;

/// What stands where a figure is unknown.
pub const UNKNOWN: &str = "–";

const HOUR_MICROS: i64 = 3_600_000_000;

/// A count with its thousands apart: `12,345`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count in at most five letters, for axes: `950`, `12k`, `3.4M`.
pub fn short_count(number: u64) -> String {
    const STEPS: [(u64, &str); 3] = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
    for (size, unit) in STEPS {
        if number >= size {
            let tenths = number / (size / 10);
            return match (tenths / 10, tenths % 10) {
                (whole, 0) => format!("{whole}{unit}"),
                (whole, _) if whole >= 100 => format!("{whole}{unit}"),
                (whole, tenth) => format!("{whole}.{tenth}{unit}"),
            };
        }
    }
    number.to_string()
}

/// `1 session`, `2 sessions`: a count and its noun.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A share of 0..1 in per cent, with one decimal below 10 % where that says something.
pub fn percent(share: Option<f64>) -> String {
    let Some(share) = share else { return UNKNOWN.to_owned() };
    let percent = share * 100.0;
    if percent > 0.0 && percent < 10.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.0} %")
    }
}

/// A part of a whole in per cent; unknown where there is no whole.
pub fn part(part: u64, whole: u64) -> String {
    percent(ratio(part, whole))
}

/// A part of a whole as a share of 0..1; none where there is no whole.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    // Counts of events lie far below 2^53, so that nothing is lost.
    #[expect(clippy::cast_precision_loss, reason = "figures shown with three digits")]
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// A score of 0..1 with two decimals: `.87`, `1.00`.
pub fn score(score: Option<f64>) -> String {
    let Some(score) = score else { return UNKNOWN.to_owned() };
    let text = format!("{score:.2}");
    text.strip_prefix('0').map_or_else(|| text.clone(), str::to_owned)
}

/// A change in per cent with its sign: `+12.5 %`.
pub fn change(percent: Option<f64>) -> String {
    let Some(percent) = percent else { return UNKNOWN.to_owned() };
    if percent.abs() >= 1000.0 { format!("{percent:+.0} %") } else { format!("{percent:+.1} %") }
}

/// Milliseconds in the unit that suits them: `340 ms`, `1.2 s`, `2 m 05 s`, `3 h 10 m`.
pub fn millis(millis: Option<u64>) -> String {
    let Some(millis) = millis else { return UNKNOWN.to_owned() };
    let seconds = millis / 1000;
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{}.{} s", seconds, millis % 1000 / 100),
        60_000..3_600_000 => format!("{} m {:02} s", seconds / 60, seconds % 60),
        3_600_000..86_400_000 => format!("{} h {:02} m", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {:02} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

/// Milliseconds in few letters, for axes: `340 ms`, `20 s`, `1.5 m`.
pub fn short_millis(millis: u64) -> String {
    const UNITS: [(u64, &str); 4] =
        [(86_400_000, "d"), (3_600_000, "h"), (60_000, "m"), (1_000, "s")];
    let unit = UNITS.iter().find(|(length, _)| millis >= *length);
    let Some((length, name)) = unit else { return format!("{millis} ms") };
    match (millis / length, millis % length * 10 / length) {
        (whole, 0) => format!("{whole} {name}"),
        (whole, tenth) => format!("{whole}.{tenth} {name}"),
    }
}

/// An instant to the minute, UTC: `2026-01-31 08:00`.
pub fn minute(time: Timestamp) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(11..16)) {
        (Some(day), Some(clock)) => format!("{day} {clock}"),
        _ => text,
    }
}

/// A bucket's name on an axis: the day of the month (`01-31`), or the hour (`08h`).
pub fn tick(time: Timestamp, hourly: bool) -> String {
    let text = time.to_string();
    let part = if hourly {
        text.get(11..13).map(|hour| format!("{hour}h"))
    } else {
        text.get(5..10).map(str::to_owned)
    };
    part.unwrap_or(text)
}

/// Whole days and hours between two instants: `7 days`, `24 hours`.
pub fn span(start: Timestamp, end: Timestamp) -> String {
    let hours = u64::try_from(end.micros_since(start) / HOUR_MICROS).unwrap_or(0);
    if hours > 48 && hours.is_multiple_of(24) {
        counted(hours / 24, "day", "days")
    } else {
        counted(hours, "hour", "hours")
    }
}

/// Words of the contract as people write them: `error_streak` becomes `error streak`.
pub fn words(name: &str) -> String {
    name.replace('_', " ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn counts_have_their_thousands_apart() {
        let rows =
            [(0, "0"), (999, "999"), (1000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")];
        for (number, text) in rows {
            assert_eq!(count(number), text);
        }
        assert_eq!(counted(1, "session", "sessions"), "1 session");
        assert_eq!(counted(0, "session", "sessions"), "0 sessions");
    }

    #[test]
    fn short_counts_fit_an_axis() {
        let rows = [
            (0, "0"),
            (999, "999"),
            (1000, "1k"),
            (1550, "1.5k"),
            (99_900, "99.9k"),
            (123_456, "123k"),
            (2_000_000, "2M"),
            (u64::MAX, "18446744073G"),
        ];
        for (number, text) in rows {
            assert_eq!(short_count(number), text);
        }
    }

    #[test]
    fn per_cents_have_a_decimal_where_it_says_something() {
        let rows =
            [(0.0, "0 %"), (0.004, "0.4 %"), (0.0999, "10.0 %"), (0.128, "13 %"), (1.0, "100 %")];
        for (share, text) in rows {
            assert_eq!(percent(Some(share)), text);
        }
        assert_eq!(percent(None), UNKNOWN);
        assert_eq!(part(1, 4), "25 %");
        assert_eq!(part(0, 0), UNKNOWN);
    }

    #[test]
    fn changes_have_a_sign() {
        assert_eq!(change(Some(12.5)), "+12.5 %");
        assert_eq!(change(Some(-3.0)), "-3.0 %");
        assert_eq!(change(Some(0.0)), "+0.0 %");
        assert_eq!(change(Some(12_345.67)), "+12346 %");
        assert_eq!(change(None), UNKNOWN);
    }

    #[test]
    fn latencies_take_the_unit_that_suits_them() {
        let rows = [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1.0 s"),
            (59_999, "59.9 s"),
            (125_000, "2 m 05 s"),
            (11_400_000, "3 h 10 m"),
            (180_000_000, "2 d 02 h"),
        ];
        for (number, text) in rows {
            assert_eq!(millis(Some(number)), text);
        }
        assert_eq!(millis(None), UNKNOWN);
    }

    #[test]
    fn latencies_on_an_axis_are_short() {
        let rows = [
            (0, "0 ms"),
            (500, "500 ms"),
            (20_000, "20 s"),
            (1500, "1.5 s"),
            (90_000, "1.5 m"),
            (7_200_000, "2 h"),
        ];
        for (number, text) in rows {
            assert_eq!(short_millis(number), text);
        }
    }

    #[test]
    fn scores_have_two_decimals() {
        assert_eq!(score(Some(0.873)), ".87");
        assert_eq!(score(Some(1.0)), "1.00");
        assert_eq!(score(Some(0.0)), ".00");
        assert_eq!(score(None), UNKNOWN);
    }

    #[test]
    fn times_are_told_in_utc() {
        let time = Timestamp::parse("2026-01-31T08:05:59+01:00").unwrap();
        assert_eq!(minute(time), "2026-01-31 07:05");
        assert_eq!(tick(time, true), "07h");
        assert_eq!(tick(time, false), "01-31");
        assert_eq!(span(time, time.plus_micros(168 * HOUR_MICROS)), "7 days");
        assert_eq!(span(time, time.plus_micros(24 * HOUR_MICROS)), "24 hours");
    }
}
