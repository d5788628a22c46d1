//! Pure geometry: unit vectors in, groups out. It knows nothing of texts.
//!
//! Start with [`cluster`]. The number of groups is found, not given:
//!
//! 1. equal rows are one, in an order of their own;
//! 2. every row is joined to its nearest neighbours (exact cosines, those below a smallest one dropped), the closer and the
//!    more neighbours two share, the firmer;
//! 3. communities of that graph are found by the Leiden algorithm;
//! 4. what stands alone belongs nowhere.
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
//! that sums of products are exact, nodes are visited in the order of their vectors, ties go to the smaller, and
//! nothing is drawn by lot.
//!
//! # What it costs
//! The products of all pairs of rows: 10,000 rows of 384 numbers take .6 s on two cores, 22,500 take 2.5 s, and four times as
//! long for twice as many. Memory is that of the rows three times, 1 MiB a thread, and some 500 bytes a row for the graph. The
//! rest is nearly linear. Beyond some 50,000 rows the neighbours have to be approximated, which it does not do yet.

mod every;
mod graph;
mod leiden;
mod neighbours;
mod rows;
mod settings;

pub use every::cluster_every;
pub use settings::{Settings, SettingsError};

use ndarray::ArrayView2;
use rows::Directions;

/// Rows at which half of the [resolution](Settings::resolution) applies.
///
/// Modularity weighs a group against the whole graph: with 5 as the resolution, two rows that are each other's only
/// neighbours would never be a group among fewer than five rows. So it is scaled by `rows / (rows + 20)`, which is .95
/// from 400 rows on.
const FEW_ROWS: f64 = 20.0;

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
    _weights: &[u32],
    settings: &Settings,
) -> Vec<Option<u32>> {
    let directions = Directions::of(vectors);
    let nearest =
        neighbours::nearest(&directions.rows, settings.neighbours(), settings.minimum_similarity());
    let graph = graph::of_neighbours(&nearest);
    let rows = graph.nodes() as f64;
    let communities = leiden::communities(&graph, settings.resolution() * rows / (rows + FEW_ROWS));
    let community_of: Vec<Option<u32>> =
        directions.of.iter().map(|direction| communities.get((*direction)?).copied()).collect();
    without_lone(&community_of)
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
