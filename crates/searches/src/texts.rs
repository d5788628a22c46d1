//! The distinct texts behind the demands, and which of them belong together before the registry is asked.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use mcp_insights_calls::SearchKind;
use mcp_insights_events::Timestamp;
use mcp_insights_registry::{Centroid, Directions, Entry, Kind, Member, SearchEdits, Space};
use mcp_insights_text::{Embedder, GroupText, fold};
use ndarray::{Array2, ArrayView2, Axis};
use rayon::prelude::*;

use crate::reading::{Reading, read};
use crate::{Demand, Settings};

/// A thread gets at least so many texts, or groups of them: to wake it takes longer than fewer.
pub(crate) const LEAST_SHARED: usize = 16;

/// Whether texts are grouped anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grouping {
    /// All texts, from the clusters that the registry knows on.
    Cluster,
    /// None: each joins a cluster that there is, or is one of its own.
    Assign,
}

/// The demands of one kind whose folded words are equal.
pub(crate) struct Text {
    pub(crate) kind: Kind,
    pub(crate) folded: String,
    /// What the most frequent of its demands says.
    pub(crate) reading: Reading,
    /// The folded part of it that says what is wanted, to name it by.
    pub(crate) folded_wish: String,
    /// Its demands: most sessions first, then by text.
    pub(crate) demands: Vec<usize>,
    /// Its sessions, ordered, each once.
    pub(crate) sessions: Vec<u32>,
    /// How often it was asked.
    pub(crate) count: u64,
    pub(crate) first_seen: Timestamp,
    pub(crate) last_seen: Timestamp,
    pub(crate) group: u32,
}

impl Text {
    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(self.sessions.len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn as_group_text(&self) -> GroupText<'_> {
        GroupText { folded: &self.folded_wish, original: &self.reading.wish, weight: self.weight() }
    }

    pub(crate) fn as_member<'a>(&'a self, vector: &'a [f32]) -> Member<'a> {
        Member {
            kind: self.kind,
            text: &self.folded,
            vector,
            weight: self.weight(),
            first_seen: self.first_seen,
            last_seen: self.last_seen,
            group: Some(self.group),
        }
    }
}

/// The distinct texts, ordered by kind and text, so that nothing depends on the order in which demands came.
pub(crate) fn distinct(demands: &[Demand<'_>]) -> Vec<Text> {
    let readings: Vec<(Kind, String, Reading)> = demands
        .par_iter()
        .with_min_len(LEAST_SHARED)
        .map(|demand| {
            let reading = read(demand.text.unwrap_or_default());
            let kind = match (demand.kind, demand.text) {
                (SearchKind::Content, _) => Kind::Content,
                (SearchKind::Discovery, Some(_)) => Kind::Discovery,
                (SearchKind::Discovery, None) => Kind::WordlessRequest,
            };
            (kind, fold(&reading.words), reading)
        })
        .collect();
    let mut equal: BTreeMap<(Kind, &str), Vec<usize>> = BTreeMap::new();
    for (index, (kind, folded, _)) in readings.iter().enumerate() {
        equal.entry((*kind, folded)).or_default().push(index);
    }
    equal
        .into_iter()
        .map(|((kind, folded), mut own)| {
            own.sort_by_key(|index| {
                demands.get(*index).map(|demand| (Reverse(demand.sessions.len()), demand.text))
            });
            let of = || own.iter().filter_map(|index| demands.get(*index));
            let mut sessions: Vec<u32> =
                of().flat_map(|demand| &demand.sessions).copied().collect();
            sessions.sort_unstable();
            sessions.dedup();
            let reading = own.first().and_then(|index| readings.get(*index));
            let reading = reading.map(|(_, _, reading)| reading.clone()).unwrap_or_default();
            Text {
                kind,
                folded: folded.to_owned(),
                folded_wish: fold(&reading.wish),
                reading,
                count: of().map(|demand| demand.count).sum(),
                first_seen: of().map(|demand| demand.first_seen).min().unwrap_or_default(),
                last_seen: of().map(|demand| demand.last_seen).max().unwrap_or_default(),
                demands: own,
                sessions,
                group: 0,
            }
        })
        .collect()
}

/// Groups the texts of each kind, from the clusters that the registry knows on, and gives their vectors, one row each.
///
/// A text that the embedder does not cover, that has no words, or that belongs to no other is a group of its own.
pub(crate) fn group(
    texts: &mut [Text],
    space: &Space<SearchEdits>,
    grouping: Grouping,
    embedder: &dyn Embedder,
    settings: &Settings,
) -> Array2<f32> {
    let folded: Vec<&str> = texts.iter().map(|text| text.folded.as_str()).collect();
    let vectors = embedder.embed(&folded);
    let takes_part: Vec<bool> = folded
        .par_iter()
        .with_min_len(LEAST_SHARED)
        .map(|text| !text.is_empty() && embedder.covers(text))
        .collect();
    let mut rest = vectors.view();
    let mut first = 0;
    for of_kind in texts.chunk_by_mut(|left, right| left.kind == right.kind) {
        let (own, after) = rest.split_at(Axis(0), of_kind.len().min(rest.nrows()));
        let weights: Vec<u32> = of_kind.iter().map(Text::weight).collect();
        let takes_part = takes_part.get(first..first + of_kind.len()).unwrap_or_default();
        let previous = of_kind.first().map_or_else(Vec::new, |first| {
            space.holders(first.kind, of_kind.iter().map(|text| text.folded.as_str()))
        });
        let groups = match (grouping, of_kind.first()) {
            (Grouping::Assign, Some(text)) => {
                assigned(own, takes_part, &previous, text.kind, space, settings)
            }
            _ => mcp_insights_cluster::cluster_every_from(
                own,
                &weights,
                takes_part,
                &previous,
                &settings.cluster,
            ),
        };
        for (text, group) in of_kind.iter_mut().zip(groups) {
            text.group = group;
        }
        first += of_kind.len();
        rest = after;
    }
    vectors
}

/// The groups of texts of one kind where none is grouped anew: the place of an entry of the registry, or a number beyond.
fn assigned(
    vectors: ArrayView2<'_, f32>,
    takes_part: &[bool],
    previous: &[Option<u32>],
    kind: Kind,
    space: &Space<SearchEdits>,
    settings: &Settings,
) -> Vec<u32> {
    let entries = (0_u32..).zip(space.entries()).filter(|(_, entry)| entry.kind() == kind);
    let centroids: Directions<'_> = entries
        .map(|(place, entry)| (place, Entry::centroid(entry)))
        .filter(|(_, centroid)| !centroid.is_none())
        .collect();
    let alone = u32::try_from(space.len()).unwrap_or(u32::MAX);
    let rows: Vec<&[f32]> =
        vectors.outer_iter().map(|row| row.to_slice().unwrap_or_default()).collect();
    (alone..)
        .zip(rows)
        .zip(takes_part)
        .zip(previous)
        .collect::<Vec<_>>()
        .into_par_iter()
        .with_min_len(LEAST_SHARED)
        .map(|(((own, row), takes_part), previous)| {
            let nearest =
                || centroids.most_similar(&Centroid::of([(row, 1)]), settings.same_meaning);
            let may_join = *takes_part && !centroids.is_empty();
            previous.or_else(|| may_join.then(nearest).flatten()).unwrap_or(own)
        })
        .collect()
}
