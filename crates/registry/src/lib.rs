//! Stable ids, aliases, lineage and pins of topics and search clusters.
//!
//! Clustering numbers its groups anew each time. A [`Registry`] remembers which texts an id stood for, so that after new
//! data or another clustering the same meaning keeps its id, its edits and the day on which it was first seen.
//! [`Space::assign`] is the one door: it takes the groups found now and gives the id of each text.
//!
//! ```
//! use mcp_insights_events::Timestamp;
//! use mcp_insights_registry::{Kind, Member, Registry, TopicChange, Change};
//!
//! let at = Timestamp::from_micros(1_700_000_000_000_000);
//! let member = |text, group| Member {
//!     kind: Kind::Intent, text, vector: &[1.0, 0.0], weight: 3, first_seen: at, last_seen: at, group: Some(group),
//! };
//! let mut registry = Registry::default();
//! registry.claim("my-embedder")?;
//! let found = registry.topics.assign(&[member("refund an order", 0), member("undo an order", 0)]);
//! let id = found.ids[0].clone();
//! registry.topics.edit(&id, TopicChange { label: Change::Set("Refunds".into()), ..TopicChange::default() })?;
//!
//! // Next week another text has joined them.
//! let mut registry = Registry::from_json(&registry.to_json())?;
//! let found = registry.topics.assign(&[member("undo an order", 7), member("money back", 7)]);
//! assert_eq!(found.ids, [id.clone()]);
//! assert_eq!(registry.topics.entry(&id).map(|entry| entry.edits().label.as_deref()), Some(Some("Refunds")));
//! # Ok::<(), mcp_insights_registry::RegistryError>(())
//! ```
//!
//! # Cost
//! [`Space::assign`] is linear in the texts, found and remembered, but for comparing centroids of groups whose texts are
//! new with those of entries whose texts are all gone, at most a thousand with a thousand. A remembered text takes some
//! 30 bytes of JSON, an entry of several texts two for each dimension of the embedder.

mod assign;
mod centroid;
mod diff;
mod directions;
mod edits;
mod error;
mod hexadecimal;
mod id;
mod member;
mod space;
mod stamp;

pub use assign::Assignment;
pub use centroid::Centroid;
pub use diff::Difference;
pub use directions::Directions;
pub use edits::{Change, Edits, SearchChange, SearchEdits, State, TopicChange, TopicEdits};
pub use error::RegistryError;
pub use member::{Kind, Member, MemberHash};
pub use space::{Entry, Lineage, Space};

use serde::{Deserialize, Serialize};

use crate::space::WrittenSpace;

/// The version of the JSON that [`Registry::to_json`] writes, and the only one that is read.
pub const VERSION: u64 = 1;

/// The ids of topics and search clusters, with everything that must outlive a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Registry {
    embedder: Option<String>,
    /// The topics.
    pub topics: Space<TopicEdits>,
    /// The search clusters.
    pub searches: Space<SearchEdits>,
}

#[derive(Deserialize)]
struct Header {
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u64,
    embedder: Option<String>,
    topics: WrittenSpace<TopicEdits>,
    searches: WrittenSpace<SearchEdits>,
}

impl Registry {
    /// Reads what [`Registry::to_json`] wrote.
    ///
    /// # Errors
    /// [`RegistryError::Malformed`] where the text is no registry, [`RegistryError::Version`] where it is one of another
    /// version, [`RegistryError::Inconsistent`] where its parts contradict each other.
    pub fn from_json(text: &str) -> Result<Self, RegistryError> {
        let header: Header = serde_json::from_str(text).map_err(RegistryError::Malformed)?;
        if header.version != VERSION {
            return Err(RegistryError::Version { found: header.version, known: VERSION });
        }
        let written: Written = serde_json::from_str(text).map_err(RegistryError::Malformed)?;
        Ok(Self {
            embedder: written.embedder,
            topics: written.topics.check()?,
            searches: written.searches.check()?,
        })
    }

    /// Everything as JSON, ordered by id, with a line break at the end: equal registries give equal bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        let written = Written {
            version: VERSION,
            embedder: self.embedder.clone(),
            topics: WrittenSpace::of(&self.topics),
            searches: WrittenSpace::of(&self.searches),
        };
        let Ok(mut text) = serde_json::to_string_pretty(&written) else {
            unreachable!("strings, numbers and maps with string keys can always be written")
        };
        text.push('\n');
        text
    }

    /// The embedder that the ids were made with; none where there are no ids yet.
    #[must_use]
    pub fn embedder(&self) -> Option<&str> {
        self.embedder.as_deref()
    }

    /// Records the embedder that an engine is about to use. A registry without ids takes any.
    ///
    /// # Errors
    /// [`RegistryError::Embedder`] where the ids were made with another.
    pub fn claim(&mut self, embedder: &str) -> Result<(), RegistryError> {
        match &self.embedder {
            Some(recorded) if recorded == embedder => Ok(()),
            Some(recorded) if !(self.topics.is_empty() && self.searches.is_empty()) => {
                Err(RegistryError::Embedder {
                    recorded: recorded.clone(),
                    asked: embedder.to_owned(),
                })
            }
            _ => {
                self.embedder = Some(embedder.to_owned());
                Ok(())
            }
        }
    }

    /// Forgets all generated labels and key words, which are words of texts; the next grouping makes those of texts that there still
    /// are again.
    pub fn forget_descriptions(&mut self) {
        self.topics.forget_descriptions();
        self.searches.forget_descriptions();
    }
}

#[cfg(test)]
mod tests;
