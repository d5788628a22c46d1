//! Neighbours by comparing every row with every other.

use rayon::prelude::*;

use super::entry::Entry;
use super::merge;
use crate::codes::{Codes, Products};

/// Rows whose lists are made together, and rows that they are compared with at a time: both stay in a core's cache.
const BLOCK: usize = 32;
const ACROSS: usize = 256;

/// For every row a list of the `stride` best with a product of at least `least`.
pub(super) fn lists(codes: &Codes, stride: usize, least: i32) -> Vec<Entry> {
    let all: Vec<u32> = (0..codes.rows() as u32).collect();
    let mut lists = vec![Entry::NONE; codes.rows() * stride];
    if stride == 0 {
        return lists;
    }
    lists.par_chunks_mut(BLOCK * stride).zip(all.par_chunks(BLOCK)).for_each(|(lists, rows)| {
        let mut products = Products::default();
        let mut better = Vec::new();
        for others in all.chunks(ACROSS) {
            codes.rectangle(rows, others, &mut products);
            for (place, (list, &row)) in lists.chunks_mut(stride).zip(rows).enumerate() {
                let worst = list.last().map_or(least, |worst| worst.product().max(least));
                let near = others
                    .iter()
                    .zip(products.of(place))
                    .filter(|&(&other, &product)| product >= worst && other != row);
                better.extend(near.map(|(&other, &product)| Entry::new(other, product)));
                if !better.is_empty() {
                    merge(list, &mut better);
                }
            }
        }
    });
    lists
}
