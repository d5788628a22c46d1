//! A column that grows at its end, of which clones are cheap.

use std::ops::{Index, Range};
use std::sync::Arc;

/// Rows in stretches that clones share. What is appended together stands together, so that a range of it is a slice.
#[derive(Clone, Debug)]
pub struct Column<T> {
    stretches: Vec<Stretch<T>>,
}

#[derive(Clone, Debug)]
struct Stretch<T> {
    first: usize,
    rows: Arc<Vec<T>>,
}

/// So many stretches of one size, or smaller ones, are joined.
const JOINED: usize = 4;

/// So many rows at most are moved at a time: nobody waits for millions.
const LONGEST: usize = 1 << 17;

/// How long a stretch is, roughly: joined ones are of another size.
fn size(rows: usize) -> u32 {
    rows.checked_ilog(JOINED).unwrap_or(0)
}

impl<T> Stretch<T> {
    fn end(&self) -> usize {
        self.first + self.rows.len()
    }
}

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self { stretches: Vec::new() }
    }
}

impl<T> From<Vec<T>> for Column<T> {
    fn from(rows: Vec<T>) -> Self {
        if rows.is_empty() {
            return Self::default();
        }
        Self { stretches: vec![Stretch { first: 0, rows: Arc::new(rows) }] }
    }
}

impl<T> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(rows: I) -> Self {
        rows.into_iter().collect::<Vec<T>>().into()
    }
}

impl<T> Column<T> {
    /// How many rows it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.stretches.last().map_or(0, Stretch::end)
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A row.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&T> {
        let stretch = self.stretch(index)?;
        stretch.rows.get(index - stretch.first)
    }

    /// The rows of a range that was appended together; none for another.
    #[must_use]
    pub fn rows(&self, range: &Range<u32>) -> &[T] {
        let (start, end) = (range.start as usize, range.end as usize);
        let Some(stretch) = self.stretch(start) else { return &[] };
        stretch.rows.get(start - stretch.first..end.saturating_sub(stretch.first)).unwrap_or(&[])
    }

    /// All rows in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> + Clone {
        self.stretches.iter().flat_map(|stretch| stretch.rows.iter())
    }

    fn stretch(&self, index: usize) -> Option<&Stretch<T>> {
        // Only where stretches begin: their lengths are elsewhere in memory.
        let place = self.stretches.partition_point(|stretch| stretch.first <= index);
        self.stretches.get(place.checked_sub(1)?)
    }
}

impl<T: Clone> Column<T> {
    /// Its rows as a vector of their own.
    #[must_use]
    pub fn into_rows(self) -> Vec<T> {
        let mut stretches = self.stretches.into_iter();
        let mut rows =
            stretches.next().map_or_else(Vec::new, |stretch| Arc::unwrap_or_clone(stretch.rows));
        for stretch in stretches {
            rows.extend(Arc::unwrap_or_clone(stretch.rows));
        }
        rows
    }

    /// Appends rows, and gives the index of the first.
    ///
    /// Where so many stretches of about one length have come together they are joined, so that there are few; over many calls each
    /// row is moved some log n times.
    pub fn append(&mut self, rows: Vec<T>) -> usize {
        let first = self.len();
        self.push_stretch(rows);
        loop {
            let lengths = self.stretches.iter().rev().map(|stretch| stretch.rows.len());
            let last = lengths.clone().next().map_or(0, size);
            let mut sum = 0;
            let joined = lengths.take_while(|length| {
                sum += length;
                size(*length) <= last && sum <= LONGEST
            });
            let joined = joined.count();
            if joined < JOINED {
                break;
            }
            let joined = self.stretches.split_off(self.stretches.len() - joined);
            let first = joined.first().map_or(0, |stretch| stretch.first);
            let mut rows = Vec::with_capacity(joined.iter().map(|one| one.rows.len()).sum());
            joined.iter().for_each(|stretch| rows.extend_from_slice(&stretch.rows));
            self.stretches.push(Stretch { first, rows: Arc::new(rows) });
        }
        first
    }

