//! New texts into the topics that there are, without grouping.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use mcp_insights_registry::{Centroid, Directions, Entry, Kind, MemberHash, Space, TopicEdits};
use mcp_insights_text::Embedder;
use rayon::prelude::*;

use crate::{Intent, Settings, Topic, Topics};

/// A thread gets at least so many texts: to wake it takes longer than fewer of them.
const LEAST_SHARED: usize = 16;
/// The label of a topic that was never named.
const NAMELESS: &str = "Other requests";

/// Puts texts into the topics that the registry knows; no topic begins, ends or gets another name.
///
/// A text that the last grouping left alone is in none until the next. Of the others, one that a topic remembers is in that topic, and
/// another one in the topic whose centroid has the largest cosine with
/// it (then the smaller id), where that is at least [`Settings::same_meaning`] and the embedder covers the text; else in
/// none. So the topic of a text depends on the text and the registry alone, never on the other texts.
#[derive(Clone, Debug, Default)]
pub struct Assigner {
    holders: HashMap<MemberHash, u32>,
    alone: BTreeSet<MemberHash>,
    centroids: Vec<(u32, Centroid)>,
}

impl Assigner {
    /// One that knows the topics of a registry.
    #[must_use]
    pub fn new(space: &Space<TopicEdits>) -> Self {
        let entries = || (0_u32..).zip(space.entries());
        let holders = entries()
            .flat_map(|(index, entry)| entry.members().map(move |member| (member, index)))
            .collect();
        let centroids = entries()
            .map(|(index, entry)| (index, entry.centroid().clone()))
            .filter(|(_, centroid)| !centroid.is_none())
            .collect();
        Self { holders, alone: space.alone().clone(), centroids }
    }

    /// For each folded text the topic that it is in, as its place in the order of ids.
    #[must_use]
    pub fn topics_of(
        &self,
        texts: &[&str],
        embedder: &dyn Embedder,
        settings: &Settings,
    ) -> Vec<Option<u32>> {
        let mut topics: Vec<Option<u32>> = vec![None; texts.len()];
        let mut unknown: Vec<(usize, &str)> = Vec::new();
        for (index, (text, topic)) in texts.iter().zip(&mut topics).enumerate() {
            let hash = MemberHash::of(Kind::Intent, text);
            if self.alone.contains(&hash) {
                continue;
            }
            *topic = self.holders.get(&hash).copied();
            if topic.is_none() && !text.is_empty() && embedder.covers(text) {
                unknown.push((index, *text));
            }
        }
        if self.centroids.is_empty() || unknown.is_empty() {
            return topics;
        }
        let texts: Vec<&str> = unknown.iter().map(|(_, text)| *text).collect();
        let vectors = embedder.embed(&texts);
        let rows: Vec<&[f32]> =
            vectors.outer_iter().map(|row| row.to_slice().unwrap_or_default()).collect();
        let centroids: Directions<'_> =
            self.centroids.iter().map(|(index, centroid)| (*index, centroid)).collect();
        let nearest: Vec<Option<u32>> = rows
            .par_iter()
            .with_min_len(LEAST_SHARED)
            .map(|row| centroids.most_similar(&Centroid::of([(*row, 1)]), settings.same_meaning))
            .collect();
        for ((index, _), topic) in unknown.iter().zip(nearest) {
            if let Some(place) = topics.get_mut(*index) {
                *place = topic;
            }
        }
        topics
    }
}

/// Puts intents into the topics that the registry knows, as an [`Assigner`] does.
#[must_use]
pub fn assign(
    intents: &[Intent<'_>],
    embedder: &dyn Embedder,
    settings: &Settings,
    space: &Space<TopicEdits>,
) -> Topics {
    let texts: Vec<&str> = intents.iter().map(|intent| intent.text).collect();
    let topic_of = Assigner::new(space).topics_of(&texts, embedder, settings);
    let mut members: HashMap<u32, Vec<u32>> = HashMap::new();
    for (intent, topic) in (0_u32..).zip(&topic_of) {
        if let Some(topic) = topic {
            members.entry(*topic).or_default().push(intent);
        }
    }
    let mut topics: Vec<Topic> = (0_u32..)
        .zip(space.entries())
        .map(|(index, entry)| topic(entry, members.remove(&index).unwrap_or_default(), intents))
        .collect();
    let lone: Vec<(u32, &str)> = (0_u32..)
        .zip(space.entries().zip(&topics))
        .filter(|(_, (entry, _))| is_of_one_text(entry))
        .filter_map(|(index, (_, topic))| {
            Some((index, intents.get(*topic.members.first()? as usize)?.text))
        })
        .collect();
    direct(&mut topics, &lone, embedder);
    Topics { topics, topic_of }
}

/// Whether a topic has the direction of its one text, which no registry keeps: it has none as long as the text is not there.
#[must_use]
pub fn is_of_one_text(entry: &Entry<TopicEdits>) -> bool {
    entry.centroid().is_none() && entry.members().len() == 1
}

/// Gives topics, told by their index, the directions of texts.
pub(crate) fn direct(topics: &mut [Topic], lone: &[(u32, &str)], embedder: &dyn Embedder) {
    let texts: Vec<&str> = lone.iter().map(|(_, text)| *text).collect();
    let vectors = embedder.embed(&texts);
    for ((index, _), row) in lone.iter().zip(vectors.outer_iter()) {
        if let Some(topic) = topics.get_mut(*index as usize) {
            topic.centroid = Centroid::of([(row.to_slice().unwrap_or_default(), 1)]);
        }
    }
}

fn topic(entry: &Entry<TopicEdits>, mut members: Vec<u32>, intents: &[Intent<'_>]) -> Topic {
    let of = |member: &u32| intents.get(*member as usize);
    members.sort_by_key(|member| {
        of(member).map(|intent| (std::cmp::Reverse(intent.sessions.len()), intent.text))
    });
    let first = members.iter().filter_map(of).map(|intent| intent.first_seen).min();
    let last = members.iter().filter_map(of).map(|intent| intent.last_seen).max();
    Topic {
        id: entry.id().to_owned(),
        label: if entry.label().is_empty() { NAMELESS } else { entry.label() }.to_owned(),
        keywords: entry.keywords().to_vec(),
        members,
        first_seen: first.map_or(entry.first_seen_at(), |at| at.min(entry.first_seen_at())),
        last_seen: last.map_or(entry.last_seen_at(), |at| at.max(entry.last_seen_at())),
        centroid: entry.centroid().clone(),
    }
}
