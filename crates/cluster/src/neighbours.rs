//! The nearest rows of every row: exactly for some thousands, nearly so and in nearly linear time beyond.

mod descent;
mod entry;
mod exact;
mod forest;

use crate::codes::{Codes, UNIT};
use entry::Entry;

/// Rows up to which every pair is compared.
const EXACT_ROWS: usize = 4096;

/// Neighbours kept beyond those asked for, while they are searched: roads to nearer ones.
const SPARE: usize = 3;

/// Trees of the forest. With six of them and two rounds, .98 of the 15 nearest rows are found among the 22,500 of CLINC150 and
/// among 50,000 made from three sets; with four trees .97 and .96.
const TREES: u64 = 6;

/// Rounds in which lists learn from each other. A third finds what two trees more find, and costs more.
const ROUNDS: usize = 2;

/// Another row and its product with the row whose neighbour it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Neighbour {
    pub(crate) row: u32,
    pub(crate) product: i32,
}

/// The neighbours of every row, nearest first, of equals the smaller row first.
#[derive(Debug, PartialEq)]
pub(crate) struct Neighbours {
    starts: Vec<usize>,
    all: Vec<Neighbour>,
}

impl Neighbours {
    pub(crate) fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub(crate) fn all(&self) -> &[Neighbour] {
        &self.all
    }

    pub(crate) fn of(&self, row: u32) -> &[Neighbour] {
        let row = row as usize;
        match (self.starts.get(row), self.starts.get(row + 1)) {
            (Some(&start), Some(&end)) => self.all.get(start..end).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Of lists of `stride` entries a row, the best of each first, those that count.
    fn of_lists(lists: &[Entry], stride: usize, most: usize, least: f32) -> Self {
        let least = least_product(least);
        let mut starts = Vec::with_capacity(lists.len() / stride + 1);
        let mut all = Vec::with_capacity(lists.len() / stride * most);
        starts.push(0);
        for list in lists.chunks(stride) {
            let near = list.iter().take(most).filter(|entry| entry.product() >= least);
            all.extend(near.map(|entry| Neighbour { row: entry.row(), product: entry.product() }));
            starts.push(all.len());
        }
        Self { starts, all }
    }

    #[cfg(test)]
    pub(crate) fn from_lists(lists: &[Vec<Neighbour>]) -> Self {
        let mut starts = vec![0];
        for list in lists {
            starts.push(starts.last().unwrap_or(&0) + list.len());
        }
        Self { starts, all: lists.concat() }
    }
}

/// The smallest product of rows whose cosine is at least `least`.
fn least_product(least: f32) -> i32 {
    (f64::from(least) * UNIT).ceil() as i32
}

/// For every row the `most` others with the largest cosine of at least `least`.
pub(crate) fn nearest(codes: &Codes, hashes: &[u64], most: usize, least: f32) -> Neighbours {
    if codes.rows() <= EXACT_ROWS {
        exactly(codes, most, least)
    } else {
        nearly(codes, hashes, most, least)
    }
}

/// By comparing all pairs.
pub(crate) fn exactly(codes: &Codes, most: usize, least: f32) -> Neighbours {
    let most = most.min(codes.rows());
    let lists = exact::lists(codes, most, least_product(least));
    Neighbours::of_lists(&lists, most.max(1), most, least)
}

/// By a forest, whose lists then learn from each other.
pub(crate) fn nearly(codes: &Codes, hashes: &[u64], most: usize, least: f32) -> Neighbours {
    let stride = (most + SPARE).min(codes.rows().max(1));
    let mut lists = vec![Entry::NONE; codes.rows() * stride];
    for tree in 0..TREES {
        forest::learn(codes, hashes, tree, stride, &mut lists);
    }
    for _ in 0..ROUNDS {
        if !descent::learn(codes, stride, &mut lists) {
            break;
        }
    }
    Neighbours::of_lists(&lists, stride, most, least)
}

/// The order in which rows that are alike stand close together; none where all pairs are compared anyway.
pub(crate) fn near_ones_together(codes: &Codes, hashes: &[u64]) -> Option<Vec<u32>> {
    (codes.rows() > EXACT_ROWS).then(|| forest::order(codes, hashes))
}

/// Puts the best of `candidates` and of what a list holds into the list, each row once.
fn merge(list: &mut [Entry], candidates: &mut Vec<Entry>) {
    candidates.extend(list.iter().filter(|entry| **entry != Entry::NONE));
    candidates.sort_unstable_by(|left, right| right.cmp(left));
    candidates.dedup_by_key(|entry| entry.row());
    for (place, entry) in list.iter_mut().zip(candidates.drain(..)) {
        *place = entry;
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;
    use crate::directions::Directions;
    use crate::mixing::mixed;

    /// Rows around some hundred meanings.
    fn directions(rows: usize) -> Directions {
        let number = |seed: usize| (mixed(seed as u64) >> 40) as f32 / 8_388_608.0 - 1.0;
        let vectors = Array2::from_shape_fn((rows, 48), |(row, column)| {
            let meaning = mixed(row as u64) as usize % 150;
            number(meaning * 48 + column) + 0.7 * number(1_000_000 + row * 48 + column)
        });
        Directions::of(vectors.view(), |_| true)
    }

    #[test]
    fn exact_neighbours_are_those_of_a_search_through_all_pairs() {
        // More rows than one block across, and many ties.
        let vectors = Array2::from_shape_fn((400, 3), |(row, column)| {
            ((row * (column + 3)) % 17) as f32 - 8.0
        });
        let codes = Directions::of(vectors.view(), |_| true).codes;
        let found = exactly(&codes, 5, 0.5);
        for own in 0..codes.rows() as u32 {
            let others: Vec<u32> = (0..codes.rows() as u32).filter(|&other| other != own).collect();
            let mut products = Vec::new();
            codes.products(own, &others, &mut products);
            let mut expected: Vec<Neighbour> = others
                .iter()
                .zip(&products)
                .map(|(&row, &product)| Neighbour { row, product })
                .filter(|neighbour| f64::from(neighbour.product) >= 0.5 * UNIT)
                .collect();
            expected.sort_by_key(|neighbour| (-neighbour.product, neighbour.row));
            expected.truncate(5);
            assert_eq!(found.of(own), expected);
        }
    }

    #[test]
    fn search_among_many_rows_finds_nearly_all() {
        let directions = directions(3000);
        let exact = exactly(&directions.codes, 15, -1.0);
        let near = nearly(&directions.codes, &directions.hashes, 15, -1.0);
        let rows = 0..exact.rows() as u32;
        let found: usize = rows
            .map(|row| exact.of(row).iter().filter(|&other| near.of(row).contains(other)).count())
            .sum();
        assert!(found as f64 > 0.97 * exact.all().len() as f64, "{found} of {}", exact.all().len());
    }

    #[test]
    fn threads_and_instructions_do_not_change_neighbours() {
        let directions = directions(2000);
        let search = |codes: &Codes, threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.map(|pool| pool.install(|| nearly(codes, &directions.hashes, 10, 0.2))).ok()
        };
        let one = search(&directions.codes, 1);
        assert!(one.is_some());
        assert_eq!(one, search(&directions.codes, 4));
        assert_eq!(one, search(&directions.codes.portable(), 2));
    }

    #[test]
    fn more_neighbours_than_rows_are_all_others() {
        let codes = directions(3).codes;
        assert!((0..3).all(|row| exactly(&codes, 15, -1.0).of(row).len() == 2));
        assert_eq!(exactly(&Codes::zeros(0, 4), 15, -1.0).rows(), 0);
    }
}
