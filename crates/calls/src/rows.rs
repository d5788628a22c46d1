//! A column of facts that takes others without a copy.

use std::ops::Range;

use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A block takes nearly so many bytes, unless rows that must stand together are more: enough for an allocator to give it back to
/// the system as a whole.
const BLOCK: usize = 256 << 10;
/// The first block begins with so many, and grows by this factor.
const LEAST: usize = 4 << 10;
const GROWTH: usize = 8;

/// Rows in the order in which they were appended, in blocks.
///
/// A row is found in time by the logarithm of the number of blocks, all rows in order are read as fast as slices, and the
/// rows of another column are taken block by block: no row is moved but where a column is smaller than a block.
#[derive(Clone, Debug)]
pub struct Rows<T> {
    /// The blocks to which nothing is appended any more.
    closed: Vec<Vec<T>>,
    /// Of each of them the index of its first row.
    firsts: Vec<usize>,
    /// How many rows they hold.
    closed_rows: usize,
    /// The rows behind them.
    open: Vec<T>,
}

impl<T> Default for Rows<T> {
    fn default() -> Self {
        Self { closed: Vec::new(), firsts: Vec::new(), closed_rows: 0, open: Vec::new() }
    }
}

impl<T> From<Vec<T>> for Rows<T> {
    fn from(rows: Vec<T>) -> Self {
        Self { open: rows, ..Self::default() }
    }
}

impl<T> Rows<T> {
    /// How many rows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.closed_rows + self.open.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let (rows, first) = self.block_of(index);
        rows.get(index - first)
    }

    /// The last row.
    #[must_use]
    pub fn last(&self) -> Option<&T> {
        self.get(self.len().checked_sub(1)?)
    }

    /// Rows that were appended together; none for a range that is no part of such.
    #[must_use]
    pub fn range(&self, range: Range<usize>) -> &[T] {
        let (rows, first) = self.block_of(range.start);
        rows.get(range.start - first..range.end.saturating_sub(first)).unwrap_or(&[])
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.closed.iter().chain([&self.open]).flatten()
    }

    /// Appends a row.
    pub fn push(&mut self, row: T) {
        self.make_room(1);
        self.open.push(row);
    }

    /// Appends rows, which stand together, and gives the index of the first.
    pub fn append_together<I: ExactSizeIterator<Item = T>>(&mut self, rows: I) -> usize {
        let first = self.make_room(rows.len());
        self.open.extend(rows);
        first
    }

    /// Appends the rows of another column; what stood together still does.
    pub fn append(&mut self, other: Self) {
        if !other.closed.is_empty() {
            self.close();
        }
        for block in other.closed {
            self.push_block(block);
        }
        if self.open.is_empty() {
            self.open = other.open;
        } else if self.open.len() + other.open.len() <= rows_of::<T>(BLOCK) {
            // Little is copied, so that many small columns do not make as many blocks.
            self.open.extend(other.open);
        } else if !other.open.is_empty() {
            self.close();
            self.open = other.open;
        }
    }

    /// Changes every row.
    pub fn update(&mut self, mut change: impl FnMut(&mut T)) {
        self.closed.iter_mut().chain([&mut self.open]).flatten().for_each(&mut change);
    }

    /// Keeps the rows for which `keep`, which is asked in order, says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&T) -> bool) {
        let blocks = std::mem::take(&mut self.closed);
        (self.closed_rows, self.firsts) = (0, Vec::with_capacity(blocks.len()));
        for mut block in blocks {
            block.retain(&mut keep);
            self.push_block(block);
        }
        self.open.retain(keep);
    }

    /// Lets go of the rows, but not of the memory of the last block.
    pub fn clear(&mut self) {
        let mut open = std::mem::take(&mut self.open);
        open.clear();
        *self = Self { open, ..Self::default() };
    }

    /// Lets the next rows stand in one block, and gives the index of the first.
    fn make_room(&mut self, count: usize) -> usize {
        let block = rows_of::<T>(BLOCK);
        if self.open.len() + count > block {
            self.close();
            self.open.reserve_exact(block.max(count));
        } else if self.open.len() + count > self.open.capacity() {
            // The first block grows as it is filled, since many columns are small, but in few steps, each of which copies it.
            let larger = (self.open.capacity() * GROWTH).max(rows_of::<T>(LEAST)).min(block);
            self.open.reserve_exact(larger.max(self.open.len() + count) - self.open.len());
        }
        self.len()
    }

    /// The block in which a row would stand, and the index of its first.
    fn block_of(&self, index: usize) -> (&[T], usize) {
        if index >= self.closed_rows {
            return (&self.open, self.closed_rows);
        }
        let place = self.firsts.partition_point(|first| *first <= index).saturating_sub(1);
        match (self.closed.get(place), self.firsts.get(place)) {
            (Some(block), Some(first)) => (block, *first),
            _ => (&[], index),
        }
    }

    fn close(&mut self) {
        let block = std::mem::take(&mut self.open);
        self.push_block(block);
    }

    fn push_block(&mut self, block: Vec<T>) {
        if !block.is_empty() {
            self.firsts.push(self.closed_rows);
            self.closed_rows += block.len();
            self.closed.push(block);
        }
    }
}

