//! Which cluster has the meaning of a text that is in none.

use std::cmp::Reverse;

use mcp_insights_calls::SearchKind;
use mcp_insights_registry::{Centroid, Kind};
use mcp_insights_text::{Embedder, fold};
use rayon::prelude::*;

use crate::reading::read;
use crate::texts::LEAST_SHARED;
use crate::{Cluster, Clusters, Settings};

/// A text is compared with at most so many clusters, those with most demands: so the work grows with the texts alone.
const MOST_COMPARED: usize = 1024;

impl Clusters {
    /// For each text of a discovery search the cluster of its meaning, as an index, or none.
    ///
    /// That is the cluster with an equal text (as [`find`](crate::find()) reads and folds it), else the one whose centroid has the
    /// largest cosine with the text (then the smaller id), where that is at least [`Settings::same_meaning`]. Of the
    /// latter only the 1,024 clusters with most distinct texts are compared. A text does not depend on the others.
    #[must_use]
    pub fn nearest(
        &self,
        texts: &[&str],
        embedder: &dyn Embedder,
        settings: &Settings,
    ) -> Vec<Option<u32>> {
        let folded: Vec<String> = texts
            .par_iter()
            .with_min_len(LEAST_SHARED)
            .map(|text| fold(&read(text).words))
            .collect();
        let mut nearest: Vec<Option<u32>> =
            folded.iter().map(|text| self.holder(Kind::Discovery, text)).collect();
        let unknown: Vec<usize> = (0..folded.len())
            .filter(|index| nearest.get(*index).is_some_and(Option::is_none))
            .filter(|index| {
                folded.get(*index).is_some_and(|text| !text.is_empty() && embedder.covers(text))
            })
            .collect();
        let compared = self.compared();
        let compared: Vec<(u32, &Centroid)> =
            compared.into_iter().map(|(index, cluster)| (index, &cluster.centroid)).collect();
        if unknown.is_empty() || compared.is_empty() {
            return nearest;
        }
        let asked: Vec<&str> =
            unknown.iter().filter_map(|index| folded.get(*index)).map(String::as_str).collect();
        let vectors = embedder.embed(&asked);
        let directions: Vec<Centroid> = vectors
            .outer_iter()
            .map(|row| Centroid::of([(row.to_slice().unwrap_or_default(), 1)]))
            .collect();
        let answers: Vec<Option<u32>> = directions
            .par_iter()
            .with_min_len(LEAST_SHARED)
            .map(|direction| direction.most_similar(&compared, settings.same_meaning))
            .collect();
        for (index, answer) in unknown.into_iter().zip(answers) {
            if let Some(place) = nearest.get_mut(index) {
                *place = answer;
            }
        }
        nearest
    }

    /// The cluster that has a folded text.
    pub(crate) fn holder(&self, kind: Kind, folded: &str) -> Option<u32> {
        let key = (kind, folded.to_owned());
        self.texts.get(&key).or_else(|| self.later_texts.get(&key)).copied()
    }

    /// The clusters of discovery searches to compare with, ordered by id.
    fn compared(&self) -> Vec<(u32, &Cluster)> {
        let mut clusters: Vec<(u32, &Cluster)> = (0_u32..)
            .zip(self.clusters.iter().map(AsRef::as_ref))
            .filter(|(_, cluster)| cluster.kind == SearchKind::Discovery)
            .filter(|(_, cluster)| !cluster.members.is_empty() && !cluster.centroid.is_none())
            .collect();
        clusters.sort_by_key(|(_, cluster)| Reverse(cluster.members.len()));
        clusters.truncate(MOST_COMPARED);
        clusters.sort_by_key(|(index, _)| *index);
        clusters
    }
}
