//! Directions in whole steps, side by side in memory, and their products.

mod kernel;

use kernel::Instructions;

/// Steps to the unit. Products of two rows are then whole numbers of at most about 2^22 (Cauchy-Schwarz), so 32 bits hold
/// them, and no order of addition, block size or instruction set can change a similarity. A cosine moves by about
/// 0.0002.
pub(crate) const STEPS: f64 = 2048.0;

/// The product of a row with itself, which scales a product back to a cosine.
pub(crate) const UNIT: f64 = STEPS * STEPS;

/// Numbers that one register of 512 bits holds.
const LANES: usize = 32;

/// As long and as aligned as a cache line: no load touches two of them.
#[derive(Debug, Clone, Copy, PartialEq)]
#[repr(align(64))]
pub(crate) struct Lanes(pub(crate) [i16; LANES]);

impl Lanes {
    const ZERO: Self = Self([0; LANES]);
}

/// Rows of whole steps, filled up with zeros to whole cache lines.
#[derive(Debug)]
pub(crate) struct Codes {
    lanes: Vec<Lanes>,
    rows: usize,
    lanes_of_row: usize,
    instructions: Instructions,
}

impl Codes {
    /// Rows of zeros, `numbers` each.
    pub(crate) fn zeros(rows: usize, numbers: usize) -> Self {
        let lanes_of_row = numbers.div_ceil(LANES).max(1);
        let lanes = vec![Lanes::ZERO; rows * lanes_of_row];
        Self { lanes, rows, lanes_of_row, instructions: Instructions::best() }
    }

    /// Rows of zeros, as long as those of others.
    pub(crate) fn zeros_of(rows: usize, others: &Self) -> Self {
        Self::zeros(rows, others.lanes_of_row * LANES)
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    pub(crate) fn lanes_of_row(&self) -> usize {
        self.lanes_of_row
    }

    /// A row; empty where there is none.
    pub(crate) fn row(&self, row: u32) -> &[Lanes] {
        let start = row as usize * self.lanes_of_row;
        self.lanes.get(start..start + self.lanes_of_row).unwrap_or_default()
    }

    pub(crate) fn lanes_mut(&mut self) -> &mut [Lanes] {
        &mut self.lanes
    }

    /// The products of a row with others, in their order, in place of what `products` held.
    pub(crate) fn products(&self, row: u32, others: &[u32], products: &mut Vec<i32>) {
        products.clear();
        self.instructions.products(self, row, others, products);
    }

    /// The same rows with the portable arithmetic.
    #[cfg(test)]
    pub(crate) fn portable(&self) -> Self {
        Self { lanes: self.lanes.clone(), instructions: Instructions::Portable, ..*self }
    }
}
