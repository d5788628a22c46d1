//! Vectors by the hashes of their texts, in memory and as a file holds them.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use ndarray::Array2;
use rayon::prelude::*;
use twox_hash::XxHash3_128;

use super::{KeptVectorsError, LEAST_SHARED};

/// Steps to the unit in which numbers of a vector are kept. A cosine moves by less than 0.001.
const STEPS: f32 = 2048.0;

/// What a file of vectors begins with; the last byte is the version of the format.
const MAGIC: &[u8; 8] = b"mcpivec\x02";

/// Bytes of the key of a written row, and of the generation of its last use.
const KEY: usize = 16;
const USED: usize = 4;

/// Generations after which the use of a vector is worth writing down again.
pub(super) const STALE: u32 = 8;

/// So many vectors that come together are a block of their own.
const BLOCK: usize = 1_024;

/// Vectors of texts, and when they were asked for last.
#[derive(Default)]
pub(super) struct Store {
    /// Row of each text.
    rows: HashMap<u128, u32>,
    blocks: Blocks,
    /// The rows behind those of the blocks, in steps, end to end.
    open: Vec<i16>,
    /// Numbers in a vector.
    dimensions: usize,
    /// Generation in which each row was asked for last.
    used: Vec<AtomicU32>,
    /// Rows that are new since the vectors were read.
    pub(super) computed: usize,
    /// The generation in which these were read.
    first: u32,
    /// The present one.
    generation: u32,
}

/// Rows that stay as they are, so that who found them reads them while others go on.
#[derive(Clone, Default)]
struct Blocks {
    /// Each with the number of its first row.
    blocks: Vec<(usize, Block)>,
    /// How many rows they hold.
    rows: usize,
}

#[derive(Clone)]
enum Block {
    /// As a file holds them, from a place on: each a key, the generation of its last use, and its steps.
    Written(Arc<Vec<u8>>, usize),
    /// In steps, end to end.
    Computed(Arc<Vec<i16>>),
}

/// The steps of one vector.
#[derive(Clone, Copy)]
enum Steps<'a> {
    Written(&'a [[u8; 2]]),
    Computed(&'a [i16]),
}

impl Blocks {
    fn push(&mut self, block: Block, rows: usize) {
        self.blocks.push((self.rows, block));
        self.rows += rows;
    }

    fn steps(&self, row: usize, dimensions: usize) -> Option<Steps<'_>> {
        if row >= self.rows {
            return None;
        }
        let place = self.blocks.partition_point(|(first, _)| *first <= row).checked_sub(1)?;
        let (first, block) = self.blocks.get(place)?;
        match block {
            Block::Written(bytes, start) => {
                let (_, _, steps) = written(bytes, *start, row - first, dimensions)?;
                Some(Steps::Written(steps))
            }
            Block::Computed(steps) => steps_of(steps, row - first, dimensions).map(Steps::Computed),
        }
    }
}

impl Steps<'_> {
    fn put_numbers(self, numbers: &mut [f32]) {
        match self {
            Self::Written(steps) => {
                let steps = steps.iter().map(|step| i16::from_le_bytes(*step));
                numbers.iter_mut().zip(steps).for_each(|(number, step)| *number = exact(step));
            }
            Self::Computed(steps) => {
                numbers.iter_mut().zip(steps).for_each(|(number, step)| *number = exact(*step));
            }
        }
    }

    fn append_to(self, all: &mut Vec<i16>) {
        match self {
            Self::Written(steps) => all.extend(steps.iter().map(|step| i16::from_le_bytes(*step))),
            Self::Computed(steps) => all.extend_from_slice(steps),
        }
    }

    fn write_to(self, bytes: &mut Vec<u8>) {
        match self {
            Self::Written(steps) => bytes.extend_from_slice(steps.as_flattened()),
            Self::Computed(steps) => bytes.extend(steps.iter().flat_map(|step| step.to_le_bytes())),
        }
    }
}

