//! Charts drawn with blocks: what a terminal shows in place of bars.

use mcp_insights_presentation::charts::steps;

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

    fn known(values: &[u64]) -> Vec<Option<u64>> {
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
    fn a_lying_bar_fills_its_share() {
        assert_eq!(lying_bar(0.0, 4), "");
        assert_eq!(lying_bar(0.5, 4), "██");
        assert_eq!(lying_bar(1.0, 4), "████");
        assert_eq!(lying_bar(0.001, 4), "▏");
        assert_eq!(lying_bar(7.0, 2), "██");
    }
}
