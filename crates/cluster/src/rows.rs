//! Rows as the geometry needs them: of length 1, in steps, equal ones once, in an order of their own.

use ndarray::{Array2, ArrayView1, ArrayView2};
use rayon::prelude::*;

/// Steps to the unit. Products of two rows are then whole numbers of at most 2^22 (Cauchy-Schwarz), so sums of
/// them are exact in 32-bit floats: no order of addition, block size or instruction set can change a similarity. A
/// cosine moves by about 0.0002.
const STEPS: f32 = 2048.0;

/// Square of [`STEPS`], which scales a product back to a cosine.
pub(crate) const SCALE: f32 = STEPS * STEPS;

/// The distinct directions among the rows, ordered by their numbers, so that the order of the rows given decides
/// nothing.
pub(crate) struct Directions {
    /// One direction a row, in whole steps.
    pub(crate) rows: Array2<f32>,
    /// The direction of each row given; none where it has no length.
    pub(crate) of: Vec<Option<usize>>,
}

impl Directions {
    pub(crate) fn of(vectors: ArrayView2<'_, f32>) -> Self {
        let steps: Vec<Option<Vec<i16>>> =
            (0..vectors.nrows()).into_par_iter().map(|row| in_steps(vectors.row(row))).collect();
        let mut order: Vec<(&[i16], usize)> = steps
            .iter()
            .enumerate()
            .filter_map(|(row, steps)| Some((steps.as_deref()?, row)))
            .collect();
        order.par_sort_unstable();
        let mut of = vec![None; steps.len()];
        let mut numbers = Vec::with_capacity(order.len() * vectors.ncols());
        let mut count = 0;
        for equal in order.chunk_by(|left, right| left.0 == right.0) {
            numbers.extend(
                equal
                    .iter()
                    .take(1)
                    .flat_map(|(steps, _)| steps.iter().map(|&step| f32::from(step))),
            );
            for &(_, row) in equal {
                if let Some(direction) = of.get_mut(row) {
                    *direction = Some(count);
                }
            }
            count += 1;
        }
        let rows = Array2::from_shape_vec((count, vectors.ncols()), numbers)
            .unwrap_or_else(|_| Array2::zeros((0, 0)));
        Self { rows, of }
    }
}

fn in_steps(row: ArrayView1<'_, f32>) -> Option<Vec<i16>> {
    let squares: f64 = row.iter().map(|&number| f64::from(number) * f64::from(number)).sum();
    let length = squares.sqrt();
    if !(length > 0.0 && length.is_finite()) {
        return None;
    }
    // Within -2048..=2048 by construction.
    let steps = |&number: &f32| (f64::from(number) / length * f64::from(STEPS)).round() as i16;
    Some(row.iter().map(steps).collect())
}
