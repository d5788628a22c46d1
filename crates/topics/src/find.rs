//! The way from intents to topics.

use hashbrown::{HashMap, HashSet};
use mcp_insights_registry::{Centroid, Entry, Kind, Member, MemberHash, Space, TopicEdits};
use mcp_insights_text::{Background, Embedder, GroupText, NamelessGroup, keywords, name_groups};
use rayon::prelude::*;

use crate::group::{Text, distinct, group};
use crate::{Intent, LEAST_SESSIONS, Settings, Topic, Topics};

/// The label of a topic whose texts have no words that could name it.
const NAMELESS: &str = "Other requests";
/// A topic shows at most so many key words.
const MOST_KEYWORDS: usize = 8;

/// Groups intents into topics, and lets the registry remember them.
///
/// Equal texts are one, whatever the order of the intents. A text that the embedder does not cover is grouped with equal
/// texts only. A group with fewer than [`LEAST_SESSIONS`] distinct sessions is no topic, unless it is pinned.
#[must_use]
pub fn find(
    intents: &[Intent<'_>],
    embedder: &dyn Embedder,
    settings: &Settings,
    space: &mut Space<TopicEdits>,
) -> Topics {
    let mut texts = distinct(intents);
    let folded = texts.iter().map(|text| text.folded);
    let previous = space.holders(Kind::Intent, folded);
    let vectors = group(&mut texts, &previous, embedder, settings);
    let vectors: Vec<&[f32]> =
        vectors.outer_iter().map(|row| row.to_slice().unwrap_or_default()).collect();
    let members: Vec<Member<'_>> =
        texts.iter().enumerate().map(|(row, text)| member(text, row, intents, &vectors)).collect();
    let assignment = space.assign(&members);
    let mut held: HashMap<&str, Vec<usize>> = HashMap::new();
    for (text, place) in assignment.of.iter().enumerate() {
        if let Some(id) = place.and_then(|place| assignment.ids.get(place as usize)) {
            held.entry(id.as_str()).or_default().push(text);
        }
    }
    held.retain(|id, rows| {
        space.entry(id).is_some_and(Entry::is_pinned) || has_enough_sessions(&texts, rows)
    });

    let mut topics: Vec<Topic> =
        space.entries().map(|entry| topic(entry, held.get(entry.id()), &texts, &vectors)).collect();
    label(&mut topics, intents, &texts, settings, space);
    let mut topic_of = vec![None; intents.len()];
    for (index, topic) in (0_u32..).zip(&mut topics) {
        space.describe(&topic.id, &topic.label, &topic.keywords);
        let own = topic.members.iter().filter_map(|row| texts.get(*row as usize));
        let own: Vec<usize> = own.flat_map(|text| text.intents.iter().copied()).collect();
        for intent in &own {
            if let Some(place) = topic_of.get_mut(*intent) {
                *place = Some(index);
            }
        }
        topic.members = own.into_iter().filter_map(|intent| u32::try_from(intent).ok()).collect();
    }
    let alone = intents.iter().zip(&topic_of).filter(|(_, topic)| topic.is_none());
    space.leave_alone(alone.map(|(intent, _)| MemberHash::of(Kind::Intent, intent.text)));
    Topics { topics, topic_of }
}

fn member<'a>(
    text: &Text<'a>,
    row: usize,
    intents: &[Intent<'_>],
    vectors: &[&'a [f32]],
) -> Member<'a> {
    let own = || text.intents.iter().filter_map(|index| intents.get(*index));
    Member {
        kind: Kind::Intent,
        text: text.folded,
        vector: vector(vectors, row),
        weight: text.weight(),
        first_seen: own().map(|intent| intent.first_seen).min().unwrap_or_default(),
        last_seen: own().map(|intent| intent.last_seen).max().unwrap_or_default(),
        group: text.group,
    }
}

fn vector<'a>(vectors: &[&'a [f32]], row: usize) -> &'a [f32] {
    vectors.get(row).copied().unwrap_or_default()
}

fn has_enough_sessions(texts: &[Text<'_>], rows: &[usize]) -> bool {
    let sessions = rows.iter().filter_map(|row| texts.get(*row)).flat_map(|text| &text.sessions);
    sessions.collect::<HashSet<_>>().len() >= LEAST_SESSIONS
}

/// A topic as the registry knows it, with the texts that it has now: most sessions first, then by text.
fn topic(
    entry: &Entry<TopicEdits>,
    rows: Option<&Vec<usize>>,
    texts: &[Text<'_>],
    vectors: &[&[f32]],
) -> Topic {
    let mut rows: Vec<usize> = rows.cloned().unwrap_or_default();
    let centroid = Centroid::of(
        rows.iter().map(|row| (vector(vectors, *row), texts.get(*row).map_or(0, Text::weight))),
    );
    // Texts are ordered, so equal weights stay in the order of their texts.
    rows.sort_by_key(|row| std::cmp::Reverse(texts.get(*row).map_or(0, Text::weight)));
    Topic {
        id: entry.id().to_owned(),
        label: entry.label().to_owned(),
        keywords: entry.keywords().to_vec(),
        members: rows.iter().filter_map(|row| u32::try_from(*row).ok()).collect(),
        first_seen: entry.first_seen_at(),
        last_seen: entry.last_seen_at(),
        centroid: if rows.is_empty() { entry.centroid().clone() } else { centroid },
    }
}

/// Names the topics.
fn label(
    topics: &mut [Topic],
    intents: &[Intent<'_>],
    texts: &[Text<'_>],
    settings: &Settings,
    space: &Space<TopicEdits>,
) {
    let background = Background::from_texts(texts.iter().map(|text| (text.folded, text.weight())));
    let own = |topic: &Topic| -> Vec<GroupText<'_>> {
        let rows = topic.members.iter().filter_map(|row| texts.get(*row as usize));
        rows.map(|text| group_text(text, intents)).collect()
    };
    topics.par_iter_mut().for_each(|topic| {
        let texts: Vec<(&str, u32)> =
            own(topic).iter().map(|text| (text.folded, text.weight)).collect();
        if !texts.is_empty() {
            topic.keywords = keywords(&texts, &background, MOST_KEYWORDS);
        }
    });
    let groups: Vec<NamelessGroup<'_>> = topics
        .iter()
        .map(|topic| NamelessGroup { texts: own(topic), remembered: &topic.label })
        .collect();
    let by_hand: Vec<&str> =
        space.entries().filter_map(|entry| entry.edits().label.as_deref()).collect();
    let labels = name_groups(&groups, settings.labeler.as_ref(), &background, &by_hand, NAMELESS);
    for (topic, label) in topics.iter_mut().zip(labels) {
        topic.label = label;
    }
}

fn group_text<'a>(text: &Text<'a>, intents: &[Intent<'a>]) -> GroupText<'a> {
    let original =
        text.intents.iter().filter_map(|index| intents.get(*index)).map(|own| own.original).min();
    GroupText {
        folded: text.folded,
        original: original.unwrap_or(text.folded),
        weight: text.weight(),
    }
}
