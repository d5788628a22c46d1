//! Tools that are known to exist, because calls of them worked.

use std::collections::BTreeSet;

use mcp_insights_registry::Centroid;
use mcp_insights_text::{Embedder, name_words, words};

use crate::Cluster;
use crate::priority::round;

/// At most so many tools are named.
const MOST: usize = 3;
/// A tool that is less similar has nothing to do with the cluster.
const LEAST_SIMILARITY: f64 = 0.1;

/// The tools seen in successful calls: evidence for what there is, no catalog.
#[derive(Clone, Debug, Default)]
pub struct Tools {
    tools: Vec<Tool>,
}

#[derive(Clone, Debug)]
struct Tool {
    name: String,
    words: Vec<String>,
    direction: Centroid,
}

/// A tool near to a cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct NearTool {
    /// Its name.
    pub tool_name: String,
    /// How near, 0 to 1 in four decimals: the mean of the cosine between the words of its name and the texts of the cluster, and of
    /// the share of these words among the cluster's own.
    pub similarity: f64,
}

impl Tools {
    /// The tools of these names, in any order; equal names are one.
    #[must_use]
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>, embedder: &dyn Embedder) -> Self {
        let names: BTreeSet<&str> = names.into_iter().collect();
        let words: Vec<Vec<String>> = names.iter().map(|name| name_words(name)).collect();
        let texts: Vec<String> = words.iter().map(|words| words.join(" ")).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let vectors = embedder.embed(&texts);
        let directions =
            vectors.outer_iter().map(|row| Centroid::of([(row.to_slice().unwrap_or_default(), 1)]));
        let tools = names.into_iter().zip(words).zip(directions);
        let tool = |((name, words), direction): ((&str, Vec<String>), Centroid)| Tool {
            name: name.to_owned(),
            words,
            direction,
        };
        Self { tools: tools.map(tool).collect() }
    }

    /// At most 3 tools that are nearest to what a cluster looks for: similarity ↓, name.
    pub(crate) fn nearest(&self, cluster: &Cluster) -> Vec<NearTool> {
        let mut own: BTreeSet<String> = words(&cluster.title).into_iter().collect();
        own.extend(cluster.keywords.iter().flat_map(|keyword| words(keyword)));
        let mut near: Vec<NearTool> = self
            .tools
            .iter()
            .map(|tool| NearTool {
                tool_name: tool.name.clone(),
                similarity: tool.similarity(cluster, &own),
            })
            .filter(|near| near.similarity >= LEAST_SIMILARITY)
            .collect();
        near.sort_by(|left, right| {
            right
                .similarity
                .total_cmp(&left.similarity)
                .then_with(|| left.tool_name.cmp(&right.tool_name))
        });
        near.truncate(MOST);
        near
    }
}

impl Tool {
    fn similarity(&self, cluster: &Cluster, own: &BTreeSet<String>) -> f64 {
        let shared = self.words.iter().filter(|word| own.contains(*word)).count();
        let share = shared as f64 / self.words.len().max(1) as f64;
        let cosine = self.direction.similarity(&cluster.centroid).clamp(0.0, 1.0);
        round(f64::midpoint(cosine, share))
    }
}
