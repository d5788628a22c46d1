//! Rows as the geometry needs them: of length 1, in steps, equal ones once, in an order of their own.

use ndarray::{ArrayView1, ArrayView2};
use rayon::prelude::*;

use crate::codes::{Codes, Lanes, STEPS};
use crate::mixing::mixed;
use crate::neighbours;

/// The distinct directions among the rows, in an order that their numbers alone decide, so that the order of the rows
/// given decides nothing.
pub(crate) struct Directions {
    pub(crate) codes: Codes,
    /// What decides by lot, by direction: a hash of its numbers.
    pub(crate) hashes: Vec<u64>,
    /// The direction of each row given; none where it takes no part or has no length.
    pub(crate) of: Vec<Option<u32>>,
}

impl Directions {
    /// Those of the rows that `takes_part` names.
    pub(crate) fn of(
        vectors: ArrayView2<'_, f32>,
        takes_part: impl Fn(usize) -> bool + Sync,
    ) -> Self {
        let (codes, hashes) = in_steps(vectors, takes_part);
        let mut order: Vec<(u64, u32)> =
            hashes.iter().zip(0..).filter_map(|(hash, row)| Some(((*hash)?, row))).collect();
        let numbers = |row: u32| codes.row(row).iter().map(|lanes| lanes.0);
        order.par_sort_unstable_by(|left, right| {
            left.0.cmp(&right.0).then_with(|| numbers(left.1).cmp(numbers(right.1)))
        });

        let mut of = vec![None; vectors.nrows()];
        let mut distinct: Vec<(u64, u32)> = Vec::new();
        for equal in order
            .chunk_by(|left, right| left.0 == right.0 && codes.row(left.1) == codes.row(right.1))
        {
            for &(_, row) in equal {
                if let Some(direction) = of.get_mut(row as usize) {
                    *direction = Some(distinct.len() as u32);
                }
            }
            distinct.extend(equal.first());
        }
        drop(order);
        Self {
            hashes: distinct.iter().map(|&(hash, _)| hash).collect(),
            of,
            ..gathered(&codes, &distinct)
        }
        .near_ones_together()
    }

    /// The same in an order in which directions that are alike stand close together, so that what is looked at together
    /// lies together in memory.
    fn near_ones_together(self) -> Self {
        let Some(order) = neighbours::near_ones_together(&self.codes, &self.hashes) else {
            return self;
        };
        let hash =
            |direction: u32| self.hashes.get(direction as usize).copied().unwrap_or_default();
        let distinct: Vec<(u64, u32)> =
            order.iter().map(|&direction| (hash(direction), direction)).collect();
        let mut places = vec![0; order.len()];
        for (place, &direction) in (0..).zip(&order) {
            if let Some(known) = places.get_mut(direction as usize) {
                *known = place;
            }
        }
        let place = |direction: u32| places.get(direction as usize).copied();
        let of = self.of.iter().map(|direction| place((*direction)?)).collect();
        Self { of, ..gathered(&self.codes, &distinct) }
    }
}

/// The rows with their hashes, in this order.
fn gathered(codes: &Codes, order: &[(u64, u32)]) -> Directions {
    let mut sorted = Codes::zeros_of(order.len(), codes);
    let lanes = codes.lanes_of_row();
    sorted.lanes_mut().par_chunks_mut(lanes).zip(order).for_each(|(place, &(_, row))| {
        place.copy_from_slice(codes.row(row));
    });
    let hashes = order.iter().map(|&(hash, _)| hash).collect();
    Directions { codes: sorted, hashes, of: Vec::new() }
}

/// All rows in steps, with a hash of what has a direction.
fn in_steps(
    vectors: ArrayView2<'_, f32>,
    takes_part: impl Fn(usize) -> bool + Sync,
) -> (Codes, Vec<Option<u64>>) {
    let mut codes = Codes::zeros(vectors.nrows(), vectors.ncols());
    let lanes = codes.lanes_of_row();
    let hashes = codes
        .lanes_mut()
        .par_chunks_mut(lanes)
        .enumerate()
        .with_min_len(64)
        .map(|(row, lanes)| {
            if !takes_part(row) {
                return None;
            }
            fill(lanes, vectors.row(row))?;
            Some(hash(lanes))
        })
        .collect();
    (codes, hashes)
}

