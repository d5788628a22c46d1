//! Trees that bring rows together that are alike: at every node two rows, drawn by hash, and each other row goes to the
//! nearer one (Dasgupta and Freund, "Random projection trees and low dimensional manifolds", 2008, with the direction
//! between two of the rows, as in Annoy and PyNNDescent). A side holds at least a quarter, so that depth stays logarithmic.

use rayon::prelude::*;

use super::entry::Entry;
use super::merge;
use crate::codes::{Codes, Products};
use crate::mixing::mixed;

/// Most rows of a leaf. All its pairs are compared; its rows stay in a core's cache.
const LEAF: usize = 256;

/// Rows of a node from which its halves are split side by side.
const SIDE_BY_SIDE: usize = 2048;

/// All rows, those of a leaf side by side, and where each leaf ends.
struct Tree {
    order: Vec<u32>,
    ends: Vec<usize>,
}

/// All rows in the order of the leaves of a tree.
pub(super) fn order(codes: &Codes, hashes: &[u64]) -> Vec<u32> {
    Tree::new(codes, hashes, u64::MAX, LEAF / 8).order
}

/// Offers every row the others in its leaf of the tree with this number.
pub(super) fn learn(codes: &Codes, hashes: &[u64], tree: u64, stride: usize, lists: &mut [Entry]) {
    let tree = Tree::new(codes, hashes, tree, LEAF.max(4 * stride));
    let mut found = vec![Entry::NONE; lists.len()];
    let mut leaves = Vec::with_capacity(tree.ends.len());
    let (mut places, mut start) = (found.as_mut_slice(), 0);
    for &end in &tree.ends {
        let (own, rest) = places.split_at_mut((end - start) * stride);
        leaves.push((tree.order.get(start..end).unwrap_or_default(), own));
        (places, start) = (rest, end);
    }
    let known: &[Entry] = lists;
    leaves.into_par_iter().for_each(|(rows, found)| compare(codes, rows, stride, known, found));

    let mut places = vec![0_usize; codes.rows()];
    for (place, &row) in tree.order.iter().enumerate() {
        if let Some(of_row) = places.get_mut(row as usize) {
            *of_row = place;
        }
    }
    lists.par_chunks_mut(stride).zip(&places).with_min_len(256).for_each(|(list, &place)| {
        if let Some(found) = found.get(place * stride..(place + 1) * stride) {
            list.copy_from_slice(found);
        }
    });
}

/// The lists of a leaf's rows, each with what it knows and the others of the leaf.
fn compare(codes: &Codes, rows: &[u32], stride: usize, known: &[Entry], found: &mut [Entry]) {
    let mut square = Products::default();
    codes.square(rows, &mut square);
    let mut better = Vec::new();
    for (place, (&row, list)) in rows.iter().zip(found.chunks_mut(stride)).enumerate() {
        let row_start = row as usize * stride;
        list.copy_from_slice(known.get(row_start..row_start + stride).unwrap_or_default());
        for (others, products) in rows.chunks(SOME).zip(square.of(place).chunks(SOME)) {
            let worst = list.last().map_or(i32::MIN, |worst| worst.product());
            let near = others
                .iter()
                .zip(products)
                .filter(|&(&other, &product)| product >= worst && other != row);
            better.extend(near.map(|(&other, &product)| Entry::new(other, product)));
            if !better.is_empty() {
                merge(list, &mut better);
            }
        }
    }
}

/// Rows after which the worst of a list is looked at again.
const SOME: usize = 64;

impl Tree {
    fn new(codes: &Codes, hashes: &[u64], seed: u64, leaf: usize) -> Self {
        let mut order: Vec<u32> = (0..codes.rows() as u32).collect();
        let sizes = split(codes, hashes, &mut order, mixed(seed), leaf);
        let mut end = 0;
        let ends = sizes
            .into_iter()
            .map(|size| {
                end += size;
                end
            })
            .collect();
        Self { order, ends }
    }
}

/// Brings rows into the order of the leaves below a node; the sizes of these.
fn split(codes: &Codes, hashes: &[u64], rows: &mut [u32], seed: u64, leaf: usize) -> Vec<usize> {
    let count = rows.len();
    let poles = if count > leaf { two_by_lot(hashes, rows, seed) } else { None };
    let Some((left, right)) = poles else {
        // In one order, however they came here.
        rows.sort_unstable();
        return vec![count];
    };
    let sides = |rows: &[u32]| -> Vec<(i32, u32)> {
        let (mut to_left, mut to_right) = (Vec::new(), Vec::new());
        codes.products(left, rows, &mut to_left);
        codes.products(right, rows, &mut to_right);
        let differences = to_left.iter().zip(&to_right).map(|(left, right)| right - left);
        differences.zip(rows.iter().copied()).collect()
    };
    let mut by_side: Vec<(i32, u32)> = if count >= SIDE_BY_SIDE {
        rows.par_chunks(512).flat_map_iter(sides).collect()
    } else {
        sides(rows)
    };
    let nearer_left = by_side.iter().filter(|&&(difference, _)| difference < 0).count();
    let middle = nearer_left.clamp(count / 4, count - count / 4);
    by_side.select_nth_unstable(middle);
    for (place, (_, row)) in rows.iter_mut().zip(by_side) {
        *place = row;
    }
    let (first, second) = rows.split_at_mut(middle);
    let mut halves = (
        || split(codes, hashes, first, mixed(seed ^ 1), leaf),
        || split(codes, hashes, second, mixed(seed ^ 2), leaf),
    );
    let (mut sizes, more) = if count >= SIDE_BY_SIDE {
        rayon::join(halves.0, halves.1)
    } else {
        (halves.0(), halves.1())
    };
    sizes.extend(more);
    sizes
}

/// The two rows with the smallest lots; a row's lot follows from its numbers, so that more rows hardly change who is drawn.
fn two_by_lot(hashes: &[u64], rows: &[u32], seed: u64) -> Option<(u32, u32)> {
    let lot = |row: u32| (mixed(hashes.get(row as usize).copied().unwrap_or_default() ^ seed), row);
    let (mut first, mut second) = ((u64::MAX, u32::MAX), (u64::MAX, u32::MAX));
    for &row in rows {
        let lot = lot(row);
        if lot < first {
            (first, second) = (lot, first);
        } else if lot < second {
            second = lot;
        }
    }
    (second.1 != u32::MAX).then_some((first.1, second.1))
}
