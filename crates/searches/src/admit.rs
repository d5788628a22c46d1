//! One more demand among clusters that there are.

use mcp_insights_registry::{Centroid, Directions, Space};
use mcp_insights_text::Embedder;

use crate::find::clusters;
use crate::texts::distinct;
use crate::{Clusters, Demand, Offer, Settings};

impl Clusters {
    /// The cluster of a demand that was not among those that were grouped or assigned.
    ///
    /// It joins as [`assign`](crate::assign()) says: the cluster with an equal text, else the nearest, else it is a cluster of
    /// its own, which is appended and not registered. The others keep their names and verdicts until everything is assigned
    /// or grouped again.
    pub fn admit(
        &mut self,
        demand: &Demand<'_>,
        offer: &Offer,
        embedder: &dyn Embedder,
        settings: &Settings,
    ) -> Option<u32> {
        let text = distinct(std::slice::from_ref(demand)).pop()?;
        if let Some(index) = self.holder(text.kind, &text.folded) {
            return Some(index);
        }
        let vectors = embedder.embed(&[text.folded.as_str()]);
        let row = vectors.as_slice().unwrap_or_default();
        let takes_part = !text.folded.is_empty() && embedder.covers(&text.folded);
        let known: Directions<'_> = self
            .registered
            .iter()
            .filter(|(kind, ..)| takes_part && *kind == text.kind)
            .map(|(_, index, centroid)| (*index, centroid))
            .collect();
        let index = match known.most_similar(&Centroid::of([(row, 1)]), settings.same_meaning) {
            Some(index) => index,
            None => {
                let (demand, texts) = (std::slice::from_ref(demand), std::slice::from_ref(&text));
                let mut own = Space::default();
                let lone = clusters(demand, texts, &[row], offer, embedder, settings, &mut own);
                let cluster = lone.into_found().into_iter().next()?;
                let entry = own.entry(&cluster.id)?.clone();
                self.push(cluster, entry)?
            }
        };
        self.note(text.kind, text.folded, index);
        Some(index)
    }
}
