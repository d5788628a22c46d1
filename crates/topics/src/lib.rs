//! Intents to topics: grouping, labels, unmet demand.
//!
//! A topic is a recurring group of intents with one meaning. [`find`] takes the distinct folded intents of all sessions,
//! embeds them, groups them, and lets a [`Space`] of the registry say which group is which known topic. Nothing is
//! sampled and nothing is cut off; the number of topics is found, not given. [`assign`] puts new texts into the topics that
//! there are, without grouping.
//!
//! ```
//! use mcp_insights_events::Timestamp;
//! use mcp_insights_registry::Registry;
//! use mcp_insights_text::HashedNgrams;
//! use mcp_insights_topics::{Intent, Settings, find};
//!
//! let at = Timestamp::from_micros(1_700_000_000_000_000);
//! let intent = |text, sessions| Intent { text, original: text, sessions, first_seen: at, last_seen: at };
//! let intents = [intent("refund an order", vec![0, 3]), intent("how tall is everest", vec![1])];
//! let mut registry = Registry::default();
//! let topics = find(&intents, &HashedNgrams::default(), &Settings::default(), &mut registry.topics);
//!
//! // One text of two sessions is a topic, one of one session is none.
//! assert_eq!(topics.topic_of, [Some(0), None]);
//! assert!(topics.topics[0].id.starts_with("top_"));
//! ```
//!
//! # Cost
//! One vector for each distinct text; what the clustering costs on top says `mcp-insights-cluster`. The rest is linear in
//! the texts. Sessions are read once, to count the distinct ones of each group.

mod assign;
mod find;
mod group;
mod unmet;

use std::sync::Arc;

use mcp_insights_events::Timestamp;
use mcp_insights_registry::{Centroid, Space, TopicEdits};
use mcp_insights_text::Embedder;

pub use assign::{Assigner, assign, is_of_one_text};
pub use find::find;
pub use mcp_insights_text::{GroupText, KeyPhraseLabeler, Labeler};
pub use unmet::{LEAST_KNOWN_ENDINGS, unmet_demand};

/// A topic has at least so many distinct sessions; a pinned one may have fewer.
pub const LEAST_SESSIONS: usize = 2;

/// One distinct folded intent.
#[derive(Clone, Debug)]
pub struct Intent<'a> {
    /// The folded text. An empty one is in no topic.
    pub text: &'a str,
    /// The verbatim text most often behind it; the folded one where it was inferred.
    pub original: &'a str,
    /// The sessions that have it, as any numbers; each counts once.
    pub sessions: Vec<u32>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
}

/// How intents become topics.
#[derive(Clone)]
pub struct Settings {
    /// How texts are grouped.
    pub cluster: mcp_insights_cluster::Settings,
    /// What names the groups.
    pub labeler: Arc<dyn Labeler>,
    /// Cosine to the centroid of a topic from which [`assign`] puts a new text into it. The default is .6.
    pub same_meaning: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cluster: mcp_insights_cluster::Settings::default(),
            labeler: Arc::new(KeyPhraseLabeler),
            same_meaning: 0.6,
        }
    }
}

/// One topic. What people changed on it stands in the registry, so that an edit needs no new grouping.
#[derive(Clone, Debug, PartialEq)]
pub struct Topic {
    /// Its id, which survives new data and new groupings.
    pub id: String,
    /// The generated label, distinct from all others and from those that people gave; see [`Topic::shown_label`].
    pub label: String,
    /// At most 8 words that tell it from other topics, best first.
    pub keywords: Vec<String>,
    /// Its intents, as indices into what [`find`] was given: most sessions first, then by text. Empty for a topic that is
    /// only remembered.
    pub members: Vec<u32>,
    /// When it was first seen, ever.
    pub first_seen: Timestamp,
    /// When it was last seen, ever.
    pub last_seen: Timestamp,
    /// The direction of its texts, to compare it with other topics and with search clusters.
    pub centroid: Centroid,
}

/// Where a label comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelSource {
    /// From the texts.
    Generated,
    /// Given by hand.
    Edited,
}

impl Topic {
    /// The label to show: the one given by hand, where there is one.
    #[must_use]
    pub fn shown_label<'a>(&'a self, edits: &'a TopicEdits) -> (&'a str, LabelSource) {
        match &edits.label {
            Some(label) => (label, LabelSource::Edited),
            None => (&self.label, LabelSource::Generated),
        }
    }

    /// How close its meaning is to that of another topic or search cluster: the cosine of the two directions.
    #[must_use]
    pub fn similarity(&self, other: &Centroid) -> f64 {
        self.centroid.similarity(other)
    }
}

/// All topics: those found, and those that are only remembered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Topics {
    /// The topics, ordered by id.
    pub topics: Vec<Topic>,
    /// For each intent, in the order given: the index of its topic.
    pub topic_of: Vec<Option<u32>>,
}

impl Topics {
    /// How many topics there are, those without intents included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.topics.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    /// A topic by its index.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&Topic> {
        self.topics.get(index as usize)
    }

    /// Gives [topics of one text](is_of_one_text), told by their index, the directions of their texts, which have come.
    pub fn direct(&mut self, lone: &[(u32, &str)], embedder: &dyn Embedder) {
        assign::direct(&mut self.topics, lone, embedder);
    }

    /// Takes the direction from a [topic of one text](is_of_one_text) whose text is gone.
    pub fn undirect(&mut self, index: u32) {
        if let Some(topic) = self.topics.get_mut(index as usize) {
            topic.centroid = Centroid::default();
        }
    }

    /// The index of the topic that an id stands for, a retired one included.
    #[must_use]
    pub fn find(&self, id: &str, space: &Space<TopicEdits>) -> Option<u32> {
        let id = space.resolve(id)?;
        let index = self.topics.binary_search_by(|topic| topic.id.as_str().cmp(id)).ok()?;
        u32::try_from(index).ok()
    }
}

#[cfg(test)]
mod tests;
