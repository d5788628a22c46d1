//! Failed searches to clusters, and what they say that an API lacks.
//!
//! A search that came back empty and a capability request are the most direct things that a user tells the maker of an
//! API. [`find`] groups them by meaning; each is in exactly one [`Cluster`], a lone one in a cluster of one, and searches
//! for what the API can do are never together with searches for data behind it. [`suggest`] then says what to build, how
//! it might be called, and how urgent it is.
//!
//! ```
//! use mcp_insights_calls::SearchKind;
//! use mcp_insights_events::Timestamp;
//! use mcp_insights_registry::Registry;
//! use mcp_insights_searches::{Demand, Evidence, Offer, Settings, find, suggest};
//! use mcp_insights_text::HashedNgrams;
//!
//! let at = Timestamp::from_micros(1_700_000_000_000_000);
//! let demand = |kind, text, sessions| Demand {
//!     kind, text: Some(text), servers: vec![], count: 2, sessions, first_seen: at, last_seen: at,
//! };
//! let demands = [
//!     demand(SearchKind::Discovery, "refund invoices in bulk", vec![0, 1]),
//!     demand(SearchKind::Content, "refund invoices in bulk", vec![2]),
//! ];
//! let mut registry = Registry::default();
//! let embedder = HashedNgrams::default();
//! let offer = Offer::default();
//! let clusters = find(&demands, &offer, &embedder, &Settings::default(), &mut registry.searches);
//! assert_ne!(clusters.cluster_of[0], clusters.cluster_of[1]);
//!
//! let cluster = clusters.get(clusters.cluster_of[0]).expect("each demand has a cluster");
//! let evidence = Evidence { searches: 3, sessions: 2, actors: 2, ..Evidence::default() };
//! let suggestion = suggest(cluster, &evidence);
//! assert_eq!(suggestion.title, "Refund invoices in bulk");
//! assert_eq!(suggestion.suggested_name.as_deref(), Some("refund_invoices_bulk"));
//! ```
//!
//! # Cost
//! One vector for each distinct text; what the clustering costs on top says `mcp-insights-cluster`. The rest is linear in
//! the texts, but for [`Clusters::nearest`], which compares texts with a bounded number of clusters.

mod admit;
mod catalog;
mod clusters;
mod find;
mod nearest;
mod offer;
mod phrase;
mod priority;
mod reading;
mod suggest;
mod texts;
mod verbs;
mod verdict;

use std::sync::Arc;

use mcp_insights_calls::SearchKind;
use mcp_insights_events::Timestamp;
use mcp_insights_registry::{Centroid, SearchEdits};

pub use catalog::{Catalog, CatalogError, CatalogTool, Parameter, Style};
pub use clusters::Clusters;
pub use find::{assign, find};
pub use mcp_insights_text::{GroupText, KeyPhraseLabeler, Labeler};
pub use offer::{NearTool, Offer, OfferedTool, Question, Signs, Standing};
pub use priority::priority;
pub use reading::asked;
pub use suggest::{Evidence, GapKind, Suggestion, suggest};
pub use verdict::{Model, Verdict};

/// One distinct (kind, exact text) that came back empty or was asked for.
#[derive(Clone, Debug)]
pub struct Demand<'a> {
    /// What it looks for; a capability request is a discovery.
    pub kind: SearchKind,
    /// The exact text; none for capability requests that have none.
    pub text: Option<&'a str>,
    /// The MCP servers that were asked; empty where any of them is unknown.
    pub servers: Vec<&'a str>,
    /// How often it came back empty or was asked for.
    pub count: u64,
    /// The sessions that have it, as any numbers; each counts once.
    pub sessions: Vec<u32>,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// When it was last seen.
    pub last_seen: Timestamp,
}

/// How failed searches become clusters.
#[derive(Clone)]
pub struct Settings {
    /// How texts are grouped.
    pub cluster: mcp_insights_cluster::Settings,
    /// What names the clusters.
    pub labeler: Arc<dyn Labeler>,
    /// Cosine to the centroid of a cluster from which a text has the cluster's meaning. The default is .6.
    pub same_meaning: f64,
    /// The share of gaps that are undiscoverable, and not missing, before anything is known of them. The default is .5.
    pub undiscoverable: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            cluster: mcp_insights_cluster::Settings::default(),
            labeler: Arc::new(KeyPhraseLabeler),
            same_meaning: 0.6,
            undiscoverable: 0.5,
        }
    }
}

/// One cluster. What people changed on it stands in the registry, so that an edit needs no new grouping.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Its id, which survives new data and new groupings.
    pub id: String,
    /// What its searches look for.
    pub kind: SearchKind,
    /// The generated label, distinct from all others and from those that people gave; see [`Cluster::shown_label`].
    pub label: String,
    /// At most 8 words that tell it from other clusters, best first.
    pub keywords: Vec<String>,
    /// What it asks for in plain words, such as "Refund invoices in bulk".
    pub title: String,
    /// A name for what would answer it, such as `refund_invoices_bulk`; none for content, and where its words make none.
    pub suggested_name: Option<String>,
    /// Its demands, as indices into what [`find`] was given: most sessions first, then by text. Empty for a cluster that is
    /// only remembered.
    pub members: Vec<u32>,
    /// When it was first seen, ever.
    pub first_seen: Timestamp,
    /// When it was last seen, ever.
    pub last_seen: Timestamp,
    /// The direction of its texts, to compare it with other clusters and with topics.
    pub centroid: Centroid,
    /// The tools that are nearest to its texts, at most 3; none for content.
    pub nearest: Vec<NearTool>,
    /// The logarithm of the odds that the nearest tool is what it looks for; none where no catalog says what there is.
    pub log_odds: Option<f64>,
    /// Words of its texts that the nearest tool lacks.
    pub missing_words: Vec<String>,
}

impl Cluster {
    /// The label to show: the one given by hand, where there is one.
    #[must_use]
    pub fn shown_label<'a>(&'a self, edits: &'a SearchEdits) -> &'a str {
        edits.label.as_deref().unwrap_or(&self.label)
    }

    /// How close its meaning is to that of another cluster or topic: the cosine of the two directions.
    #[must_use]
    pub fn similarity(&self, other: &Centroid) -> f64 {
        self.centroid.similarity(other)
    }
}

#[cfg(test)]
mod tests;
