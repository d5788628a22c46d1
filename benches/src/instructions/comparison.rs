//! Counts against a baseline.

use std::fmt;

use super::Counts;

/// How many per cent more instructions a stage may take than its baseline.
pub const MOST_MORE: f64 = 5.0;

/// What to think of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Within [`MOST_MORE`] of the baseline.
    Same,
    /// More than it may be.
    More,
    /// So much less that the baseline would hide the way back.
    Less,
    /// The baseline has no such stage.
    New,
}

/// One stage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub stage: String,
    /// Its instructions in the baseline.
    pub baseline: Option<u64>,
    /// Its instructions now.
    pub now: u64,
}

impl Row {
    /// The change in per cent of the baseline.
    #[must_use]
    pub fn change(&self) -> Option<f64> {
        let before = self.baseline? as f64;
        Some((self.now as f64 - before) / before * 100.0)
    }

    /// What to think of it.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        match self.change() {
            None => Verdict::New,
            Some(change) if change < -MOST_MORE => Verdict::Less,
            Some(change) if change <= MOST_MORE => Verdict::Same,
            // More, or no number at all, which a baseline of zero gives.
            Some(_) => Verdict::More,
        }
    }
}

/// All stages beside their baseline. Shown, it is a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// One row a stage, in the order given.
    pub rows: Vec<Row>,
    /// Stages that the baseline has and that are no more.
    pub gone: Vec<String>,
}

/// Compares what stages take now with a baseline.
///
/// ```
/// use mcp_insights_benches::instructions::{Counts, Verdict, compare};
///
/// let baseline = Counts::from([("read".to_owned(), 1000), ("graph".to_owned(), 1000)]);
/// let comparison = compare(&baseline, &[("read", 1050), ("graph", 1051)]);
/// assert_eq!(comparison.rows[0].verdict(), Verdict::Same);
/// assert_eq!(comparison.rows[1].verdict(), Verdict::More);
/// assert!(!comparison.passes());
/// ```
#[must_use]
pub fn compare(baseline: &Counts, now: &[(&str, u64)]) -> Comparison {
    let row = |&(stage, now): &(&str, u64)| {
        let baseline = baseline.get(stage).copied();
        Row { stage: stage.to_owned(), baseline, now }
    };
    let is_gone = |stage: &&String| now.iter().all(|(name, _)| name != stage);
    Comparison {
        rows: now.iter().map(row).collect(),
        gone: baseline.keys().filter(is_gone).cloned().collect(),
    }
}

impl Comparison {
    /// Whether no stage takes more than it may.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.rows.iter().all(|row| row.verdict() != Verdict::More)
    }

    /// What to do about it, a line each; nothing where nothing changed.
    #[must_use]
    pub fn advice(&self) -> Vec<String> {
        let with = |verdict| {
            let rows = self.rows.iter().filter(move |row| row.verdict() == verdict);
            rows.map(|row| row.stage.as_str()).collect::<Vec<_>>().join(", ")
        };
        let remarks = [
            (
                format!("FAILED, over {MOST_MORE} % more instructions"),
                with(Verdict::More),
                "Make them fewer, or accept them with --write and say why in the commit.",
            ),
            (
                format!("Over {MOST_MORE} % fewer instructions"),
                with(Verdict::Less),
                "Keep that with --write.",
            ),
            ("Without a baseline".to_owned(), with(Verdict::New), "Add them with --write."),
            ("In the baseline only".to_owned(), self.gone.join(", "), "Drop them with --write."),
        ];
        let remarks = remarks.into_iter().filter(|(_, stages, _)| !stages.is_empty());
        remarks.map(|(what, stages, advice)| format!("{what}: {stages}. {advice}")).collect()
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:<20} {:>16} {:>16} {:>9}", "stage", "baseline", "now", "change")?;
        for row in &self.rows {
            let baseline = row.baseline.map_or_else(|| "none".to_owned(), grouped);
            let change =
                row.change().map_or_else(|| "new".to_owned(), |change| format!("{change:+.2} %"));
            writeln!(out, "{:<20} {baseline:>16} {:>16} {change:>9}", row.stage, grouped(row.now))?;
        }
        Ok(())
    }
}

/// A number with a comma before each three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(baseline: Option<u64>, now: u64) -> Row {
        Row { stage: "read".to_owned(), baseline, now }
    }

    #[test]
    fn a_stage_may_take_five_per_cent_more() {
        let cases = [
            (Some(1000), 1000, Verdict::Same),
            (Some(1000), 1050, Verdict::Same),
            (Some(1000), 1051, Verdict::More),
            (Some(1000), 950, Verdict::Same),
            (Some(1000), 949, Verdict::Less),
            (Some(1000), 0, Verdict::Less),
            (Some(u64::MAX), u64::MAX, Verdict::Same),
            (Some(1), u64::MAX, Verdict::More),
            (Some(0), 1, Verdict::More),
            (Some(0), 0, Verdict::More),
            (None, 1, Verdict::New),
        ];
        for (baseline, now, expected) in cases {
            assert_eq!(row(baseline, now).verdict(), expected, "{baseline:?} {now}");
        }
    }

    #[test]
    fn only_a_stage_that_takes_more_fails() {
        let baseline = Counts::from([("a".to_owned(), 1000), ("b".to_owned(), 1000)]);
        let cases: [(&[(&str, u64)], bool); 6] = [
            (&[("a", 1000), ("b", 1000)], true),
            (&[("a", 1000), ("b", 1100)], false),
            (&[("a", 100), ("b", 1100)], false),
            (&[("a", 100), ("b", 100)], true),
            (&[("a", 1000), ("c", 9000)], true),
            (&[], true),
        ];
        for (now, passes) in cases {
            assert_eq!(compare(&baseline, now).passes(), passes, "{now:?}");
        }
    }

    #[test]
    fn the_message_names_each_stage_and_what_to_do_about_it() {
        let baseline = ["same", "more", "less", "gone"].map(|stage| (stage.to_owned(), 2_000_000));
        let now = [("same", 2_000_000), ("more", 2_200_000), ("less", 1_000_000), ("new", 12)];
        let comparison = compare(&Counts::from(baseline), &now);
        let table = "\
stage                        baseline              now    change
same                        2,000,000        2,000,000   +0.00 %
more                        2,000,000        2,200,000  +10.00 %
less                        2,000,000        1,000,000  -50.00 %
new                              none               12       new
";
        assert_eq!(comparison.to_string(), table);
        let advice = [
            "FAILED, over 5 % more instructions: more. Make them fewer, or accept them with --write and say why in the commit.",
            "Over 5 % fewer instructions: less. Keep that with --write.",
            "Without a baseline: new. Add them with --write.",
            "In the baseline only: gone. Drop them with --write.",
        ];
        assert_eq!(comparison.advice(), advice);
    }

    #[test]
    fn stages_of_one_kind_share_a_line() {
        let baseline = Counts::from([("a".to_owned(), 100), ("b".to_owned(), 100)]);
        let advice = compare(&baseline, &[("a", 200), ("b", 300)]).advice();
        assert!(matches!(advice.as_slice(), [line] if line.contains(": a, b. ")), "{advice:?}");
    }

    #[test]
    fn nothing_is_advised_where_nothing_changed() {
        let baseline = Counts::from([("read".to_owned(), 999)]);
        assert!(compare(&baseline, &[("read", 999)]).advice().is_empty());
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (123_456, "123,456"),
            (1_234_567, "1,234,567"),
        ];
        for (number, expected) in cases {
            assert_eq!(grouped(number), expected);
        }
    }
}
