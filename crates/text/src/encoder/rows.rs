//! Rows of activations in 8 bits.

use super::lanes::{LANES, each, greater, join, lesser, round};

/// Rows that a kernel takes at once. The room of [`QuantizedRows`] is a multiple, so that kernels need no case for fewer.
pub(super) const ROW_BLOCK: usize = 6;

/// Steps between the least and the greatest number of a row. One fewer than 8 bits have: both ends and the zero are rounded.
const STEPS: f32 = 254.0;

/// Rows of numbers as `scale * (code - zero)`, with a scale and a zero a row.
#[derive(Debug, Default)]
pub(super) struct QuantizedRows {
    width: usize,
    count: usize,
    codes: Vec<u8>,
    scales: Vec<f32>,
    zeros: Vec<i32>,
}

impl QuantizedRows {
    /// Makes room for `count` rows of `width` codes; what was there before may still be.
    fn resize(&mut self, count: usize, width: usize) {
        (self.count, self.width) = (count, width);
        // It never shrinks, so that nothing is cleared again and again where rows of two widths take turns.
        let room = count.next_multiple_of(ROW_BLOCK);
        self.codes.resize(self.codes.len().max(room * width), 0);
        self.scales.resize(self.scales.len().max(room), 0.0);
        self.zeros.resize(self.zeros.len().max(room), 0);
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// The codes of all rows, and of some more up to the next [`ROW_BLOCK`].
    pub(super) fn codes(&self) -> &[u8] {
        let room = self.count.next_multiple_of(ROW_BLOCK);
        self.codes.get(..room * self.width).unwrap_or_default()
    }

    pub(super) fn scales(&self) -> &[f32] {
        self.scales.get(..self.count).unwrap_or_default()
    }

    pub(super) fn zeros(&self) -> &[i32] {
        self.zeros.get(..self.count).unwrap_or_default()
    }

    /// Rounds rows of floats, one behind the other, and makes them the rows of `self`. The width must be a multiple of [`LANES`].
    #[inline(always)]
    pub(super) fn set(&mut self, rows: &[f32], width: usize) {
        self.resize(rows.len() / width, width);
        let numbers = rows.chunks_exact(width).zip(self.codes.chunks_exact_mut(width));
        for ((row, codes), (scale, zero)) in
            numbers.zip(self.scales.iter_mut().zip(&mut self.zeros))
        {
            (*scale, *zero) = quantize(row, codes);
        }
    }

    /// Makes rows of signed codes with their scales the rows of `self`.
    pub(super) fn set_codes<'a>(
        &mut self,
        rows: impl ExactSizeIterator<Item = (&'a [i8], f32)>,
        width: usize,
    ) {
        self.resize(rows.len(), width);
        let places = self.codes.chunks_exact_mut(width.max(1));
        let kinds = self.scales.iter_mut().zip(&mut self.zeros);
        for (((codes, of), place), (scale, zero)) in rows.zip(places).zip(kinds) {
            for (to, code) in place.iter_mut().zip(codes) {
                *to = code.cast_unsigned() ^ 0x80;
            }
            (*scale, *zero) = (of, 128);
        }
    }
}

/// Writes the codes of a row and returns its scale and zero.
#[inline(always)]
fn quantize(row: &[f32], codes: &mut [u8]) -> (f32, i32) {
    // Both start at 0, so that the span is no smaller than any number, and the codes of a row of equal numbers are defined.
    let (mut least, mut greatest) = ([0.0; LANES], [0.0; LANES]);
    for chunk in row.as_chunks::<LANES>().0 {
        least = each(least, *chunk, lesser);
        greatest = each(greatest, *chunk, greater);
    }
    let (least, greatest) = (join(least, lesser), join(greatest, greater));
    let span = greatest - least;
    let steps = if span > 0.0 { STEPS / span } else { 0.0 };
    let (_, zero) = round(-least * steps);
    for (code, number) in codes.iter_mut().zip(row) {
        // At most STEPS + 1, since two numbers are rounded.
        *code = (round(number * steps).1 + zero) as u8;
    }
    (span / STEPS, zero)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_is_rounded_by_less_than_a_step(
            row in proptest::collection::vec(-1e3..1e3_f32, 2 * LANES),
            shift in prop_oneof![Just(0.0_f32), Just(-2e3), Just(2e3)],
        ) {
            let row: Vec<f32> = row.iter().map(|number| number + shift).collect();
            let mut rows = QuantizedRows::default();
            rows.set(&row, row.len());
            let (scale, zero) = (rows.scales()[0], rows.zeros()[0]);
            for (number, code) in row.iter().zip(rows.codes()) {
                let back = scale * (i32::from(*code) - zero) as f32;
                prop_assert!((back - number).abs() <= scale * 0.51, "{number} is {back}");
            }
        }
    }

    #[test]
    fn a_row_of_zeros_is_rounded_to_zeros() {
        let mut rows = QuantizedRows::default();
        rows.set(&[0.0; LANES], LANES);
        assert_eq!(
            (rows.scales(), rows.zeros(), &rows.codes()[..LANES]),
            (&[0.0][..], &[0][..], &[0; LANES][..])
        );
    }

    #[test]
    fn signed_codes_keep_their_distance_from_zero() {
        let mut rows = QuantizedRows::default();
        rows.set_codes([(&[-128_i8, -1, 0, 127][..], 0.5)].into_iter(), 4);
        assert_eq!(
            (&rows.codes()[..4], rows.zeros(), rows.scales()),
            (&[0, 127, 128, 255][..], &[128][..], &[0.5][..])
        );
    }
}
