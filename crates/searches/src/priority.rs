//! How urgent a gap is, in one figure.

/// The priority of a gap, 0 to 1, in four decimals (half to even): `p / (1 + p)` with
/// `p = ln(1 + sessions) · (½ + ½ · actors / sessions) · (1 + mean frustration) · 2^clamp(trend / 5, −1, 1)`.
///
/// `mean_frustration` is the mean score of the sessions, 0 to 1; `trend_score` is `(now − previous) / √(now + previous)`
/// of their count, and none weighs as 0. Without sessions the priority is 0.
///
/// ```
/// use mcp_insights_searches::priority;
/// assert!(priority(9, 9, 0.2, Some(1.0)) > priority(9, 1, 0.2, Some(1.0)), "many actors weigh more than one");
/// assert_eq!(priority(0, 0, 0.0, None), 0.0);
/// ```
#[must_use]
pub fn priority(
    sessions: u64,
    actors: u64,
    mean_frustration: f64,
    trend_score: Option<f64>,
) -> f64 {
    if sessions == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "counts of sessions are far below 2^53")]
    let (sessions, actors) = (sessions as f64, actors as f64);
    let trend = trend_score.filter(|score| !score.is_nan()).unwrap_or(0.0);
    let growth = (trend / 5.0).clamp(-1.0, 1.0).exp2();
    let spread = 0.5 + 0.5 * (actors / sessions);
    let weight = sessions.ln_1p() * spread * (1.0 + mean_frustration) * growth;
    round(weight / (1.0 + weight))
}

/// Four decimals, half to even.
pub(crate) fn round(value: f64) -> f64 {
    (value * 10_000.0).round_ties_even() / 10_000.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn figures_follow_the_formula() {
        // ln 4 · 1 · 1 · 1 = 1.386294…, over 2.386294…
        assert_eq!(priority(3, 3, 0.0, None), 0.5809);
        // ln 11 · .6 · 1.5 · 2 = 4.316212…, over 5.316212…
        assert_eq!(priority(10, 2, 0.5, Some(7.0)), 0.8119);
        // ln 2 · 1 · 1 · ½ = .346574…, over 1.346574…
        assert_eq!(priority(1, 1, 0.0, Some(-50.0)), 0.2574);
        assert_eq!(priority(0, 0, 1.0, Some(5.0)), 0.0);
    }

    proptest! {
        #[test]
        fn it_stays_between_zero_and_one(
            sessions in 0..u64::from(u32::MAX), actors in 0..100_u64, frustration in 0.0..=1.0, trend in proptest::num::f64::ANY,
        ) {
            let figure = priority(sessions, actors.min(sessions), frustration, Some(trend));
            prop_assert!((0.0..=1.0).contains(&figure), "{figure}");
        }

        #[test]
        fn more_of_anything_never_lowers_it(
            sessions in 1..5_000_u64, more in 0..5_000_u64, actors in 1..100_u64,
            frustration in 0.0..=0.5, added in 0.0..=0.5, trend in -9.0..9.0, growth in 0.0..9.0,
        ) {
            let actors = actors.min(sessions);
            let base = priority(sessions, actors, frustration, Some(trend));
            prop_assert!(priority(sessions, (actors + more).min(sessions), frustration, Some(trend)) >= base);
            prop_assert!(priority(sessions, actors, frustration + added, Some(trend)) >= base);
            prop_assert!(priority(sessions, actors, frustration, Some(trend + growth)) >= base);
            let all = priority(sessions, sessions, frustration, Some(trend));
            prop_assert!(priority(sessions + more, sessions + more, frustration, Some(trend)) >= all);
        }
    }
}
