//! Ratios of integers, rounded once and exactly, half to even.
//!
//! A sum of floating-point numbers depends on their order; a ratio of integers does not.

/// A number that is the ratio of two integers, as far as anything divides by something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ratio {
    pub(crate) numerator: u128,
    pub(crate) denominator: u128,
}

impl Ratio {
    /// The ratio of two counts; none where the divisor is 0.
    pub(crate) fn new(numerator: u64, denominator: u64) -> Option<Self> {
        (denominator > 0)
            .then(|| Self { numerator: numerator.into(), denominator: denominator.into() })
    }

    /// A count.
    pub(crate) fn whole(count: u64) -> Self {
        Self { numerator: count.into(), denominator: 1 }
    }

    /// With 4 decimals.
    pub(crate) fn rounded(self) -> f64 {
        to_f64(divide(self.numerator.saturating_mul(10_000), self.denominator)) / 1e4
    }
}

/// A share of 0..1 with 4 decimals, rounded half to even from the exact ratio; none where the divisor is 0.
///
/// ```
/// use mcp_insights_kpis::rate;
///
/// assert_eq!(rate(1, 3), Some(0.3333));
/// assert_eq!(rate(1, 20_000), Some(0.0)); // 0.00005: half, to even
/// assert_eq!(rate(3, 20_000), Some(0.0002));
/// assert_eq!(rate(0, 0), None);
/// ```
#[must_use]
pub fn rate(numerator: u64, denominator: u64) -> Option<f64> {
    Ratio::new(numerator, denominator).map(Ratio::rounded)
}

/// The mean of scores that are integers of 1e-4, with 4 decimals, rounded half to even; none of no scores.
///
/// ```
/// use mcp_insights_kpis::mean_score;
///
/// assert_eq!(mean_score(6500 + 3500, 3), Some(0.3333));
/// ```
#[must_use]
pub fn mean_score(sum: u64, count: u64) -> Option<f64> {
    (count > 0).then(|| to_f64(divide(sum.into(), count.into())) / 1e4)
}

/// `100 * (value - previous) / previous` with 2 decimals, rounded half to even from the exact numbers; none where the
/// previous number is 0.
pub(crate) fn change_pct(value: Ratio, previous: Ratio) -> Option<f64> {
    // 100 (a/b - c/d) / (c/d) = 100 (ad - cb) / (cb)
    let new = value.numerator.saturating_mul(previous.denominator);
    let old = previous.numerator.saturating_mul(value.denominator);
    if old == 0 {
        return None;
    }
    let hundredths = to_f64(divide(new.abs_diff(old).saturating_mul(10_000), old)) / 1e2;
    // Nothing, and what rounds to nothing, has no sign.
    Some(if new < old && hundredths > 0.0 { -hundredths } else { hundredths })
}

/// `(now - previous) / sqrt(now + previous)` with 4 decimals, rounded half to even; 0 where both are 0.
///
/// In units of 1e-4 it is the square root of `10^8 (now - previous)² / (now + previous)`, so that integers decide.
pub(crate) fn trend_score(now: u64, previous: u64) -> f64 {
    let sum = u128::from(now) + u128::from(previous);
    if sum == 0 {
        return 0.0;
    }
    let difference = u128::from(now.abs_diff(previous));
    let square = difference.saturating_mul(difference).saturating_mul(100_000_000);
    let floor = (square / sum).isqrt();
    // The root against floor + ½: both squared, times 4 and the sum.
    let half = (2 * floor + 1).saturating_mul(2 * floor + 1).saturating_mul(sum);
    let up = match square.saturating_mul(4).cmp(&half) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => floor % 2,
        std::cmp::Ordering::Greater => 1,
    };
    let score = to_f64(floor + up) / 1e4;
    if now < previous && score > 0.0 { -score } else { score }
}

/// A quotient rounded half to even.
fn divide(numerator: u128, denominator: u128) -> u128 {
    let (quotient, rest) = (numerator / denominator, numerator % denominator);
    let up = match rest.cmp(&(denominator - rest)) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => quotient % 2,
        std::cmp::Ordering::Greater => 1,
    };
    quotient + up
}

