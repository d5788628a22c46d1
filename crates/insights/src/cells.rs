//! A column whose rows change one by one, of which clones are cheap.

use std::sync::Arc;

/// So many rows are copied to change one of them.
const BLOCK: usize = 2048;

/// Rows in blocks that clones share.
#[derive(Clone, Debug)]
pub(crate) struct Cells<T> {
    /// All full but the last.
    blocks: Vec<Arc<Vec<T>>>,
}

impl<T: Copy> From<Vec<T>> for Cells<T> {
    fn from(rows: Vec<T>) -> Self {
        Self { blocks: rows.chunks(BLOCK).map(|rows| Arc::new(rows.to_vec())).collect() }
    }
}

impl<T: Copy> Cells<T> {
    /// A row.
    pub(crate) fn get(&self, row: usize) -> Option<T> {
        self.blocks.get(row / BLOCK)?.get(row % BLOCK).copied()
    }

    /// Replaces a row; clones keep theirs.
    #[cfg(feature = "store")]
    pub(crate) fn set(&mut self, row: usize, value: T) {
        let block = self.blocks.get_mut(row / BLOCK);
        if let Some(place) = block.and_then(|rows| Arc::make_mut(rows).get_mut(row % BLOCK)) {
            *place = value;
        }
    }

    /// Appends a row.
    #[cfg(feature = "store")]
    pub(crate) fn push(&mut self, value: T) {
        match self.blocks.last_mut() {
            Some(last) if last.len() < BLOCK => Arc::make_mut(last).push(value),
            _ => self.blocks.push(Arc::new(vec![value])),
        }
    }
}

#[cfg(all(test, feature = "store"))]
mod tests {
    use super::*;

    #[test]
    fn a_clone_keeps_its_rows() {
        let mut cells: Cells<usize> = (0..BLOCK + 1).collect::<Vec<_>>().into();
        let before = cells.clone();
        for row in BLOCK + 1..3 * BLOCK {
            cells.push(row);
        }
        cells.set(7, 70);
        cells.set(BLOCK, 80);
        cells.set(3 * BLOCK, 90);
        let rows = [7, 8, BLOCK, BLOCK + 1, 3 * BLOCK - 1, 3 * BLOCK].map(|row| cells.get(row));
        let last = 3 * BLOCK - 1;
        assert_eq!(rows, [Some(70), Some(8), Some(80), Some(BLOCK + 1), Some(last), None]);
        assert_eq!([7, BLOCK, BLOCK + 1].map(|row| before.get(row)), [Some(7), Some(BLOCK), None]);
    }
}
