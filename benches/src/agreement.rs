//! How well groups that were found agree with labels that people gave.
//!
//! All figures are 1 where groups and labels are the same partition. Time is that of a sort, and for the expected
//! information the product of the distinct sizes on both sides with the smaller of the two.
//!
//! ```
//! use mcp_insights_benches::agreement::{agreement, each_alone};
//!
//! let found = agreement(&["a", "a", "b", "b"], &each_alone(&[Some(0), Some(0), Some(7), None]));
//! assert!((found.homogeneity - 1.0).abs() < 1e-9);
//! assert!(found.completeness < 1.0);
//! ```

use std::collections::BTreeMap;

/// Figures that compare two partitions of the same things.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Agreement {
    /// Mutual information, corrected for what chance gives and divided by the mean of both entropies: about 0 for
    /// groups drawn by lot. Vinh, Epps and Bailey, "Information theoretic measures for clusterings comparison"
    /// (JMLR 11, 2010), with the arithmetic mean, as scikit-learn computes it.
    pub adjusted_mutual_information: f64,
    /// Harmonic mean of homogeneity and completeness. Rosenberg and Hirschberg, "V-Measure" (EMNLP 2007).
    pub v_measure: f64,
    /// 1 where no group mixes labels.
    pub homogeneity: f64,
    /// 1 where no label is spread over groups.
    pub completeness: f64,
    /// Share of pairs on which both agree, corrected for chance. Hubert and Arabie, "Comparing partitions" (1985).
    pub adjusted_rand: f64,
}

/// Groups where none stands for a group of its own.
#[must_use]
pub fn each_alone(groups: &[Option<u32>]) -> Vec<u32> {
    let mut next = groups.iter().flatten().max().map_or(0, |largest| largest + 1);
    let mut alone = || {
        next += 1;
        next - 1
    };
    groups.iter().map(|group| group.unwrap_or_else(&mut alone)).collect()
}

/// Compares labels with groups, position by position; what one of the two lacks is left out.
#[must_use]
pub fn agreement<L: Ord, G: Ord>(labels: &[L], groups: &[G]) -> Agreement {
    let mut cells: BTreeMap<(&L, &G), u64> = BTreeMap::new();
    let mut rows: BTreeMap<&L, u64> = BTreeMap::new();
    let mut columns: BTreeMap<&G, u64> = BTreeMap::new();
    let mut all = 0_u64;
    for (label, group) in labels.iter().zip(groups) {
        *cells.entry((label, group)).or_default() += 1;
        *rows.entry(label).or_default() += 1;
        *columns.entry(group).or_default() += 1;
        all += 1;
    }
    let of_labels = entropy(rows.values(), all);
    let of_groups = entropy(columns.values(), all);
    let both = entropy(cells.values(), all);
    let information = (of_labels + of_groups - both).max(0.0);

    let ratio =
        |information: f64, entropy: f64| if entropy > 0.0 { information / entropy } else { 1.0 };
    let homogeneity = ratio(information, of_labels);
    let completeness = ratio(information, of_groups);
    let sum = homogeneity + completeness;
    let v_measure = if sum > 0.0 { 2.0 * homogeneity * completeness / sum } else { 0.0 };

    let expected = expected_information(&sizes(rows.values()), &sizes(columns.values()), all);
    let mean = (of_labels + of_groups) / 2.0;
    let adjusted_mutual_information = if cells.len() == rows.len() && cells.len() == columns.len() {
        // The same partition, where both differences can be 0.
        1.0
    } else {
        (information - expected) / (mean - expected)
    };

    let in_cells = pairs(cells.values());
    let (in_rows, in_columns) = (pairs(rows.values()), pairs(columns.values()));
    let chance = if all > 1 { in_rows * in_columns / pairs([all].iter()) } else { 0.0 };
    let most = (in_rows + in_columns) / 2.0;
    let adjusted_rand = if most > chance { (in_cells - chance) / (most - chance) } else { 1.0 };

    Agreement { adjusted_mutual_information, v_measure, homogeneity, completeness, adjusted_rand }
}

