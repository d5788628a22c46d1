//! A place in a list of neighbours.

/// A neighbour in one word, so that the larger is the better: the larger product, of equals the smaller row.
///
/// From above: 31 bits of the product, raised by 2^30; 32 of the row, inverted; one that is set where the entry is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry(u64);

impl Entry {
    /// A place that is not taken; smaller than every neighbour.
    pub(super) const NONE: Self = Self(0);

    /// A new one. Products lie far within ±2^30.
    pub(super) fn new(row: u32, product: i32) -> Self {
        let raised = (i64::from(product) + (1 << 30)) as u64;
        Self(raised << 33 | u64::from(!row) << 1 | 1)
    }

    pub(super) fn row(self) -> u32 {
        !((self.0 >> 1) as u32)
    }

    pub(super) fn product(self) -> i32 {
        ((self.0 >> 33) as i64 - (1 << 30)) as i32
    }

    pub(super) fn is_new(self) -> bool {
        self.0 & 1 == 1
    }

    /// The same seen from the other end: with another row in place of its own.
    pub(super) fn from(self, row: u32) -> Self {
        Self(self.0 & !(u64::from(u32::MAX) << 1) | u64::from(!row) << 1)
    }

    pub(super) fn known(self) -> Self {
        Self(self.0 & !1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out() {
        for product in [-4_200_000, -1, 0, 1, 4_200_000] {
            for row in [0, 1, u32::MAX - 1] {
                let entry = Entry::new(row, product);
                assert_eq!((entry.row(), entry.product(), entry.is_new()), (row, product, true));
                let known = entry.known();
                assert_eq!((known.row(), known.product(), known.is_new()), (row, product, false));
            }
        }
    }

    #[test]
    fn larger_products_come_first_then_smaller_rows() {
        let mut entries =
            [Entry::NONE, Entry::new(3, -7), Entry::new(2, 5), Entry::new(1, 5).known()];
        entries.sort_unstable_by(|left, right| right.cmp(left));
        let rows = entries.map(Entry::row);
        assert_eq!(rows[..3], [1, 2, 3]);
        assert_eq!(entries[3], Entry::NONE);
    }
}
