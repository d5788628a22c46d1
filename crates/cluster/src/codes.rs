//! Directions in whole steps, side by side in memory, and their products.

mod kernel;

use kernel::{Instructions, SIDE, Tile};

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

/// Products of some rows with others.
#[derive(Debug, Default)]
pub(crate) struct Products {
    /// Row by row, each with room for whole tiles.
    products: Vec<i32>,
    stride: usize,
    columns: usize,
}

impl Products {
    /// For so many; what stands there is to be written over.
    fn make_room(&mut self, rows: usize, columns: usize) {
        self.stride = columns.next_multiple_of(SIDE);
        self.columns = columns;
        self.products.resize(rows.next_multiple_of(SIDE) * self.stride, 0);
    }

    fn put(&mut self, row: usize, column: usize, tile: Tile) {
        for (row, own) in (row..).zip(tile) {
            let place = self.products.get_mut(row * self.stride + column..);
            if let Some(place) = place.and_then(|place| place.first_chunk_mut()) {
                *place = own;
            }
        }
    }

    /// Those of the row at a place, in the order of the others.
    pub(crate) fn of(&self, row: usize) -> &[i32] {
        let start = row * self.stride;
        self.products.get(start..start + self.columns).unwrap_or_default()
    }
}

fn transposed(tile: Tile) -> Tile {
    let mut turned = Tile::default();
    for (row, products) in tile.into_iter().enumerate() {
        for (turned, product) in turned.iter_mut().zip(products) {
            turned[row] = product;
        }
    }
    turned
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

    /// The products of some rows, each with all of some others, in place of what `products` held.
    pub(crate) fn rectangle(&self, rows: &[u32], others: &[u32], products: &mut Products) {
        products.make_room(rows.len(), others.len());
        for first in (0..rows.len()).step_by(SIDE) {
            let own = self.four(rows, first);
            for other in (0..others.len()).step_by(SIDE) {
                let tile = self.instructions.tile(own, self.four(others, other));
                products.put(first, other, tile);
            }
        }
    }

    /// The products of all pairs of some rows, each row's with itself included, in place of what `products` held.
    pub(crate) fn square(&self, rows: &[u32], products: &mut Products) {
        products.make_room(rows.len(), rows.len());
        for first in (0..rows.len()).step_by(SIDE) {
            let own = self.four(rows, first);
            for other in (first..rows.len()).step_by(SIDE) {
                let tile = self.instructions.tile(own, self.four(rows, other));
                products.put(first, other, tile);
                products.put(other, first, transposed(tile));
            }
        }
    }

    /// Four of some rows. The last stands in for those that are missing.
    fn four(&self, rows: &[u32], first: usize) -> [&[Lanes]; SIDE] {
        std::array::from_fn(|place| {
            let row = rows.get(first + place).or(rows.last());
            row.map_or(&[][..], |row| self.row(*row))
        })
    }

    /// The same rows with the portable arithmetic.
    #[cfg(test)]
    pub(crate) fn portable(&self) -> Self {
        Self { lanes: self.lanes.clone(), instructions: Instructions::Portable, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rectangles_and_squares_hold_the_products_of_their_pairs() {
        let mut codes = Codes::zeros(11, 40);
        for (place, lanes) in codes.lanes_mut().iter_mut().enumerate() {
            lanes.0 = std::array::from_fn(|number| ((place * 37 + number * 11) % 97) as i16 - 48);
        }
        let (all, mut expected, mut found) =
            ((0..11).collect::<Vec<u32>>(), Vec::new(), Products::default());
        for (rows, others) in
            [(0..0, 0..3), (0..1, 0..1), (2..7, 0..11), (0..11, 3..9), (3..5, 4..4)]
        {
            let (rows, others) = (&all[rows], &all[others]);
            codes.rectangle(rows, others, &mut found);
            for (place, row) in rows.iter().enumerate() {
                codes.products(*row, others, &mut expected);
                assert_eq!(found.of(place), expected);
            }
        }
        for count in 0..11 {
            codes.square(&all[..count], &mut found);
            for (place, row) in all[..count].iter().enumerate() {
                codes.products(*row, &all[..count], &mut expected);
                assert_eq!(found.of(place), expected);
            }
        }
    }
}