/// Vectors that were found. What others do with the store changes them no more.
pub(super) struct Found {
    dimensions: usize,
    blocks: Blocks,
    /// Of each its row in the blocks, or behind them in `open`.
    places: Vec<usize>,
    open: Vec<i16>,
}

impl Found {
    /// Their numbers, one row each.
    pub(super) fn numbers(&self) -> Vec<f32> {
        let Self { dimensions, blocks, places, open } = self;
        let mut numbers = vec![0.0; places.len() * dimensions];
        let rows = numbers.par_chunks_mut((*dimensions).max(1)).zip(places);
        rows.with_min_len(LEAST_SHARED).for_each(|(row, place)| {
            let opened = || steps_of(open, place.checked_sub(blocks.rows)?, *dimensions);
            let steps = blocks.steps(*place, *dimensions).or_else(|| opened().map(Steps::Computed));
            steps.into_iter().for_each(|steps| steps.put_numbers(row));
        });
        numbers
    }
}

/// Rounds vectors to the steps in which they are kept, and gives these, row by row.
pub(super) fn round(vectors: &mut Array2<f32>) -> Vec<i16> {
    let mut steps = vec![0; vectors.len()];
    let Some(numbers) = vectors.as_slice_mut() else {
        steps.iter_mut().zip(vectors).for_each(round_one);
        return steps;
    };
    let pairs = steps.par_iter_mut().zip(numbers);
    pairs.with_min_len(LEAST_SHARED * LEAST_SHARED).for_each(round_one);
    steps
}

fn round_one((own, number): (&mut i16, &mut f32)) {
    *own = nearest_step(*number * STEPS);
    *number = exact(*own);
}

impl Store {
    /// One without vectors of so many numbers.
    pub(super) fn new(dimensions: usize) -> Self {
        Self { dimensions, ..Self::default() }
    }

    /// The vectors that some bytes hold, as [`to_bytes`](Self::to_bytes) wrote them.
    pub(super) fn of_bytes(
        bytes: Vec<u8>,
        embedder: &str,
        dimensions: usize,
    ) -> Result<Self, KeptVectorsError> {
        let damaged = KeptVectorsError::Damaged;
        let mut rest = bytes.as_slice();
        if take(&mut rest, MAGIC.len()) != Some(MAGIC) {
            return Err(damaged("they do not begin as such"));
        }
        let length = take(&mut rest, 1).and_then(|length| length.first()).copied();
        let name = length.and_then(|length| take(&mut rest, usize::from(length)));
        let name = name.and_then(|name| std::str::from_utf8(name).ok());
        let Some(name) = name else { return Err(damaged("they name no embedder")) };
        if name != embedder {
            return Err(KeptVectorsError::OtherEmbedder {
                found: name.to_owned(),
                expected: embedder.to_owned(),
            });
        }
        let checksum = take(&mut rest, KEY).and_then(number);
        if checksum != Some(XxHash3_128::oneshot(rest)) {
            return Err(damaged("the checksum is another"));
        }
        let row_bytes = row_bytes(dimensions);
        let last = take(&mut rest, 4).and_then(generation);
        let Some(last) = last.filter(|_| rest.len().is_multiple_of(row_bytes)) else {
            return Err(damaged("they break off"));
        };
        let (rows, start) = (rest.len() / row_bytes, bytes.len() - rest.len());
        let first = last.saturating_add(1);
        let mut read = Self {
            rows: HashMap::with_capacity(rows),
            used: Vec::with_capacity(rows),
            first,
            generation: first,
            ..Self::new(dimensions)
        };
        for (key, used, _) in (0..rows).map_while(|row| written(&bytes, start, row, dimensions)) {
            read.rows.insert(key, index(read.rows.len()));
            read.used.push(AtomicU32::new(used.min(last)));
        }
        if read.rows.len() != rows {
            return Err(damaged("a text is there twice"));
        }
        read.blocks.push(Block::Written(Arc::new(bytes), start), rows);
        Ok(read)
    }

