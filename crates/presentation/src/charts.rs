//! What a chart shows, whatever draws it: series of buckets, joined where they are too many, and a round axis.

/// One series of a chart: a value a bucket, none where it is unknown.
pub(crate) type Values = Vec<Option<u64>>;

/// How several buckets become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    /// Their sum: counts.
    Sum,
    /// The greatest: latencies.
    Greatest,
}

/// How many neighbouring buckets make one bar, so that there are at most so many bars.
pub(crate) fn buckets_a_bar(buckets: usize, most_bars: usize) -> usize {
    buckets.div_ceil(most_bars.max(1)).max(1)
}

/// The values of neighbouring buckets as one.
pub(crate) fn join(values: &[Option<u64>], buckets_a_bar: usize, how: Joined) -> Values {
    let known = |bar: &[Option<u64>]| -> Option<u64> {
        bar.iter().flatten().copied().reduce(|left, right| match how {
            Joined::Sum => left.saturating_add(right),
            Joined::Greatest => left.max(right),
        })
    };
    values.chunks(buckets_a_bar.max(1)).map(known).collect()
}

/// A round number at or above a value, for the top of an axis: 1, 2, 3, 4, 5, 6, 8 or 10 times a power of ten.
pub(crate) fn axis_top(greatest: u64) -> u64 {
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
pub(crate) fn steps(value: u64, top: u64, steps: u64) -> u64 {
    if value == 0 || top == 0 {
        return 0;
    }
    let filled = u128::from(value.min(top)) * u128::from(steps);
    let rounded = (filled + u128::from(top) / 2) / u128::from(top);
    u64::try_from(rounded).unwrap_or(steps).clamp(1, steps.max(1))
}

const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A line of blocks, one a bucket: `▁` is nothing, `·` is unknown.
pub(crate) fn sparkline(values: &[Option<u64>]) -> String {
    let greatest = values.iter().flatten().copied().max().unwrap_or(0);
    let block = |value: &Option<u64>| match value {
        None => '·',
        Some(0) => EIGHTHS[0],
        // The lowest block is taken by nothing, so that one is not mistaken for none.
        Some(value) => eighth(steps(*value, greatest, 7) + 1),
    };
    values.iter().map(block).collect()
}

/// Bars of several lines, from the top down; each bar so many columns wide with so many columns between.
pub(crate) fn bars(
    values: &[Option<u64>],
    top: u64,
    lines: u64,
    bar: usize,
    gap: usize,
) -> Vec<String> {
    let line = |line: u64| -> String {
        let below = (lines - 1 - line) * 8;
        let cell = |value: &Option<u64>| {
            let filled =
                value.map_or(0, |value| steps(value, top, lines * 8)).saturating_sub(below);
            let letter = match value {
                None if below == 0 => '·',
                _ if filled == 0 => ' ',
                _ => eighth(filled),
            };
            letter.to_string().repeat(bar)
        };
        let cells: Vec<String> = values.iter().map(cell).collect();
        cells.join(&" ".repeat(gap)).trim_end().to_owned()
    };
    (0..lines).map(line).collect()
}

/// A bar that lies, filled to a share of 0..1, of so many columns.
pub(crate) fn lying_bar(share: f64, columns: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of 0..1, clamped"
    )]
    let filled = steps((share.clamp(0.0, 1.0) * 1e6) as u64, 1_000_000, columns * 8);
    let whole = usize::try_from(filled / 8).unwrap_or(0);
    let part = usize::try_from(filled % 8).unwrap_or(0);
    format!("{}{}", "█".repeat(whole), PARTS.get(part).copied().unwrap_or_default())
}

/// A block of so many eighths, from 1; more than eight are eight.
fn eighth(eighths: u64) -> char {
    let index = usize::try_from(eighths.clamp(1, 8) - 1).unwrap_or(0);
    EIGHTHS.get(index).copied().unwrap_or('█')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(values: &[u64]) -> Values {
        values.iter().copied().map(Some).collect()
    }

    #[test]
    fn one_is_not_mistaken_for_none() {
        assert_eq!(sparkline(&known(&[0, 1, 1000])), "▁▂█");
        assert_eq!(sparkline(&[Some(0), None, Some(0)]), "▁·▁");
        assert_eq!(sparkline(&[]), "");
    }

    #[test]
    fn bars_grow_with_their_values() {
        assert_eq!(bars(&known(&[0, 1, 4, 8]), 8, 2, 1, 1), ["      █", "  ▂ █ █"]);
        assert_eq!(bars(&[None, Some(8)], 8, 1, 2, 0), ["··██"]);
    }

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

    #[test]
    fn a_lying_bar_fills_its_share() {
        assert_eq!(lying_bar(0.0, 4), "");
        assert_eq!(lying_bar(0.5, 4), "██");
        assert_eq!(lying_bar(1.0, 4), "████");
        assert_eq!(lying_bar(0.001, 4), "▏");
        assert_eq!(lying_bar(7.0, 2), "██");
    }
}
