//! Groups in which every row has a place.

use ndarray::ArrayView2;

use crate::{Settings, of_those};

/// Puts every row into a group: as [`cluster`](crate::cluster) does, and where that finds none, into one of its own.
///
/// Only the rows that `takes_part` names by `true` are compared with others; a row beyond its end does not take part.
/// Group numbers follow no order.
///
/// ```
/// use mcp_insights_cluster::{Settings, cluster_every};
/// let vectors = ndarray::array![[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
/// let groups = cluster_every(vectors.view(), &[1, 1, 1], &[false, true, true], &Settings::default());
/// assert_ne!(groups[0], groups[1], "the first takes no part");
/// ```
#[must_use]
pub fn cluster_every(
    vectors: ArrayView2<'_, f32>,
    weights: &[u32],
    takes_part: &[bool],
    settings: &Settings,
) -> Vec<u32> {
    cluster_every_from(vectors, weights, takes_part, &[], settings)
}

/// As [`cluster_every`], starting from the groups that rows had before and keeping their numbers, as
/// [`cluster_from`](crate::cluster_from) does. A row alone in a group now never has the number of an old group.
#[must_use]
pub fn cluster_every_from(
    vectors: ArrayView2<'_, f32>,
    _weights: &[u32],
    takes_part: &[bool],
    previous: &[Option<u32>],
    settings: &Settings,
) -> Vec<u32> {
    let takes_part = |row: usize| takes_part.get(row).copied().unwrap_or_default();
    let groups = of_those(vectors, takes_part, previous, settings);
    let used = groups.iter().chain(previous).flatten().max();
    let mut next = used.map_or(0, |largest| largest.wrapping_add(1));
    let mut alone = || {
        next = next.wrapping_add(1);
        next.wrapping_sub(1)
    };
    groups.into_iter().map(|group| group.unwrap_or_else(&mut alone)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_group_and_strangers_have_their_own() {
        let vectors = ndarray::array![[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, -1.0]];
        let groups = cluster_every(
            vectors.view(),
            &[1, 1, 1, 1],
            &[true, false, false, true],
            &Settings::default(),
        );
        let mut distinct = groups.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!((groups.len(), distinct.len()), (4, 4));
    }

    #[test]
    fn no_rows_are_no_groups() {
        let vectors = ndarray::Array2::<f32>::zeros((0, 4));
        assert!(cluster_every(vectors.view(), &[], &[], &Settings::default()).is_empty());
    }
}
