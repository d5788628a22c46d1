//! Which rows a measurement takes: the same ones in every run.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// Every second row, counted from 0: settings are chosen on the even ones and reported on the odd ones, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// Rows 0, 2, 4 and so on.
    Even,
    /// Rows 1, 3, 5 and so on.
    Odd,
}

/// The rows of a half, or all of `rows`.
#[must_use]
pub fn half(rows: usize, half: Option<Half>) -> Vec<usize> {
    match half {
        None => (0..rows).collect(),
        Some(Half::Even) => (0..rows).step_by(2).collect(),
        Some(Half::Odd) => (1..rows).step_by(2).collect(),
    }
}

/// A seeded shuffle (Fisher and Yates), cut off after `most`.
#[must_use]
pub fn shuffled(mut rows: Vec<usize>, most: usize, seed: u64) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for last in (1..rows.len()).rev() {
        let place = (u128::from(random.next_u64()) * (last as u128 + 1)) >> 64;
        rows.swap(last, place as usize);
    }
    rows.truncate(most);
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_all_rows() {
        let mut both = half(7, Some(Half::Even));
        assert_eq!(both, [0, 2, 4, 6]);
        both.extend(half(7, Some(Half::Odd)));
        both.sort_unstable();
        assert_eq!(both, half(7, None));
    }

    #[test]
    fn a_shuffle_keeps_every_row_and_follows_from_its_seed() {
        let rows = || (0..100).collect::<Vec<usize>>();
        let first = shuffled(rows(), 100, 1);
        assert_eq!(first, shuffled(rows(), 100, 1));
        assert_ne!(first, shuffled(rows(), 100, 2));
        assert_eq!(shuffled(rows(), 10, 1), first[..10]);
        let mut sorted = first;
        sorted.sort_unstable();
        assert_eq!(sorted, rows());
        assert!(shuffled(Vec::new(), 5, 1).is_empty());
    }
}
