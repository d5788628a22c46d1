//! Pure geometry: unit vectors in, groups out. It knows nothing of texts.
//!
//! Start with [`cluster`]. The number of groups is found, not given:
//!
//! 1. equal rows are one, in an order of their own;
//! 2. every row is joined to its nearest neighbours, the closer and the more neighbours two share, the firmer; cosines below
//!    a smallest one are dropped. Up to some thousands of rows all pairs are compared, beyond that a forest finds
//!    neighbours, whose lists then learn from each other;
//! 3. communities of that graph are found by the Leiden algorithm;
//! 4. what stands alone belongs nowhere.
//!
//! [`cluster_from`] starts from groups that there were before, and keeps them and their numbers as far as it can.
//!
//! ```
//! use mcp_insights_cluster::{Settings, cluster};
//!
//! let vectors = ndarray::array![[1.0, 0.0, 0.0], [0.0, 0.6, 0.8], [0.96, 0.28, 0.0], [0.0, -1.0, 0.0]];
//! let groups = cluster(vectors.view(), &[5, 1, 1, 1], &Settings::default());
//! assert_eq!(groups, [Some(0), None, Some(0), None]);
//! ```
//!
//! # What it does not depend on
//! The order of the rows (up to the numbers of the groups), the number of threads and the instruction set: rows are rounded so
//! that products are whole numbers, edges have whole numbers as weights, so that sums are exact in any order, nodes are visited in
//! an order that follows from their vectors, ties go to the smaller, and what stands in for chance is a hash of the vectors.
//!
//! # What it costs
//! Some `n log n`. Processor time for rows of 384 numbers, with AVX-512 at 2.6 GHz: 10,000 rows .3 s, 26,000 .8 s, 50,000
//! 1.8 s, 200,000 8 s; for 1,000,000 rows of 256 numbers 33 s. Some two thirds of it are the neighbours. Cores share all of
//! it but Leiden, the lists of who names a row, and sorting out equal rows. Memory beside the vectors given:
//! 2,300 bytes a row of 384 numbers, 1,600 a row of 256. Up to 4,096 rows all pairs are compared; beyond, .98 to .99 of the 15
//! nearest rows are found (BANKING77, CLINC150, 50,000 rows made from these).

mod codes;
mod directions;
mod edges;
mod every;
mod graph;
mod leiden;
mod mixing;
mod neighbours;
mod previous;
mod settings;
#[doc(hidden)]
pub mod stages;

pub use every::{cluster_every, cluster_every_from};
pub use settings::{Settings, SettingsError};

use directions::Directions;
use ndarray::ArrayView2;

/// The group of every row; none where it is like no other row, or has no length.
///
/// Rows are vectors; only their direction counts. Groups have two rows or more and are numbered from 0 in the order
/// of their first rows. Rows with equal directions are always in one group.
///
/// The weights say how often each row occurs. They do not change the groups: how popular a text is says nothing about its meaning
/// (on BANKING77, CLINC150 and MetaTool, edges that grow with the logarithm of weights drawn at random move AMI by less than .005, with
/// their square root it falls by .01), and groups stay as they are when counts grow.
#[must_use]
pub fn cluster(
    vectors: ArrayView2<'_, f32>,
    weights: &[u32],
    settings: &Settings,
) -> Vec<Option<u32>> {
    cluster_from(vectors, weights, &[], settings)
}

/// As [`cluster`], starting from the groups that rows had before, so that more rows refine groups instead of reshuffling
/// them.
///
/// `previous` has the group of every row where it had one; rows beyond its end are new. A new row starts where most of the
/// weight of its edges leads. Groups keep their numbers: the number of an old group goes to the group with most of its
/// rows. A group that has most rows of several old ones takes the number of the one of which it has more; of equals the
/// smaller number. All other groups have numbers above the old ones, in the order of their first rows.
///
/// ```
/// use mcp_insights_cluster::{Settings, cluster_from};
///
/// let vectors = ndarray::array![[1.0, 0.0], [0.0, 1.0], [0.1, 0.9], [0.9, 0.1]];
/// let groups = cluster_from(vectors.view(), &[1; 4], &[None, Some(7), Some(7)], &Settings::default());
/// assert_eq!(groups, [Some(8), Some(7), Some(7), Some(8)]);
/// ```
#[must_use]
pub fn cluster_from(
    vectors: ArrayView2<'_, f32>,
    _weights: &[u32],
    previous: &[Option<u32>],
    settings: &Settings,
) -> Vec<Option<u32>> {
    of_those(vectors, |_| true, previous, settings)
}