fn rows_of<T>(bytes: usize) -> usize {
    (bytes / size_of::<T>().max(1)).max(1)
}

/// As a plain sequence.
impl<T: Serialize> Serialize for Rows<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(Some(self.len()))?;
        for row in self.iter() {
            sequence.serialize_element(row)?;
        }
        sequence.end()
    }
}

/// As one block, in which all stand together that did before.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Rows<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Larger than usual, so that a block has few.
    type Row = [u64; 1 << 10];

    fn row(number: u64) -> Row {
        [number; 1 << 10]
    }

    /// A column of groups of rows that stand together, and where each group begins.
    fn column(groups: &[usize]) -> (Rows<Row>, Vec<Range<usize>>) {
        let mut rows = Rows::default();
        let ranges = groups.iter().map(|length| {
            let numbers: Vec<Row> =
                (0..*length).map(|place| row((rows.len() + place) as u64)).collect();
            let first = rows.append_together(numbers.into_iter());
            first..first + length
        });
        let ranges = ranges.collect();
        (rows, ranges)
    }

    fn numbers(rows: &[Row]) -> Vec<u64> {
        rows.iter().map(|row| row[0]).collect()
    }

    proptest! {
        #[test]
        fn rows_stand_where_they_were_written(left in prop::collection::vec(0_usize..20, 0..12), right in prop::collection::vec(0_usize..20, 0..12)) {
            let (mut rows, mut ranges) = column(&left);
            let shift = rows.len();
            let (other, others) = column(&right);
            rows.append(other);
            ranges.extend(others.into_iter().map(|range| range.start + shift..range.end + shift));
            let expected: Vec<u64> = (0..shift).chain(0..rows.len() - shift).map(|number| number as u64).collect();
            prop_assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), expected.clone());
            for range in ranges {
                prop_assert_eq!(numbers(rows.range(range.clone())), expected[range].to_vec());
            }
            for (index, number) in expected.iter().enumerate() {
                prop_assert_eq!(rows.get(index).map(|row| row[0]), Some(*number));
            }
            prop_assert_eq!(rows.last().map(|row| row[0]), expected.last().copied());
            prop_assert!(rows.get(expected.len()).is_none());

            rows.update(|row| row[0] += 1);
            rows.retain(|row| row[0] % 3 != 0);
            let kept: Vec<u64> = expected.iter().map(|number| number + 1).filter(|number| number % 3 != 0).collect();
            prop_assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), kept.clone());
            prop_assert_eq!((0..kept.len()).filter_map(|index| rows.get(index)).map(|row| row[0]).collect::<Vec<_>>(), kept);
            rows.clear();
            prop_assert!(rows.is_empty() && rows.iter().next().is_none());
        }
    }
}
