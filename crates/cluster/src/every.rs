//! Groups in which every row has a place.

use ndarray::{ArrayView2, Axis};

use crate::{Settings, cluster};

/// Puts every row into a group: as [`cluster`] does, and where that finds none, into one of its own.
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
    let rows = vectors.nrows();
    let chosen: Vec<usize> =
        (0..rows).filter(|row| takes_part.get(*row).copied().unwrap_or_default()).collect();
    let found = if chosen.len() == rows {
        cluster(vectors, weights, settings)
    } else {
        let weights: Vec<u32> =
            chosen.iter().map(|row| weights.get(*row).copied().unwrap_or(1)).collect();
        cluster(vectors.select(Axis(0), &chosen).view(), &weights, settings)
    };
    let mut groups = vec![None; rows];
    for (row, group) in chosen.into_iter().zip(&found) {
        if let Some(place) = groups.get_mut(row) {
            *place = *group;
        }
    }
    let mut next = found.iter().flatten().max().map_or(0, |largest| largest + 1);
    let mut alone = || {
        next += 1;
        next - 1
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