/// The groups of those rows that take part.
fn of_those(
    vectors: ArrayView2<'_, f32>,
    takes_part: impl Fn(usize) -> bool + Sync,
    previous: &[Option<u32>],
    settings: &Settings,
) -> Vec<Option<u32>> {
    let directions = Directions::of(vectors, takes_part);
    let nearest = neighbours::nearest(
        &directions.codes,
        &directions.hashes,
        settings.neighbours(),
        settings.minimum_similarity(),
    );
    let graph = edges::of_neighbours(&nearest);
    drop(nearest);
    let resolution = resolution(&graph, settings);
    let communities = match previous::start(&graph, &directions.of, previous) {
        None => leiden::communities(&graph, resolution),
        Some(start) => leiden::continued(&graph, &start, resolution),
    };
    let community_of: Vec<Option<u32>> = directions
        .of
        .iter()
        .map(|direction| communities.get((*direction)? as usize).copied())
        .collect();
    previous::keep_numbers(without_lone(&community_of), previous)
}

/// Rows up to which the resolution rises. Where there are few, the 15 nearest of a row are a large part of all, so that edges within
/// a group are hardly denser than chance; with 10 as the resolution, two rows that are each other's only neighbours would never be a
/// group among fewer than ten.
///
/// Chosen on draws from the even lines of BANKING77, CLINC150 and MetaTool such as `mcp-insights-benches quality` makes: 25 to 400 texts
/// of labels with 2, 4, 10 and 25 texts each in the mean. On the odd lines the mean AMI of the four is .70, .68, .70 and .69 for 25, 50,
/// 100 and 200 texts (`fast`: .63, .64, .64 and .63). With 200 in place of 300 it is .64, .62, .66 and .67 (.59, .58, .61 and .62), as
/// topics of more than a few texts fall apart. Labels with two texts pay for it: theirs falls by up to .04, and by up to .06 with 500.
const FEW_ROWS: f64 = 300.0;

/// Rows from which the resolution falls: of more texts of the same topics each has as many neighbours as before, so that at
/// one resolution communities grow in number more than in size. On all 13,083 texts of BANKING77 and all 22,500 of
/// CLINC150 half the resolution that is best for some thousands of them is best.
const MANY_ROWS: f64 = 8000.0;

/// The resolution for a graph of this size.
fn resolution(graph: &graph::Graph, settings: &Settings) -> f64 {
    let rows = graph.nodes() as f64;
    settings.resolution() * rows / (rows + FEW_ROWS) / (1.0 + rows / MANY_ROWS).sqrt()
}

/// Groups of two or more rows, numbered in the order of their first rows.
fn without_lone(community_of: &[Option<u32>]) -> Vec<Option<u32>> {
    let communities =
        community_of.iter().flatten().max().map_or(0, |&largest| largest as usize + 1);
    let mut sizes = vec![0_usize; communities];
    for &community in community_of.iter().flatten() {
        if let Some(size) = sizes.get_mut(community as usize) {
            *size += 1;
        }
    }
    let mut numbers: Vec<Option<u32>> = vec![None; communities];
    let mut next = 0;
    community_of
        .iter()
        .map(|community| {
            let community = (*community)? as usize;
            if sizes.get(community).is_none_or(|&size| size < 2) {
                return None;
            }
            let number = numbers.get_mut(community)?.get_or_insert_with(|| {
                next += 1;
                next - 1
            });
            Some(*number)
        })
        .collect()
}

#[cfg(test)]
mod tests;
