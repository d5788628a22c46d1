//! Whether groups stay when more rows come.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use mcp_insights_cluster::{Settings, cluster, cluster_from};
use ndarray::{Array2, s};

use crate::agreement::{agreement, each_alone};

/// What a tenth more rows do to groups. AMI is that of all rows unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stability {
    /// Rows that were there before: ten elevenths of all, the first ones.
    pub old_rows: usize,
    /// Share of the old rows in a group that have the same number afterwards.
    pub kept: f64,
    /// The same share had everything been grouped from nothing, groups matched one to one by most rows in common.
    pub kept_from_nothing: f64,
    /// AMI of the old rows before.
    pub before: f64,
    /// AMI of the old rows afterwards.
    pub after: f64,
    /// AMI of all rows.
    pub all: f64,
    /// AMI of all rows, grouped from nothing.
    pub all_from_nothing: f64,
}

/// Groups ten elevenths of the rows, then all of them, starting from these groups. The rows shall come in the order of a shuffle.
#[must_use]
pub fn stability<L: Ord>(vectors: &Array2<f32>, labels: &[L], settings: &Settings) -> Stability {
    let old_rows = vectors.nrows() * 10 / 11;
    let old = vectors.slice(s![..old_rows, ..]);
    let weights = vec![1; vectors.nrows()];
    let before = cluster(old, &weights[..old_rows], settings);
    let after = cluster_from(vectors.view(), &weights, &before, settings);
    let from_nothing = cluster(vectors.view(), &weights, settings);
    let score = |rows: usize, groups: &[Option<u32>]| {
        let groups = each_alone(groups);
        agreement(&labels[..rows], &groups[..rows]).adjusted_mutual_information
    };
    let grouped = before.iter().flatten().count().max(1) as f64;
    let kept = before.iter().zip(&after).filter(|(old, new)| old.is_some() && old == new).count();
    Stability {
        old_rows,
        kept: kept as f64 / grouped,
        kept_from_nothing: matched(&before, &from_nothing) as f64 / grouped,
        before: score(old_rows, &before),
        after: score(old_rows, &after[..old_rows]),
        all: score(vectors.nrows(), &after),
        all_from_nothing: score(vectors.nrows(), &from_nothing),
    }
}

/// Rows in common of groups matched one to one, those with most in common first.
fn matched(before: &[Option<u32>], after: &[Option<u32>]) -> usize {
    let mut shared: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for (old, new) in before.iter().zip(after) {
        if let (Some(old), Some(new)) = (*old, *new) {
            *shared.entry((old, new)).or_default() += 1;
        }
    }
    let mut pairs: Vec<(Reverse<usize>, u32, u32)> =
        shared.into_iter().map(|((old, new), rows)| (Reverse(rows), old, new)).collect();
    pairs.sort_unstable();
    let (mut olds, mut news) = (BTreeSet::new(), BTreeSet::new());
    let mut common = 0;
    for (Reverse(rows), old, new) in pairs {
        if !olds.contains(&old) && !news.contains(&new) {
            olds.insert(old);
            news.insert(new);
            common += rows;
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_matched_one_to_one() {
        let before = [Some(0), Some(0), Some(0), Some(1), Some(1), None];
        assert_eq!(matched(&before, &[Some(4), Some(4), Some(4), Some(2), Some(2), Some(2)]), 5);
        // Joined: only the larger is still there.
        assert_eq!(matched(&before, &[Some(4); 6]), 3);
        assert_eq!(matched(&before, &[None; 6]), 0);
    }

    #[test]
    fn plain_groups_are_kept() {
        let vectors = Array2::from_shape_fn((44, 4), |(row, column)| {
            if row % 4 == column { 1.0 } else { (row * 7 + column) as f32 % 11.0 / 100.0 }
        });
        let labels: Vec<usize> = (0..44).map(|row| row % 4).collect();
        let found = stability(&vectors, &labels, &Settings::default());
        assert_eq!(found.old_rows, 40);
        for share in [found.kept, found.kept_from_nothing, found.before, found.after, found.all] {
            assert!((share - 1.0).abs() < 1e-9, "{found:?}");
        }
    }
}