/// Whole numbers below 2^53 are exact, and a division by a power of ten then gives the nearest number to the decimal,
/// which prints without noise.
fn to_f64(number: u128) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether `rounded` is the multiple of 1 / `scale` nearest to `numerator / denominator`, the even one of two.
    fn is_nearest(rounded: f64, numerator: i128, denominator: i128, scale: i128) -> bool {
        let steps = (rounded * scale as f64).round() as i128;
        // Twice the distance, in units of 1 / (scale · denominator).
        let distance = 2 * (steps * denominator - numerator * scale).abs();
        distance < denominator || (distance == denominator && steps % 2 == 0)
    }

    /// Digits behind the point of a number as it is written.
    fn decimals(number: f64) -> Option<usize> {
        let text = serde_json::to_string(&number).ok()?;
        text.split_once('.').map(|(_, decimals)| decimals.len())
    }

    #[test]
    fn rates_are_rounded_half_to_even() {
        let rows = [
            ((1, 20_000), 0.0),
            ((3, 20_000), 0.0002),
            ((5, 20_000), 0.0002),
            ((2, 3), 0.6667),
            ((1, 3), 0.3333),
            ((7, 7), 1.0),
            ((0, 9), 0.0),
            ((u64::MAX, u64::MAX), 1.0),
        ];
        for ((numerator, denominator), rounded) in rows {
            assert_eq!(rate(numerator, denominator), Some(rounded), "{numerator} / {denominator}");
        }
        assert_eq!(rate(0, 0), None);
        assert_eq!(mean_score(0, 0), None);
    }

    #[test]
    fn a_change_is_told_from_the_unrounded_numbers() {
        let ratio = |numerator, denominator| Ratio { numerator, denominator };
        // Both round to 0.0001, and yet one is half as much again as the other.
        assert_eq!(change_pct(ratio(3, 30_000), ratio(2, 30_000)), Some(50.0));
        assert_eq!(change_pct(ratio(1, 1), ratio(3, 1)), Some(-66.67));
        assert_eq!(change_pct(ratio(1, 1), ratio(0, 1)), None);
    }

    #[test]
    fn nothing_has_no_sign() {
        let ratio = |numerator| Ratio { numerator, denominator: 1_000_000 };
        for change in [change_pct(ratio(999_999), ratio(1_000_000)), change_pct(ratio(5), ratio(5))]
        {
            assert_eq!(change.map(f64::to_bits), Some(0));
        }
        assert_eq!(trend_score(4, 4).to_bits(), 0);
        assert_eq!(trend_score(0, 0).to_bits(), 0);
        // -1 / sqrt(4e8 + 1) = -0.00005, just under a half.
        assert_eq!(trend_score(200_000_000, 200_000_001).to_bits(), 0);
    }

    #[test]
    fn a_jump_from_1_to_3_ranks_below_one_from_100_to_150() {
        assert!(trend_score(3, 1) < trend_score(150, 100));
        assert_eq!(trend_score(0, 9), -3.0);
        // 2 / sqrt(4096) = 0.03125 and 6 / sqrt(4096) = 0.09375: half, to even.
        assert_eq!(trend_score(2049, 2047), 0.0312);
        assert_eq!(trend_score(2051, 2045), 0.0938);
        assert_eq!(trend_score(1, 0), 1.0);
    }

    proptest! {
        #[test]
        fn a_rate_is_the_nearest_of_four_decimals(denominator in 1_u64..1 << 40, part in 0.0..=1.0) {
            let numerator = (denominator as f64 * part) as u64;
            let rounded = rate(numerator, denominator).unwrap_or(f64::NAN);
            prop_assert!(is_nearest(rounded, numerator.into(), denominator.into(), 10_000));
            prop_assert!(decimals(rounded).is_some_and(|digits| digits <= 4));
        }

        #[test]
        fn a_change_is_the_nearest_of_two_decimals(
            value in 0_u64..1 << 40,
            of in 1_u64..1 << 20,
            previous in 1_u64..1 << 40,
            previous_of in 1_u64..1 << 20,
        ) {
            let ratio = |numerator, denominator| Ratio::new(numerator, denominator);
            let change = ratio(value, of).zip(ratio(previous, previous_of));
            let change = change.and_then(|(now, before)| change_pct(now, before)).unwrap_or(f64::NAN);
            let new = i128::from(value) * i128::from(previous_of);
            let old = i128::from(previous) * i128::from(of);
            // Beyond, the number itself has no two decimals left.
            prop_assume!(change < 1e12);
            prop_assert!(is_nearest(change, 100 * (new - old), old, 100));
            prop_assert!(decimals(change).is_some_and(|digits| digits <= 2));
        }

        #[test]
        fn a_trend_score_is_its_formula(now in 0_u64..1 << 40, previous in 0_u64..1 << 40) {
            prop_assume!(now + previous > 0);
            let formula = (now as f64 - previous as f64) / ((now + previous) as f64).sqrt();
            let score = trend_score(now, previous);
            prop_assert!((score - formula).abs() <= 0.000_051 + formula.abs() * 1e-12);
            prop_assert!(score == -trend_score(previous, now));
        }
    }
}
