//! The nearest rows of every row, exactly.

use std::cmp::Ordering;

use ndarray::{Array2, Axis, s};
use rayon::prelude::*;

use crate::rows::SCALE;

/// Another row and its cosine.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Neighbour {
    pub(crate) row: u32,
    pub(crate) similarity: f32,
}

/// Rows of one product, and rows it is taken with: 256 x 1,024 products are 1 MiB, within a core's cache.
const BLOCK: usize = 256;
const ACROSS: usize = 1024;

/// For every row the `most` others with the largest cosine of at least `least`, nearest first, of equals the smaller
/// row first.
///
/// Each pair is taken once: a block of rows is compared with itself and with the rows after it, and both rows of a pair
/// learn of it. What the blocks found for one row is then put together.
pub(crate) fn nearest(rows: &Array2<f32>, most: usize, least: f32) -> Vec<Vec<Neighbour>> {
    let starts: Vec<usize> = (0..rows.nrows()).step_by(BLOCK).collect();
    let found: Vec<Vec<Nearest>> = starts
        .into_par_iter()
        .with_max_len(1)
        .map(|start| nearest_of_pairs(rows, start, most, least))
        .collect();
    (0..rows.nrows())
        .into_par_iter()
        .map(|row| {
            // The n-th block begins with row n * BLOCK.
            let blocks = found.iter().take(row / BLOCK + 1).enumerate();
            let of_row = blocks.filter_map(|(block, found)| found.get(row - block * BLOCK));
            Nearest::together(of_row, most)
        })
        .collect()
}

/// What the rows of a block and the rows after it learn from pairs with a row of the block; from the block's first row
/// on.
fn nearest_of_pairs(rows: &Array2<f32>, start: usize, most: usize, least: f32) -> Vec<Nearest> {
    let count = rows.nrows();
    let least = least * SCALE;
    let block = rows.slice(s![start..count.min(start + BLOCK), ..]);
    let mut found: Vec<Nearest> = (start..count).map(|_| Nearest::new(most, least)).collect();
    for across in (start..count).step_by(ACROSS) {
        let products = block.dot(&rows.slice(s![across..count.min(across + ACROSS), ..]).t());
        for (own, products) in (start..).zip(products.axis_iter(Axis(0))) {
            for (other, &product) in (across..).zip(products) {
                if product >= least && other > own {
                    found[own - start].offer(other as u32, product);
                    found[other - start].offer(own as u32, product);
                }
            }
        }
    }
    found
}

/// The best so far, in order.
struct Nearest {
    most: usize,
    /// Smallest product that can still enter.
    threshold: f32,
    kept: Vec<(f32, u32)>,
}

impl Nearest {
    fn new(most: usize, least: f32) -> Self {
        Self { most, threshold: least, kept: Vec::new() }
    }

    fn offer(&mut self, row: u32, product: f32) {
        if product < self.threshold {
            return;
        }
        // Rows come in rising order, so an equal product stands behind those before it.
        let place =
            self.kept.partition_point(|&(kept, _)| kept.total_cmp(&product) != Ordering::Less);
        if place == self.most {
            return;
        }
        self.kept.insert(place, (product, row));
        self.kept.truncate(self.most);
        if self.kept.len() == self.most {
            self.threshold = self.kept.last().map_or(self.threshold, |&(product, _)| product);
        }
    }

    /// The best of several, nearest first, of equals the smaller row first.
    fn together<'a>(parts: impl Iterator<Item = &'a Self>, most: usize) -> Vec<Neighbour> {
        let mut kept: Vec<(f32, u32)> = parts.flat_map(|part| part.kept.iter().copied()).collect();
        kept.sort_unstable_by(|(left, one), (right, other)| {
            right.total_cmp(left).then(one.cmp(other))
        });
        kept.truncate(most);
        let neighbour = |(product, row)| Neighbour { row, similarity: product / SCALE };
        kept.into_iter().map(neighbour).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Directions;

    #[test]
    fn neighbours_are_those_of_a_search_through_all_pairs() {
        // More rows than one block, more than one block across, and many ties.
        let vectors = Array2::from_shape_fn((1100, 3), |(row, column)| {
            ((row * (column + 3)) % 17) as f32 - 8.0
        });
        let rows = Directions::of(vectors.view()).rows;
        let found = nearest(&rows, 5, 0.5);
        assert_eq!(found.len(), rows.nrows());
        for (own, neighbours) in found.iter().enumerate() {
            let mut expected: Vec<Neighbour> = (0..rows.nrows())
                .filter(|&other| other != own)
                .map(|other| Neighbour {
                    row: other as u32,
                    similarity: rows.row(own).dot(&rows.row(other)) / SCALE,
                })
                .filter(|neighbour| neighbour.similarity >= 0.5)
                .collect();
            expected.sort_by(|left, right| {
                right.similarity.total_cmp(&left.similarity).then(left.row.cmp(&right.row))
            });
            expected.truncate(5);
            assert_eq!(*neighbours, expected);
        }
    }
}
