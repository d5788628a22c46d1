//! What was found out about texts before.

use hashbrown::{HashMap, HashSet};
use mcp_insights_events::{TextId, TextTable};
use mcp_insights_text::fold;
use rayon::prelude::*;

use crate::grouping::LEAST_SHARED;
use crate::intents::beginning;
use crate::queries::telling;
use crate::similar::are_similar;
use crate::{CommonWords, Search};

/// The searches of a session with more of them are not compared with each other.
const MOST_COMPARED: usize = 32;

/// What was found out about texts, so that a session that is made again with more events costs what is new.
///
/// It belongs to one table of texts, and to one number of characters that are looked at.
#[derive(Clone, Debug, Default)]
pub struct KnownTexts {
    /// For each declared intent its folded text; none where folding leaves nothing.
    folded: HashMap<TextId, Option<TextId>>,
    /// For each query its telling words as hashes: ordered, each once.
    words: HashMap<TextId, Box<[u64]>>,
}

impl KnownTexts {
    /// Folds the declared intents that are new; what they become is added to the table.
    pub(crate) fn fold(
        &mut self,
        texts: &mut TextTable,
        declared: &HashSet<TextId>,
        analysed_chars: usize,
    ) {
        let mut new: Vec<TextId> =
            declared.iter().filter(|intent| !self.folded.contains_key(*intent)).copied().collect();
        new.sort_unstable();
        let read = new.par_iter().with_min_len(LEAST_SHARED);
        let folded: Vec<String> =
            read.map(|intent| fold(beginning(texts.get(*intent), analysed_chars))).collect();
        for (intent, text) in new.into_iter().zip(folded) {
            let folded = (!text.is_empty()).then(|| texts.intern(&text));
            self.folded.insert(intent, folded);
        }
    }

    /// The folded text of a declared intent; none where folding leaves nothing.
    pub(crate) fn folded(&self, intent: TextId) -> Option<TextId> {
        self.folded.get(&intent).copied().flatten()
    }

    /// Reads the queries that are new.
    pub(crate) fn read(
        &mut self,
        texts: &TextTable,
        queries: impl Iterator<Item = TextId>,
        analysed_chars: usize,
    ) {
        let new: HashSet<TextId> =
            queries.filter(|query| !self.words.contains_key(query)).collect();
        let new: Vec<TextId> = new.into_iter().collect();
        let read = new.par_iter().with_min_len(LEAST_SHARED);
        let words: Vec<Box<[u64]>> =
            read.map(|query| telling(texts.get(*query), analysed_chars).into()).collect();
        self.words.extend(new.into_iter().zip(words));
    }

    /// The telling words of a query that was read; else none.
    pub(crate) fn words(&self, query: TextId) -> &[u64] {
        self.words.get(&query).map_or(&[], |words| words)
    }

    /// Whether some searches of a session may be similar with other common words and are not with those before, or the other way round.
    ///
    /// What a session is found to be depends on common words through nothing else.
    #[must_use]
    pub fn are_similar_otherwise(
        &self,
        texts: &TextTable,
        searches: &[Search],
        before: &CommonWords,
        after: &CommonWords,
    ) -> bool {
        if !(2..=MOST_COMPARED).contains(&searches.len()) {
            return searches.len() > MOST_COMPARED;
        }
        let telling = |search: &Search| {
            let tool = search.tool.map(|tool| texts.get(tool));
            let words = self.words.get(&search.query)?;
            let without = |common: &CommonWords| {
                let common = common.of(tool);
                let telling = words.iter().filter(|word| common.binary_search(word).is_err());
                telling.copied().collect::<Vec<u64>>()
            };
            Some((without(before), without(after)))
        };
        // Of a query that is not known nothing can be said.
        let Some(words) = searches.iter().map(telling).collect::<Option<Vec<_>>>() else {
            return true;
        };
        words.iter().enumerate().any(|(place, left)| {
            let mut others = words.iter().skip(place + 1);
            others.any(|right| are_similar(&left.0, &right.0) != are_similar(&left.1, &right.1))
        })
    }
}
