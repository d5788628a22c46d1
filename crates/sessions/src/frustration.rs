//! The weights of frustration, and the score.

use crate::{Frustration, Reason, Reasons};

/// What each signal weighs, in hundredths.
const WEIGHTS: [(Reason, u8); 11] = [
    (Reason::DeclaredHigh, 65),
    (Reason::DeclaredMedium, 35),
    (Reason::ErrorStreak, 35),
    (Reason::RepeatedCall, 30),
    (Reason::RepeatedFailedSearch, 30),
    (Reason::CapabilityRequest, 25),
    (Reason::EndedOnError, 25),
    (Reason::RetryAfterError, 15),
    (Reason::ReformulatedSearch, 15),
    (Reason::SilentFailure, 10),
    (Reason::LongSession, 10),
];

/// Scores are kept in units of 1e-4.
const UNITS: u128 = 10_000;

/// `1 - Π(1 - weight)` over the signals, in units of 1e-4, half to even from the exact product.
pub(crate) fn score(reasons: Reasons) -> Frustration {
    // Eleven factors of 100 are 10^22: with the units still far from the end of 128 bits.
    let (mut calm, mut whole) = (1_u128, 1_u128);
    for (reason, weight) in WEIGHTS {
        if reasons.contains(reason) {
            calm *= u128::from(100 - weight);
            whole *= 100;
        }
    }
    let score = rounded((whole - calm) * UNITS, whole);
    Frustration { score: u16::try_from(score).unwrap_or(u16::MAX), reasons }
}

fn rounded(dividend: u128, divisor: u128) -> u128 {
    let (whole, rest) = (dividend / divisor, dividend % divisor);
    let up = match (2 * rest).cmp(&divisor) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => whole % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    whole + u128::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    fn of(reasons: &[Reason]) -> Frustration {
        let mut set = Reasons::default();
        reasons.iter().for_each(|reason| set.insert(*reason));
        score(set)
    }

    /// (reasons, score in 1e-4, level)
    const SCORES: &[(&[Reason], u16, Level)] = &[
        (&[], 0, Level::None),
        (&[Reason::DeclaredHigh], 6500, Level::High),
        (&[Reason::DeclaredMedium], 3500, Level::Medium),
        (&[Reason::ErrorStreak], 3500, Level::Medium),
        (&[Reason::RepeatedCall], 3000, Level::Medium),
        (&[Reason::RepeatedFailedSearch], 3000, Level::Medium),
        (&[Reason::CapabilityRequest], 2500, Level::Low),
        (&[Reason::EndedOnError], 2500, Level::Low),
        (&[Reason::RetryAfterError], 1500, Level::Low),
        (&[Reason::ReformulatedSearch], 1500, Level::Low),
        (&[Reason::SilentFailure], 1000, Level::Low),
        (&[Reason::LongSession], 1000, Level::Low),
        // 1 - .75 * .75 = .4375
        (&[Reason::CapabilityRequest, Reason::EndedOnError], 4375, Level::Medium),
        // 1 - .65 * .75 * .85 = .585625
        (&[Reason::ErrorStreak, Reason::EndedOnError, Reason::RetryAfterError], 5856, Level::High),
        // 1 - .75 * .85 * .9 * .9 = .483625
        (
            &[
                Reason::EndedOnError,
                Reason::RetryAfterError,
                Reason::SilentFailure,
                Reason::LongSession,
            ],
            4836,
            Level::Medium,
        ),
    ];

    #[test]
    fn scores_are_one_less_the_product() {
        for (reasons, expected, level) in SCORES {
            let frustration = of(reasons);
            assert_eq!(
                (frustration.score, frustration.level()),
                (*expected, *level),
                "{reasons:?}"
            );
        }
    }

    #[test]
    fn every_reason_has_a_weight() {
        assert_eq!(WEIGHTS.map(|(reason, _)| reason), Reason::ALL);
    }

    #[test]
    fn halves_go_to_the_even_unit() {
        assert_eq!([1, 3, 5, 7].map(|half| rounded(half, 2)), [0, 2, 2, 4]);
        assert_eq!(rounded(10_001, 20_000), 1);
    }

    #[test]
    fn all_reasons_at_once_stay_below_one() {
        assert!((9_000..10_000).contains(&of(&Reason::ALL).score));
    }
}
