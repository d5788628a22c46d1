//! Which texts belong together, before the registry is asked.

use std::collections::BTreeSet;

use hashbrown::HashMap;
use mcp_insights_text::Embedder;
use ndarray::Array2;
use rayon::prelude::*;

use crate::{Intent, LEAST_SESSIONS, Settings};

/// One distinct text.
pub(crate) struct Text<'a> {
    pub(crate) folded: &'a str,
    /// The intents with this text; one, unless the caller gave equal ones.
    pub(crate) intents: Vec<usize>,
    /// Its sessions, ordered, each once.
    pub(crate) sessions: Vec<u32>,
    /// Its group; none where too few sessions are in it.
    pub(crate) group: Option<u32>,
}

impl Text<'_> {
    pub(crate) fn weight(&self) -> u32 {
        u32::try_from(self.sessions.len()).unwrap_or(u32::MAX)
    }
}

/// The distinct texts, ordered, so that nothing depends on the order in which intents came.
pub(crate) fn distinct<'a>(intents: &[Intent<'a>]) -> Vec<Text<'a>> {
    let mut order: Vec<usize> = (0..intents.len()).collect();
    let text = |index: &usize| intents.get(*index).map_or("", |intent| intent.text);
    order.sort_by_key(text);
    order
        .chunk_by(|left, right| text(left) == text(right))
        .filter_map(|equal| {
            let folded = equal.first().map(text).filter(|text| !text.is_empty())?;
            let own = equal.iter().filter_map(|index| intents.get(*index));
            let mut sessions: Vec<u32> =
                own.flat_map(|intent| intent.sessions.iter().copied()).collect();
            sessions.sort_unstable();
            sessions.dedup();
            Some(Text { folded, intents: equal.to_vec(), sessions, group: None })
        })
        .collect()
}

/// Groups the texts and gives their vectors, one row each.
///
/// `previous` has the group of every text in the registry, which the grouping starts from.
///
/// A text that the embedder does not cover, or that belongs to no other, is a group of its own. What then has fewer
/// than [`LEAST_SESSIONS`] distinct sessions is no group.
pub(crate) fn group(
    texts: &mut [Text<'_>],
    previous: &[Option<u32>],
    embedder: &dyn Embedder,
    settings: &Settings,
) -> Array2<f32> {
    let folded: Vec<&str> = texts.iter().map(|text| text.folded).collect();
    let vectors = embedder.embed(&folded);
    let covered: Vec<bool> = folded.par_iter().map(|text| embedder.covers(text)).collect();
    let weights: Vec<u32> = texts.iter().map(Text::weight).collect();
    let groups = mcp_insights_cluster::cluster_every_from(
        vectors.view(),
        &weights,
        &covered,
        previous,
        &settings.cluster,
    );
    for (text, group) in texts.iter_mut().zip(groups) {
        text.group = Some(group);
    }
    drop_small(texts);
    vectors
}

fn drop_small(texts: &mut [Text<'_>]) {
    let mut sessions: HashMap<u32, BTreeSet<u32>> = HashMap::new();
    for text in texts.iter() {
        let Some(group) = text.group else { continue };
        let seen = sessions.entry(group).or_default();
        // Two distinct ones decide, so no more are kept.
        seen.extend(text.sessions.iter().take(LEAST_SESSIONS));
        while seen.len() > LEAST_SESSIONS {
            seen.pop_last();
        }
    }
    for text in texts {
        let enough =
            |group: &u32| sessions.get(group).is_some_and(|seen| seen.len() >= LEAST_SESSIONS);
        text.group = text.group.filter(enough);
    }
}
