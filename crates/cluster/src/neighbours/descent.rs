//! Lists of neighbours that learn from each other: a neighbour of a neighbour is likely a neighbour.
//!
//! Dong, Moses and Li, "Efficient k-nearest neighbor graph construction for generic similarity measures" (NN-descent, 2011),
//! turned around: every list of the next state is made from the lists of this one, so the order in which rows
//! are looked at decides nothing.

use rayon::prelude::*;

use super::entry::Entry;
use super::merge;
use crate::codes::Codes;

/// Rows that are searched for with one set of buffers.
const ROWS: usize = 128;

/// Most rows that one row is compared with in a round.
const CANDIDATES: usize = 1024;

/// One round; false where no list changed.
pub(super) fn learn(codes: &Codes, stride: usize, lists: &mut Vec<Entry>) -> bool {
    let backward = Backward::of(lists, stride);
    let mut next = vec![Entry::NONE; lists.len()];
    let new_search = || Search::new(codes, lists, stride, &backward);
    let changed = next
        .par_chunks_mut(stride * ROWS)
        .enumerate()
        .map_init(new_search, |search, (chunk, next)| {
            let first = (chunk * ROWS) as u32;
            next.chunks_mut(stride)
                .zip(first..)
                .fold(false, |changed, (list, row)| search.improve(row, list) || changed)
        })
        .reduce(|| false, |left, right| left || right);
    *lists = next;
    changed
}

/// Who has a row in its list, best first, no more than a list is long.
struct Backward {
    starts: Vec<u32>,
    entries: Vec<Entry>,
}

impl Backward {
    fn of(lists: &[Entry], stride: usize) -> Self {
        let rows = lists.len() / stride;
        let mut starts = vec![0_u32; rows + 1];
        let taken = || lists.iter().filter(|entry| **entry != Entry::NONE);
        for entry in taken() {
            starts[entry.row() as usize + 1] += 1;
        }
        for row in 0..rows {
            starts[row + 1] += starts[row];
        }
        let mut ends = starts.clone();
        let mut entries = vec![Entry::NONE; starts[rows] as usize];
        for (row, list) in (0..).zip(lists.chunks(stride)) {
            for entry in list.iter().filter(|entry| **entry != Entry::NONE) {
                let end = &mut ends[entry.row() as usize];
                entries[*end as usize] = entry.from(row);
                *end += 1;
            }
        }
        Self { starts, entries }
    }

    fn of_row(&self, row: u32) -> &[Entry] {
        let row = row as usize;
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(&start), Some(&end)) => {
                self.entries.get(start as usize..end as usize).unwrap_or_default()
            }
            _ => &[],
        }
    }
}

/// Buffers of a search.
struct Search<'a> {
    codes: &'a Codes,
    lists: &'a [Entry],
    stride: usize,
    backward: &'a Backward,
    near: Vec<Entry>,
    seen: Seen,
    /// Room for as many as there may be.
    candidates: Box<[u32; CANDIDATES]>,
    products: Vec<i32>,
    better: Vec<Entry>,
}

impl<'a> Search<'a> {
    fn new(codes: &'a Codes, lists: &'a [Entry], stride: usize, backward: &'a Backward) -> Self {
        Self {
            codes,
            lists,
            stride,
            backward,
            near: Vec::new(),
            seen: Seen::of(codes.rows()),
            candidates: Box::new([0; CANDIDATES]),
            products: Vec::new(),
            better: Vec::new(),
        }
    }

    fn list(&self, row: u32) -> &'a [Entry] {
        let start = row as usize * self.stride;
        self.lists.get(start..start + self.stride).unwrap_or_default()
    }

    /// Writes the next list of a row; whether it differs.
    fn improve(&mut self, row: u32, list: &mut [Entry]) -> bool {
        let own = self.list(row);
        self.seen.insert_where(row, true);
        for (place, &entry) in list.iter_mut().zip(own) {
            if entry != Entry::NONE {
                self.seen.insert_where(entry.row(), true);
                *place = entry.known();
            }
        }
        self.near.clear();
        self.near.extend(self.backward.of_row(row));
        self.near.sort_unstable_by(|left, right| right.cmp(left));
        self.near.truncate(self.stride);
        self.near.extend(own.iter().filter(|entry| **entry != Entry::NONE));

        let mut count = 0;
        for near in &self.near {
            let start = near.row() as usize * self.stride;
            let list = self.lists.get(start..start + self.stride).unwrap_or_default();
            // Free places stand last.
            for &entry in list.iter().take_while(|entry| **entry != Entry::NONE) {
                let Some(candidate) = self.candidates.get_mut(count) else { break };
                // Two that have known each other for longer have been compared already. It is as good as chance, so no branch decides it.
                let is_wanted = near.is_new() | entry.is_new();
                *candidate = entry.row();
                count += usize::from(self.seen.insert_where(entry.row(), is_wanted));
            }
        }
        let candidates = self.candidates.get(..count).unwrap_or_default();
        self.seen.remove(row);
        own.iter()
            .filter(|entry| **entry != Entry::NONE)
            .for_each(|entry| self.seen.remove(entry.row()));
        candidates.iter().for_each(|candidate| self.seen.remove(*candidate));
        self.codes.products(row, candidates, &mut self.products);
        let worst = list.last().copied().unwrap_or(Entry::NONE);
        let found = candidates.iter().zip(&self.products);
        let found = found.map(|(&other, &product)| Entry::new(other, product));
        self.better.extend(found.filter(|entry| *entry > worst));
        if self.better.is_empty() {
            return false;
        }
        merge(list, &mut self.better);
        true
    }
}

/// A set of rows: a bit for each that there is, which most caches hold.
struct Seen(Vec<u64>);

impl Seen {
    fn of(rows: usize) -> Self {
        Self(vec![0; rows.div_ceil(64)])
    }

    /// Puts a row in where it is wanted; whether it was not in it yet and now is.
    fn insert_where(&mut self, row: u32, is_wanted: bool) -> bool {
        let bits = &mut self.0[row as usize / 64];
        let is_added = is_wanted & (*bits >> (row % 64) & 1 == 0);
        *bits |= u64::from(is_added) << (row % 64);
        is_added
    }

    /// Takes a row out, and maybe others, all of which have to go.
    fn remove(&mut self, row: u32) {
        self.0[row as usize / 64] = 0;
    }
}
