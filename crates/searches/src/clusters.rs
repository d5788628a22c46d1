//! The clusters that there are, and what later texts are compared with.

use std::cmp::Reverse;
use std::sync::Arc;

use hashbrown::HashMap;
use mcp_insights_calls::SearchKind;
use mcp_insights_events::SharedMap;
use mcp_insights_registry::{Centroid, Entry, Kind, SearchEdits, Space};

use crate::Cluster;

/// A text is compared with at most so many clusters, those with most demands: so the work grows with the texts alone.
const MOST_COMPARED: usize = 1024;

/// All clusters: those found, those that are only remembered, and those that were [admitted](Clusters::admit) since.
///
/// Clones share them, and cost a few pointers beside [`Clusters::cluster_of`].
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    /// For each demand, in the order given: the index of its cluster.
    pub cluster_of: Vec<u32>,
    /// Those found and remembered, ordered by id.
    found: Arc<Vec<Cluster>>,
    /// Clusters by the folded words of their texts, of each kind.
    texts: Arc<HashMap<(Kind, String), u32>>,
    /// The centroids that the registry had of clusters when texts were assigned: what later texts are compared with.
    pub(crate) registered: Arc<Vec<(Kind, u32, Centroid)>>,
    /// The clusters of discovery searches that other texts are compared with, in order.
    pub(crate) compared: Arc<Vec<u32>>,
    /// Those admitted, by their place behind those found.
    admitted: SharedMap<u32, Arc<Admitted>>,
    admitted_count: u32,
    /// The clusters of texts that came later.
    later_texts: SharedMap<(Kind, String), u32>,
}

#[derive(Debug)]
struct Admitted {
    cluster: Cluster,
    /// What no registry has of it yet.
    entry: Entry<SearchEdits>,
}

/// Whether a text of a discovery search may have the meaning of a cluster.
fn is_comparable(cluster: &Cluster) -> bool {
    cluster.kind == SearchKind::Discovery
        && !cluster.members.is_empty()
        && !cluster.centroid.is_none()
}

impl Clusters {
    /// Of clusters ordered by id, and the indices of those that have each folded text.
    pub(crate) fn new(found: Vec<Cluster>, texts: HashMap<(Kind, String), u32>) -> Self {
        let mut compared: Vec<(u32, usize)> = (0_u32..)
            .zip(&found)
            .filter(|(_, cluster)| is_comparable(cluster))
            .map(|(index, cluster)| (index, cluster.members.len()))
            .collect();
        compared.sort_by_key(|(_, members)| Reverse(*members));
        compared.truncate(MOST_COMPARED);
        let mut compared: Vec<u32> = compared.into_iter().map(|(index, _)| index).collect();
        compared.sort_unstable();
        Self {
            found: Arc::new(found),
            texts: Arc::new(texts),
            compared: Arc::new(compared),
            ..Self::default()
        }
    }

    /// Takes one more cluster in, behind all others.
    pub(crate) fn push(&mut self, cluster: Cluster, entry: Entry<SearchEdits>) -> Option<u32> {
        let index = u32::try_from(self.len()).ok()?;
        // It has one demand, and none has fewer: it is compared where there is room.
        if is_comparable(&cluster) && self.compared.len() < MOST_COMPARED {
            Arc::make_mut(&mut self.compared).push(index);
        }
        self.admitted.insert(self.admitted_count, Arc::new(Admitted { cluster, entry }));
        self.admitted_count += 1;
        Some(index)
    }

    /// Notes the cluster of a text that came later.
    pub(crate) fn note(&mut self, kind: Kind, folded: String, cluster: u32) {
        self.later_texts.insert((kind, folded), cluster);
    }

    /// The cluster that has a folded text.
    pub(crate) fn holder(&self, kind: Kind, folded: &str) -> Option<u32> {
        let key = (kind, folded.to_owned());
        self.texts.get(&key).or_else(|| self.later_texts.get(&key)).copied()
    }

    /// How many clusters there are, those without demand included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.found.len() + self.admitted_count as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A cluster by its index.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&Cluster> {
        match (index as usize).checked_sub(self.found.len()) {
            None => self.found.get(index as usize),
            Some(place) => {
                let admitted = self.admitted.get(&u32::try_from(place).ok()?)?;
                Some(&admitted.cluster)
            }
        }
    }

    /// All clusters: those found and remembered ordered by id, then those admitted as they came.
    pub fn iter(&self) -> impl Iterator<Item = &Cluster> {
        self.found.iter().chain(self.admitted().map(|admitted| &admitted.cluster))
    }

    fn admitted(&self) -> impl Iterator<Item = &Admitted> {
        let admitted = (0..self.admitted_count).filter_map(|place| self.admitted.get(&place));
        admitted.map(AsRef::as_ref)
    }

    /// The index of the cluster that an id stands for, a retired one included.
    #[must_use]
    pub fn find(&self, id: &str, space: &Space<SearchEdits>) -> Option<u32> {
        let id = space.resolve(id).unwrap_or(id);
        let found = self.found.binary_search_by(|cluster| cluster.id.as_str().cmp(id)).ok();
        let later = || {
            let place = self.admitted().position(|admitted| admitted.cluster.id == id)?;
            Some(self.found.len() + place)
        };
        u32::try_from(found.or_else(later)?).ok()
    }

    /// What a registry needs to take an admitted cluster in, before it can be edited.
    #[must_use]
    pub fn entry_of_admitted(&self, id: &str) -> Option<&Entry<SearchEdits>> {
        self.entries_of_admitted().find(|entry| entry.id() == id)
    }

    /// What a registry needs of all admitted clusters.
    pub fn entries_of_admitted(&self) -> impl Iterator<Item = &Entry<SearchEdits>> {
        self.admitted().map(|admitted| &admitted.entry)
    }

    /// The clusters found, without a copy where nobody else has them.
    pub(crate) fn into_found(self) -> Vec<Cluster> {
        Arc::unwrap_or_clone(self.found)
    }
}