    /// Appends rows as a stretch of its own, which moves none. Only few make sense: looking a row up takes time by their number.
    pub(crate) fn push_stretch(&mut self, rows: Vec<T>) {
        if !rows.is_empty() {
            self.stretches.push(Stretch { first: self.len(), rows: Arc::new(rows) });
        }
    }

    /// Appends one row.
    pub fn push(&mut self, row: T) {
        match self.stretches.last_mut() {
            Some(stretch) => Arc::make_mut(&mut stretch.rows).push(row),
            None => *self = vec![row].into(),
        }
    }
}

impl<T> Index<usize> for Column<T> {
    type Output = T;

    /// # Panics
    /// Where there is no such row, as a vector does.
    #[expect(clippy::panic, reason = "the contract of Index")]
    fn index(&self, index: usize) -> &T {
        match self.get(index) {
            Some(row) => row,
            None => panic!("row {index} of a column of {}", self.len()),
        }
    }
}

impl<'a, T> IntoIterator for &'a Column<T> {
    type Item = &'a T;
    type IntoIter = Box<dyn Iterator<Item = &'a T> + 'a>;

    fn into_iter(self) -> Self::IntoIter {
        Box::new(self.iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_together_stands_together() {
        let mut column = Column::default();
        let mut ranges = Vec::new();
        for length in [3_usize, 1, 1, 7, 0, 2, 1, 1, 1, 30, 1] {
            let start = column.append((0..length).map(|row| (length, row)).collect());
            ranges.push((start..start + length, length));
        }
        assert!(column.stretches.len() < 7, "stretches are joined");
        assert_eq!((column.len(), column.iter().count()), (48, 48));
        for (range, length) in ranges {
            let narrow = |end: usize| u32::try_from(end).unwrap_or(u32::MAX);
            let rows = column.rows(&(narrow(range.start)..narrow(range.end)));
            assert_eq!(rows, (0..length).map(|row| (length, row)).collect::<Vec<_>>());
        }
        assert_eq!((column.get(47), column.get(48)), (Some(&(1, 0)), None));
        assert!(column.rows(&(40..99)).is_empty());
    }

    #[test]
    fn there_are_few_stretches_and_a_row_is_moved_a_few_times() {
        let (mut column, mut moved) = (Column::default(), 0);
        for row in 0..10_000 {
            let before = column.stretches.len();
            column.append(vec![row]);
            assert!(column.stretches.len() <= 21, "at most 3 of each of 7 sizes");
            if column.stretches.len() <= before {
                moved += column.stretches.last().map_or(0, |stretch| stretch.rows.len());
            }
        }
        assert!(moved <= 7 * 10_000, "{moved}");
        assert!(column.iter().copied().eq(0..10_000));
    }

    #[test]
    fn a_long_stretch_is_not_moved() {
        let mut column: Column<u32> = vec![0; LONGEST].into();
        for _ in 0..30 {
            column.push_stretch(vec![0; LONGEST / 4]);
        }
        for _ in 0..16 {
            column.append(vec![0; LONGEST / 16]);
        }
        let lengths: Vec<usize> = column.stretches.iter().map(|one| one.rows.len()).collect();
        assert!(lengths.iter().all(|length| *length <= LONGEST), "{lengths:?}");
        assert!((25..40).contains(&lengths.len()), "{lengths:?}");
        assert_eq!(column.len(), LONGEST + 30 * (LONGEST / 4) + LONGEST);
    }

    #[test]
    fn a_clone_keeps_its_rows() {
        let mut column: Column<u8> = vec![1, 2, 3].into();
        let before = column.clone();
        column.push(4);
        assert_eq!(before.iter().copied().collect::<Vec<_>>(), [1, 2, 3]);
        assert_eq!(column.iter().copied().collect::<Vec<_>>(), [1, 2, 3, 4]);
    }
}
