//! Which cluster has the meaning of a text that is in none.

use mcp_insights_registry::{Centroid, Directions, Kind};
use mcp_insights_text::{Embedder, fold};
use rayon::prelude::*;

use crate::reading::read;
use crate::texts::LEAST_SHARED;
use crate::{Clusters, Settings};

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
        if unknown.is_empty() || self.compared.is_empty() {
            return nearest;
        }
        let centroid = |index: &u32| Some((*index, &self.get(*index)?.centroid));
        let compared: Directions<'_> = self.compared.iter().filter_map(centroid).collect();
        let asked: Vec<&str> =
            unknown.iter().filter_map(|index| folded.get(*index)).map(String::as_str).collect();
        let vectors = embedder.embed(&asked);
        let rows: Vec<&[f32]> =
            vectors.outer_iter().map(|row| row.to_slice().unwrap_or_default()).collect();
        let answers: Vec<Option<u32>> = rows
            .par_iter()
            .with_min_len(LEAST_SHARED)
            .map(|row| compared.most_similar(&Centroid::of([(*row, 1)]), settings.same_meaning))
            .collect();
        for (index, answer) in unknown.into_iter().zip(answers) {
            if let Some(place) = nearest.get_mut(index) {
                *place = answer;
            }
        }
        nearest
    }
}