/// In nats.
fn entropy<'a>(sizes: impl Iterator<Item = &'a u64>, all: u64) -> f64 {
    let all = all as f64;
    sizes.map(|&size| size as f64 / all).map(|share| -share * share.ln()).sum()
}

fn pairs<'a>(sizes: impl Iterator<Item = &'a u64>) -> f64 {
    sizes.map(|&size| size as f64 * (size as f64 - 1.0) / 2.0).sum()
}

/// How often each size occurs.
fn sizes<'a>(sizes: impl Iterator<Item = &'a u64>) -> BTreeMap<u64, u64> {
    let mut counts = BTreeMap::new();
    for &size in sizes {
        *counts.entry(size).or_default() += 1;
    }
    counts
}

/// Mutual information of two partitions with these sizes that have nothing to do with each other: the number that one
/// row and one column share is hypergeometric (Vinh et al., theorem 1).
fn expected_information(rows: &BTreeMap<u64, u64>, columns: &BTreeMap<u64, u64>, all: u64) -> f64 {
    let mut logs = vec![0.0; all as usize + 1];
    for number in 1..logs.len() {
        logs[number] = logs[number - 1] + (number as f64).ln();
    }
    let factorial = |number: u64| logs[number as usize];
    let total = all as f64;
    let mut expected = 0.0;
    for (&row, &row_count) in rows {
        for (&column, &column_count) in columns {
            let fixed =
                factorial(row) + factorial(column) + factorial(all - row) + factorial(all - column)
                    - factorial(all);
            let mut one = 0.0;
            for shared in (row + column).saturating_sub(all).max(1)..=row.min(column) {
                let probability = fixed
                    - factorial(shared)
                    - factorial(row - shared)
                    - factorial(column - shared)
                    - factorial(all + shared - row - column);
                let share = shared as f64;
                one += share / total
                    * (total * share / (row as f64 * column as f64)).ln()
                    * probability.exp();
            }
            expected += one * (row_count * column_count) as f64;
        }
    }
    expected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(is: f64, must: f64) {
        assert!((is - must).abs() < 1e-6, "{is} must be {must}");
    }

    #[test]
    fn same_partition_agrees_whatever_its_numbers() {
        let found = agreement(&["a", "a", "b", "c"], &[5, 5, 1, 0]);
        let one = Agreement {
            adjusted_mutual_information: 1.0,
            v_measure: found.v_measure,
            homogeneity: found.homogeneity,
            completeness: found.completeness,
            adjusted_rand: 1.0,
        };
        assert_eq!(found, one);
        close(found.v_measure, 1.0);
    }

    #[test]
    fn figures_are_those_of_scikit_learn() {
        // sklearn.metrics (1.9) on the same two lists: adjusted_mutual_info_score, v_measure_score, homogeneity_score,
        // completeness_score, adjusted_rand_score.
        let labels = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2];
        let groups = [0, 0, 1, 1, 1, 1, 2, 2, 2, 2];
        let found = agreement(&labels, &groups);
        close(found.adjusted_mutual_information, 0.381_093);
        close(found.v_measure, 0.547_347_3);
        close(found.homogeneity, 0.538_807_1);
        close(found.completeness, 0.556_162_5);
        close(found.adjusted_rand, 0.280_442_8);
    }

    #[test]
    fn independent_partitions_are_no_better_than_chance() {
        let labels: Vec<u32> = (0..400).map(|index| index % 4).collect();
        let groups: Vec<u32> = (0..400).map(|index| index / 4 % 5).collect();
        let found = agreement(&labels, &groups);
        assert!(found.adjusted_mutual_information.abs() < 0.02, "{found:?}");
        assert!(found.adjusted_rand.abs() < 0.02, "{found:?}");
    }

    #[test]
    fn one_group_for_all_tells_nothing() {
        let found = agreement(&[0, 0, 1, 1], &[0, 0, 0, 0]);
        close(found.homogeneity, 0.0);
        close(found.adjusted_mutual_information, 0.0);
        close(found.adjusted_rand, 0.0);
    }

    #[test]
    fn texts_without_a_group_are_groups_of_one() {
        assert_eq!(each_alone(&[None, Some(3), None, Some(3)]), [4, 3, 5, 3]);
    }
}