    /// The vectors that are worth keeping, in the order of their texts' hashes: all that were asked for since they were read, and of
    /// the others those asked for last, as many as `most_unused` bytes hold. None where the embedder's name is too long.
    pub(super) fn to_bytes(&self, embedder: &str, most_unused: usize) -> Option<Vec<u8>> {
        let row_bytes = row_bytes(self.dimensions);
        let rows = self.rows_to_write(row_bytes, most_unused);
        let mut body = Vec::with_capacity(4 + rows.len() * row_bytes);
        body.extend_from_slice(&self.generation.to_le_bytes());
        for (key, row, used) in rows {
            let Some(steps) = self.steps(row as usize) else { continue };
            body.extend_from_slice(&key.to_le_bytes());
            body.extend_from_slice(&used.to_le_bytes());
            steps.write_to(&mut body);
        }
        let mut bytes = MAGIC.to_vec();
        bytes.push(u8::try_from(embedder.len()).ok()?);
        bytes.extend_from_slice(embedder.as_bytes());
        bytes.extend_from_slice(&XxHash3_128::oneshot(&body).to_le_bytes());
        bytes.append(&mut body);
        Some(bytes)
    }

    fn rows_to_write(&self, row_bytes: usize, most_unused: usize) -> Vec<(u128, u32, u32)> {
        let rows = self.rows.iter().map(|(key, row)| (*key, *row, self.used(*row)));
        let (mut kept, mut unused): (Vec<_>, Vec<_>) =
            rows.partition(|(.., used)| *used >= self.first);
        unused.sort_unstable_by_key(|(key, _, used)| (Reverse(*used), *key));
        unused.truncate(most_unused / row_bytes.max(1));
        kept.append(&mut unused);
        kept.sort_unstable();
        kept
    }

    fn used(&self, row: u32) -> u32 {
        self.used.get(row as usize).map_or(0, |used| used.load(Ordering::Relaxed))
    }

    pub(super) fn knows(&self, key: u128) -> bool {
        self.rows.contains_key(&key)
    }

    /// The vectors of all these texts, which are asked for now, and whether one of them was not for many generations. None where one
    /// is not known.
    pub(super) fn find(&self, keys: &[u128]) -> Option<(Found, bool)> {
        let (mut places, mut open) = (Vec::with_capacity(keys.len()), Vec::new());
        let mut was_stale = false;
        for key in keys {
            let row = *self.rows.get(key)? as usize;
            let before = self.used.get(row)?.swap(self.generation, Ordering::Relaxed);
            was_stale |= before.saturating_add(STALE) <= self.generation;
            if row < self.blocks.rows {
                places.push(row);
            } else {
                places.push(self.blocks.rows + open.len() / self.dimensions.max(1));
                self.steps(row)?.append_to(&mut open);
            }
        }
        let blocks = self.blocks.clone();
        Some((Found { dimensions: self.dimensions, blocks, places, open }, was_stale))
    }