/// Writes the direction of a row in steps; none where it has no direction.
fn fill(lanes: &mut [Lanes], row: ArrayView1<'_, f32>) -> Option<()> {
    let squares: f64 = row.iter().map(|&number| f64::from(number) * f64::from(number)).sum();
    let length = squares.sqrt();
    if !(length > 0.0 && length.is_finite()) {
        return None;
    }
    let places = lanes.iter_mut().flat_map(|lanes| &mut lanes.0);
    for (place, &number) in places.zip(row) {
        *place = nearest_step(f64::from(number) / length * STEPS);
    }
    Some(())
}

/// The nearest whole number, of two the one farther from zero, as `round` has it, which is a call where a build may not assume
/// SSE4.1. Steps lie within -2048..=2048 by construction.
fn nearest_step(number: f64) -> i16 {
    let whole = number as i16;
    let rest = number - f64::from(whole);
    whole.saturating_add(i16::from(rest >= 0.5)).saturating_sub(i16::from(rest <= -0.5))
}

fn hash(lanes: &[Lanes]) -> u64 {
    lanes.iter().fold(0, |hash, lanes| {
        let (fours, _) = lanes.0.as_chunks::<4>();
        fours.iter().fold(hash, |hash, &[a, b, c, d]| {
            let word = [a, b, c, d]
                .iter()
                .fold(0, |word: u64, &number| word << 16 | u64::from(number as u16));
            mixed(hash ^ word)
        })
    })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_nearest_step_is_what_round_says() {
        for thousandth in -40_000..=40_000 {
            let number = f64::from(thousandth) / 1000.0;
            assert_eq!(nearest_step(number), number.round() as i16, "{number}");
        }
        for number in
            [0.499_999_999_999_999_94, 0.5, 1.5, 2.5, 2047.5, -0.5, -2048.0, 1e9, -1e9, f64::NAN]
        {
            assert_eq!(nearest_step(number), number.round() as i16, "{number}");
        }
    }

    #[test]
    fn equal_directions_are_one_and_rows_without_one_have_none() {
        let vectors =
            array![[1.0, 2.0], [0.0, 0.0], [2.0, 4.0], [-1.0, 2.0], [f32::NAN, 1.0], [3.0, 6.0]];
        let directions = Directions::of(vectors.view(), |row| row != 5);
        assert_eq!(directions.codes.rows(), 2);
        assert_eq!(directions.of[0], directions.of[2]);
        assert_ne!(directions.of[0], directions.of[3]);
        assert_eq!([directions.of[1], directions.of[4], directions.of[5]], [None; 3]);
    }

    #[test]
    fn order_of_rows_decides_nothing_though_near_ones_are_brought_together() {
        let count = 5000;
        let vectors = ndarray::Array2::from_shape_fn((count, 6), |(row, column)| {
            (mixed((row * 6 + column) as u64) >> 40) as f32 / 16_777_216.0 - 0.5
        });
        let order: Vec<usize> = (0..count).map(|row| row * 7 % count).collect();
        let moved = vectors.select(ndarray::Axis(0), &order);
        let (left, right) =
            (Directions::of(vectors.view(), |_| true), Directions::of(moved.view(), |_| true));
        assert_eq!(left.hashes, right.hashes);
        for (place, &row) in order.iter().enumerate() {
            assert_eq!(left.of[row], right.of[place]);
        }
        let similarity = |one: u32, other: u32| {
            let mut product = Vec::new();
            left.codes.products(one, &[other], &mut product);
            product[0]
        };
        assert!(
            similarity(0, 1) + similarity(2000, 2001)
                > similarity(0, 2500) + similarity(2000, 4500)
        );
    }
}
