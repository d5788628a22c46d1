//! How well few texts are grouped: most servers have some dozens of distinct intents, not thousands.

use std::collections::BTreeMap;

use mcp_insights_cluster::{Settings, cluster};
use ndarray::{Array2, Axis};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

use super::sample::shuffled;
use crate::agreement::{agreement, each_alone};

/// So many rows are drawn.
pub const SIZES: [usize; 4] = [25, 50, 100, 200];
/// So many rows a label has in the mean. Nobody knows how fine the topics of a server are.
pub const OF_A_LABEL: [u32; 4] = [2, 4, 10, 25];
/// So often each of these is drawn.
pub const DRAWS: u64 = 20;

/// The mean AMI with the labels over draws of [`SIZES`] rows: for each of [`OF_A_LABEL`], [`DRAWS`] draws of labels by lot, with a
/// geometrically distributed number of rows of each. A draw ends where the labels do.
#[must_use]
pub fn few<L: Ord>(vectors: &Array2<f32>, labels: &[L], settings: &Settings) -> [f64; 4] {
    let mut rows_of: BTreeMap<&L, Vec<usize>> = BTreeMap::new();
    for (row, label) in labels.iter().enumerate() {
        rows_of.entry(label).or_default().push(row);
    }
    let rows_of: Vec<Vec<usize>> = rows_of.into_values().collect();
    SIZES.map(|size| {
        let mut sum = 0.0;
        for mean in OF_A_LABEL {
            for draw in 0..DRAWS {
                let rows = drawn(&rows_of, size, mean, draw);
                let own: Vec<&L> = rows.iter().map(|row| &labels[*row]).collect();
                let vectors = vectors.select(Axis(0), &rows);
                let groups = cluster(vectors.view(), &vec![1; rows.len()], settings);
                sum += agreement(&own, &each_alone(&groups)).adjusted_mutual_information;
            }
        }
        sum / (OF_A_LABEL.len() as u64 * DRAWS) as f64
    })
}

fn drawn(rows_of: &[Vec<usize>], size: usize, mean: u32, draw: u64) -> Vec<usize> {
    let seed = draw << 32 | (size as u64) << 8 | u64::from(mean);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = Vec::with_capacity(size);
    for label in shuffled((0..rows_of.len()).collect(), usize::MAX, seed) {
        let mut number = 1;
        while random.next_u32() % mean != 0 {
            number += 1;
        }
        let left = size - rows.len();
        rows.extend(shuffled(rows_of[label].clone(), number.min(left), seed));
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_have_the_size_and_the_labels_that_are_asked_for() {
        let rows_of: Vec<Vec<usize>> =
            (0..100).map(|label| (0..60).map(|row| label * 60 + row).collect()).collect();
        for mean in OF_A_LABEL {
            let labels: usize = (0..DRAWS)
                .map(|draw| {
                    let mut rows = drawn(&rows_of, 100, mean, draw);
                    assert_eq!(rows, drawn(&rows_of, 100, mean, draw));
                    rows.sort_unstable();
                    rows.dedup();
                    assert_eq!(rows.len(), 100);
                    let mut labels: Vec<usize> = rows.iter().map(|row| row / 60).collect();
                    labels.dedup();
                    labels.len()
                })
                .sum();
            let found = 100.0 * DRAWS as f64 / labels as f64;
            let expected = f64::from(mean);
            assert!((0.6 * expected..1.4 * expected).contains(&found), "{mean}: {found}");
        }
        assert_eq!(drawn(&[vec![7], vec![8]], 50, 4, 0).len(), 2);
    }

    #[test]
    fn plain_groups_are_found_among_few() {
        let vectors = Array2::from_shape_fn((400, 40), |(row, column)| {
            if row % 40 == column { 1.0 } else { (row * 7 + column) as f32 % 11.0 / 200.0 }
        });
        let labels: Vec<usize> = (0..400).map(|row| row % 40).collect();
        let found = few(&vectors, &labels, &Settings::default());
        assert!(found.iter().all(|ami| (0.6..=1.0).contains(ami)), "{found:?}");
    }
}