    fn steps(&self, row: usize) -> Option<Steps<'_>> {
        let open = || steps_of(&self.open, row.checked_sub(self.blocks.rows)?, self.dimensions);
        self.blocks.steps(row, self.dimensions).or_else(|| open().map(Steps::Computed))
    }

    /// Adds vectors that were computed for texts, in steps, row by row; as many as there are.
    pub(super) fn add(&mut self, keys: &[u128], mut steps: Vec<i16>) {
        let rows = keys.len().min(steps.len() / self.dimensions.max(1));
        steps.truncate(rows * self.dimensions);
        let first = self.used.len();
        for (row, key) in (first..).zip(keys.iter().take(rows)) {
            match self.rows.entry(*key) {
                Entry::Vacant(entry) => {
                    entry.insert(index(row));
                    self.computed += 1;
                }
                // Another thread was asked for the same text: it is used now, and nobody asks for this row.
                Entry::Occupied(entry) => {
                    if let Some(used) = self.used.get(*entry.get() as usize) {
                        used.store(self.generation, Ordering::Relaxed);
                    }
                }
            }
            self.used.push(AtomicU32::new(self.generation));
        }
        if rows < BLOCK {
            self.open.append(&mut steps);
            if first + rows - self.blocks.rows >= BLOCK {
                self.close();
            }
        } else {
            self.close();
            self.blocks.push(Block::Computed(Arc::new(steps)), rows);
        }
    }

    /// Makes a block of the open rows.
    fn close(&mut self) {
        let open = std::mem::take(&mut self.open);
        let rows = open.len() / self.dimensions.max(1);
        if rows > 0 {
            self.blocks.push(Block::Computed(Arc::new(open)), rows);
        }
    }

    /// Lets go of what was not asked for in the present generation, begins the next one, and tells whether anything went.
    pub(super) fn forget_unused(&mut self) -> bool {
        let before = self.rows.len();
        let is_in_use = |row: u32| self.used(row) == self.generation;
        let kept: Vec<(u128, u32)> = self
            .rows
            .iter()
            .map(|(key, row)| (*key, *row))
            .filter(|(_, row)| is_in_use(*row))
            .collect();
        let mut next = Self {
            rows: HashMap::with_capacity(kept.len()),
            used: Vec::with_capacity(kept.len()),
            open: Vec::with_capacity(kept.len() * self.dimensions),
            computed: self.computed,
            first: self.first,
            generation: self.generation.saturating_add(1),
            ..Self::new(self.dimensions)
        };
        for (key, row) in kept {
            next.rows.insert(key, index(next.rows.len()));
            next.used.push(AtomicU32::new(self.generation));
            let steps = self.steps(row as usize);
            steps.into_iter().for_each(|steps| steps.append_to(&mut next.open));
        }
        next.close();
        *self = next;
        self.rows.len() < before
    }
}

/// The number that a step stands for.
fn exact(step: i16) -> f32 {
    f32::from(step) / STEPS
}

/// The nearest whole number, of two the one farther from zero, as `round` has it, which is a call where a build may not assume
/// SSE4.1.
#[expect(clippy::cast_possible_truncation, reason = "a number of a unit vector times 2048 fits")]
fn nearest_step(number: f32) -> i16 {
    let whole = number as i16;
    let rest = number - f32::from(whole);
    whole.saturating_add(i16::from(rest >= 0.5)).saturating_sub(i16::from(rest <= -0.5))
}

/// Bytes of a written vector.
pub(super) fn row_bytes(dimensions: usize) -> usize {
    KEY + USED + 2 * dimensions
}

/// The key of a written row, the generation of its last use, and its steps.
fn written(
    bytes: &[u8],
    start: usize,
    row: usize,
    dimensions: usize,
) -> Option<(u128, u32, &[[u8; 2]])> {
    let length = row_bytes(dimensions);
    let mut rest = bytes.get(start + row * length..start + (row + 1) * length)?;
    let key = take(&mut rest, KEY).and_then(number)?;
    let used = take(&mut rest, USED).and_then(generation)?;
    Some((key, used, rest.as_chunks().0))
}

fn steps_of(steps: &[i16], row: usize, dimensions: usize) -> Option<&[i16]> {
    steps.get(row * dimensions..(row + 1) * dimensions)
}

fn index(rows: usize) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, after) = rest.split_at_checked(count)?;
    *rest = after;
    Some(taken)
}

fn number(bytes: &[u8]) -> Option<u128> {
    Some(u128::from_le_bytes(bytes.try_into().ok()?))
}

fn generation(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_step_is_what_round_says() {
        for thousandth in -40_000..=40_000 {
            let number = f32::from(i16::try_from(thousandth / 2).unwrap_or(0)) / 1000.0;
            assert_eq!(nearest_step(number), number.round() as i16, "{number}");
        }
        for number in [0.499_999_97, 0.5, 1.5, 2.5, 2047.5, -0.5, -2048.0, 1e9, -1e9, f32::NAN] {
            assert_eq!(nearest_step(number), number.round() as i16, "{number}");
        }
    }
}
