//! The kernel in plain Rust, in a shape that compilers make vector instructions of: other shapes of the same sums took twice
//! to five times as long on x86-64 without extensions.

use super::{DEPTH, LANES, PANEL, PackedWeights, Step, Sums, multiply};
use crate::encoder::rows::QuantizedRows;

/// `out` [rows, outputs] = the rows times the weights, plus the bias.
pub(in crate::encoder) fn product(rows: &QuantizedRows, weights: &PackedWeights, out: &mut [f32]) {
    multiply(rows, weights, out, |[codes]: [&[[u8; DEPTH]]; 1], steps, [sums]| {
        add_up(codes, steps, sums);
    });
}

/// Sums of one row for a panel's outputs.
fn add_up(codes: &[[u8; DEPTH]], steps: &[Step], sums: &mut Sums) {
    // By output and place of the input in its step, so that all of a step is added alike.
    let mut places = [0_i32; PANEL * DEPTH];
    for (codes, step) in codes.iter().zip(steps) {
        let mut repeated = [0_i16; LANES];
        for at in 0..LANES {
            repeated[at] = i16::from(codes[at % DEPTH]);
        }
        let weights = step.0.as_flattened().as_chunks::<LANES>().0;
        for (places, weights) in places.as_chunks_mut::<LANES>().0.iter_mut().zip(weights) {
            for at in 0..LANES {
                // 255 times 128 is within 16 bits.
                places[at] += i32::from(repeated[at] * i16::from(weights[at]));
            }
        }
    }
    for (sum, places) in sums.as_flattened_mut().iter_mut().zip(places.as_chunks::<DEPTH>().0) {
        *sum = places.iter().sum();
    }
}
