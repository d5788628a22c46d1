//! What a chart shows, whatever draws it: series of buckets, joined where they are too many, and a round axis.

/// One series of a chart: a value a bucket, none where it is unknown.
pub type Values = Vec<Option<u64>>;

/// How several buckets become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// Their sum: counts.
    Sum,
    /// The greatest: latencies.
    Greatest,
}

/// How many neighbouring buckets make one bar, so that there are at most so many bars.
pub fn buckets_a_bar(buckets: usize, most_bars: usize) -> usize {
    buckets.div_ceil(most_bars.max(1)).max(1)
}

/// The values of neighbouring buckets as one.
pub fn join(values: &[Option<u64>], buckets_a_bar: usize, how: Joined) -> Values {
    let known = |bar: &[Option<u64>]| -> Option<u64> {
        bar.iter().flatten().copied().reduce(|left, right| match how {
            Joined::Sum => left.saturating_add(right),
            Joined::Greatest => left.max(right),
        })
    };
    values.chunks(buckets_a_bar.max(1)).map(known).collect()
}

/// A round number at or above a value, for the top of an axis: 1, 2, 3, 4, 5, 6, 8 or 10 times a power of ten.
pub fn axis_top(greatest: u64) -> u64 {
    const STEPS: [u64; 8] = [1, 2, 3, 4, 5, 6, 8, 10];
    let mut power: u64 = 1;
    while power.saturating_mul(10) < greatest {
        power = power.saturating_mul(10);
    }
    STEPS
        .iter()
        .map(|step| power.saturating_mul(*step))
        .find(|top| *top >= greatest)
        .unwrap_or(greatest)
}

/// How many of so many steps a value fills of an axis: at least one where it is above nothing.
pub fn steps(value: u64, top: u64, steps: u64) -> u64 {
    if value == 0 || top == 0 {
        return 0;
    }
    let filled = u128::from(value.min(top)) * u128::from(steps);
    let rounded = (filled + u128::from(top) / 2) / u128::from(top);
    u64::try_from(rounded).unwrap_or(steps).clamp(1, steps.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_buckets_keep_the_sum_and_the_greatest() {
        let values = [Some(1), Some(2), None, Some(4), None];
        assert_eq!(join(&values, 2, Joined::Sum), [Some(3), Some(4), None]);
        assert_eq!(join(&values, 2, Joined::Greatest), [Some(2), Some(4), None]);
        assert_eq!(buckets_a_bar(91, 50), 2);
        assert_eq!(buckets_a_bar(7, 50), 1);
        assert_eq!(buckets_a_bar(0, 0), 1);
    }

    #[test]
    fn an_axis_ends_on_a_round_number() {
        let rows = [
            (0, 1),
            (1, 1),
            (7, 8),
            (9, 10),
            (10, 10),
            (11, 20),
            (99, 100),
            (101, 200),
            (4321, 5000),
        ];
        for (greatest, top) in rows {
            assert_eq!(axis_top(greatest), top, "{greatest}");
        }
        assert!(axis_top(u64::MAX) == u64::MAX);
    }
}
