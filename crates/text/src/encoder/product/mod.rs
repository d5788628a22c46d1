//! The product of 8-bit rows and 8-bit weights: whole numbers, the same in any order, so every kernel gives the same.

#[cfg(target_arch = "x86_64")]
pub(super) mod avx2;
#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;
pub(super) mod portable;

use super::lanes::{LANES, Lanes};
use super::rows::QuantizedRows;

/// Outputs of one panel: four registers of 16 sums.
pub(super) const PANEL: usize = GROUPS * LANES;

/// Registers of outputs in a panel.
const GROUPS: usize = 4;

/// Neighbouring inputs that one instruction multiplies and adds up for an output.
pub(super) const DEPTH: usize = 4;

/// Sums of one row for a panel's outputs.
type Sums = [[i32; LANES]; GROUPS];

/// What a panel's outputs take from [`DEPTH`] inputs: by group of outputs, output, input.
#[derive(Debug, Clone, Copy)]
#[repr(align(64))] // Registers of a cache line each.
struct Step([[i8; LANES * DEPTH]; GROUPS]);

/// A matrix of weights [outputs, inputs] in 8 bits with a scale an output, and a bias, laid out for the kernels.
#[derive(Debug)]
pub(super) struct PackedWeights {
    inputs: usize,
    panels: Vec<Panel>,
}

/// All that [`PANEL`] outputs need.
#[derive(Debug)]
struct Panel {
    /// One for each [`DEPTH`] inputs.
    steps: Vec<Step>,
    /// Sum of an output's codes: what a row's zero adds to its sum, once for each step that the zero is from 0.
    totals: [[i32; LANES]; GROUPS],
    scales: [Lanes; GROUPS],
    biases: [Lanes; GROUPS],
}

impl PackedWeights {
    /// Packs rows of `inputs` codes, one an output. `None` unless the outputs are a multiple of [`PANEL`], the inputs of
    /// [`DEPTH`], and all lengths fit.
    pub(super) fn pack(
        codes: &[i8],
        scales: &[f32],
        biases: &[f32],
        inputs: usize,
    ) -> Option<Self> {
        let outputs = scales.len();
        let fits = inputs > 0
            && inputs.is_multiple_of(DEPTH)
            && outputs.is_multiple_of(PANEL)
            && biases.len() == outputs
            && codes.len() == inputs.checked_mul(outputs)?;
        if !fits {
            return None;
        }
        let scales = scales.as_chunks().0.as_chunks().0;
        let biases = biases.as_chunks().0.as_chunks().0;
        let panels = codes
            .chunks_exact(PANEL * inputs)
            .zip(scales.iter().zip(biases))
            .map(|(codes, (scales, biases))| Panel::pack(codes, *scales, *biases, inputs))
            .collect();
        Some(Self { inputs, panels })
    }

    pub(super) fn inputs(&self) -> usize {
        self.inputs
    }

    pub(super) fn outputs(&self) -> usize {
        self.panels.len() * PANEL
    }
}

impl Panel {
    fn pack(codes: &[i8], scales: [Lanes; GROUPS], biases: [Lanes; GROUPS], inputs: usize) -> Self {
        let mut steps = vec![Step([[0; LANES * DEPTH]; GROUPS]); inputs / DEPTH];
        let mut totals = [[0; LANES]; GROUPS];
        let places = totals.as_flattened_mut().iter_mut();
        for (output, (row, total)) in codes.chunks_exact(inputs).zip(places).enumerate() {
            let (group, lane) = (output / LANES, output % LANES);
            for (step, four) in steps.iter_mut().zip(row.as_chunks::<DEPTH>().0) {
                step.0[group][lane * DEPTH..][..DEPTH].copy_from_slice(four);
            }
            *total = row.iter().map(|code| i32::from(*code)).sum();
        }
        Self { steps, totals, scales, biases }
    }

    /// Turns the sums of a row into its outputs.
    #[inline(always)]
    fn finish(&self, sums: &Sums, scale: f32, zero: i32, out: &mut [Lanes]) {
        let groups = sums.iter().zip(&self.totals).zip(&self.scales).zip(&self.biases);
        for (out, (((sums, totals), scales), biases)) in out.iter_mut().zip(groups) {
            // By value and stored at once, which makes registers of them.
            let (sums, totals, scales, biases) = (*sums, *totals, *scales, *biases);
            let mut numbers = [0.0; LANES];
            for lane in 0..LANES {
                let sum = sums[lane] - zero * totals[lane];
                numbers[lane] = sum as f32 * (scale * scales[lane]) + biases[lane];
            }
            *out = numbers;
        }
    }
}

/// The walk over panels and blocks of rows that all kernels share. `block` writes the sums of `ROWS` rows for a panel.
///
/// A panel stays in the nearest cache while the rows pass.
#[inline(always)]
fn multiply<const ROWS: usize>(
    rows: &QuantizedRows,
    weights: &PackedWeights,
    out: &mut [f32],
    block: impl Fn([&[[u8; DEPTH]]; ROWS], &[Step], &mut [Sums; ROWS]),
) {
    let (width, outputs) = (rows.width(), weights.outputs());
    debug_assert_eq!((width, out.len()), (weights.inputs(), rows.count() * outputs));
    let mut sums = [[[0; LANES]; GROUPS]; ROWS];
    for (number, panel) in weights.panels.iter().enumerate() {
        let blocks = rows.codes().chunks_exact(ROWS * width);
        let kinds = rows.scales().chunks(ROWS).zip(rows.zeros().chunks(ROWS));
        for ((codes, (scales, zeros)), out) in blocks.zip(kinds).zip(out.chunks_mut(ROWS * outputs))
        {
            let codes: [&[[u8; DEPTH]]; ROWS] = std::array::from_fn(|row| {
                codes.get(row * width..(row + 1) * width).unwrap_or_default().as_chunks().0
            });
            block(codes, &panel.steps, &mut sums);
            for (row, out) in out.chunks_exact_mut(outputs).enumerate() {
                let out = out.as_chunks_mut().0.chunks_exact_mut(GROUPS).nth(number);
                panel.finish(&sums[row], scales[row], zeros[row], out.unwrap_or_default());
            }
        }
    }
}

#[cfg(test)]
mod tests;
