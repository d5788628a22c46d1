//! The words of queries, and which of them say nothing because most queries of the tool hold them.

use std::ops::Range;

use hashbrown::HashMap;
use mcp_insights_calls::SearchFact;
use mcp_insights_events::{TextId, TextTable};
use mcp_insights_text::{is_function_word, words};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use twox_hash::xxhash3_64::Hasher;

use crate::Search;
use crate::intents::beginning;
use crate::known_texts::KnownTexts;

/// For each tool the words that stand in more than half of all its queries, so that two queries that share them
/// are not yet similar.
///
/// Counted over the searches of all sessions but synthetic ones, one tool being one name. Words are kept as hashes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommonWords {
    /// Ordered by tool; the words ordered.
    tools: Vec<ToolWords>,
}

/// A tool and its words.
type ToolWords = (Option<Box<str>>, Box<[u64]>);

impl CommonWords {
    /// Whether a word stands in more than half of a tool's queries. The word is one of `text::words`.
    #[must_use]
    pub fn contains(&self, tool: Option<&str>, word: &str) -> bool {
        self.of(tool).binary_search(&hash(word)).is_ok()
    }

    /// The same, but for one tool.
    #[must_use]
    pub fn with_tool(&self, tool: Option<&str>, words: Vec<u64>) -> Self {
        let others = self.tools.iter().filter(|(name, _)| name.as_deref() != tool).cloned();
        let own = (!words.is_empty()).then(|| (tool.map(Into::into), words.into_boxed_slice()));
        let mut tools: Vec<ToolWords> = others.chain(own).collect();
        tools.sort_unstable();
        Self { tools }
    }

    /// The common words of a tool as hashes, ordered.
    #[must_use]
    pub fn of(&self, tool: Option<&str>) -> &[u64] {
        self.tools
            .binary_search_by(|(name, _)| name.as_deref().cmp(&tool))
            .ok()
            .and_then(|place| self.tools.get(place))
            .map_or(&[], |(_, words)| words)
    }
}

/// So many queries are worth a task of their own.
const QUERIES_A_TASK: usize = 4_096;

/// A query as a tool got it.
type Query = (Option<TextId>, TextId);

/// The distinct queries of a set of searches, each with how often it counts.
#[derive(Debug, Default)]
pub(crate) struct Tally(HashMap<Query, u64>);

impl Tally {
    /// Takes note of a search; one of synthetic traffic does not count.
    pub(crate) fn add(&mut self, search: &SearchFact, counts: bool) {
        *self.0.entry((search.tool, search.query)).or_insert(0) += u64::from(counts);
    }

    fn queries(&self) -> impl Iterator<Item = TextId> {
        self.0.keys().map(|(_, query)| *query)
    }

    /// Takes note of the searches of another set.
    pub(crate) fn merge(&mut self, other: Self) {
        for (query, count) in other.0 {
            *self.0.entry(query).or_insert(0) += count;
        }
    }
}

/// How often each word stands in the queries of each tool: the count behind [`CommonWords`], kept up to date while sessions
/// come and go.
#[derive(Clone, Debug, Default)]
pub struct WordCounts {
    tools: HashMap<Option<TextId>, ToolCounts>,
}

#[derive(Clone, Debug, Default)]
struct ToolCounts {
    queries: u64,
    holding: HashMap<u64, u64>,
    /// Words that stood in more than a quarter of the queries when all were looked at. No other word can stand in more than
    /// half before an eighth as many queries have come or gone.
    candidates: Vec<u64>,
    looked_at: u64,
    changed: u64,
}

impl ToolCounts {
    fn common(&mut self) -> Vec<u64> {
        if 8 * self.changed > self.looked_at {
            let frequent = self.holding.iter().filter(|(_, count)| 4 * **count > self.queries);
            self.candidates = frequent.map(|(word, _)| *word).collect();
            (self.looked_at, self.changed) = (self.queries, 0);
        }
        let count = |word: &u64| self.holding.get(word).copied().unwrap_or(0);
        let mut common: Vec<u64> = self.candidates.clone();
        common.retain(|word| 2 * count(word) > self.queries);
        common.sort_unstable();
        common
    }
}

impl WordCounts {
    /// Counts searches of sessions that are not synthetic. Costs little for a query that is the same for many of them.
    pub fn add<'s>(
        &mut self,
        texts: &TextTable,
        known: &mut KnownTexts,
        searches: impl Iterator<Item = &'s Search>,
        analysed_chars: usize,
    ) {
        let mut times: HashMap<Query, u64> = HashMap::new();
        for search in searches {
            *times.entry((search.tool, search.query)).or_insert(0) += 1;
        }
        known.read(texts, times.keys().map(|(_, query)| *query), analysed_chars);
        for ((tool, query), times) in times {
            let tool = self.tools.entry(tool).or_default();
            tool.queries += times;
            tool.changed += times;
            for word in known.words(query) {
                *tool.holding.entry(*word).or_insert(0) += times;
            }
        }
    }

    /// Takes back a search that was added.
    pub fn remove(&mut self, known: &KnownTexts, search: &Search) {
        let Some(tool) = self.tools.get_mut(&search.tool) else { return };
        tool.queries = tool.queries.saturating_sub(1);
        tool.changed += 1;
        for word in known.words(search.query) {
            if let Some(count) = tool.holding.get_mut(word) {
                *count = count.saturating_sub(1);
            }
        }
    }

    /// The words that stand in more than half of a tool's queries, as hashes, ordered.
    pub fn common(&mut self, tool: Option<TextId>) -> Vec<u64> {
        self.tools.get_mut(&tool).map(ToolCounts::common).unwrap_or_default()
    }
}

/// The telling words of queries: neither function words nor common with the tool.
#[derive(Debug, Default)]
pub(crate) struct Queries {
    ranges: HashMap<Query, Range<usize>>,
    /// Hashes of words: of each query, ordered, each once.
    words: Vec<u64>,
}

impl Queries {
    /// The telling words of queries, where the common words are known.
    pub(crate) fn with(
        texts: &TextTable,
        known: &mut KnownTexts,
        tally: &Tally,
        common: &CommonWords,
        analysed_chars: usize,
    ) -> Self {
        known.read(texts, tally.queries(), analysed_chars);
        Self::without_common(texts, tally, known, common)
    }

    /// The telling words of queries, and the common words that follow from how often they count.
    pub(crate) fn count(
        texts: &TextTable,
        tally: &Tally,
        analysed_chars: usize,
    ) -> (Self, CommonWords) {
        let mut known = KnownTexts::default();
        known.read(texts, tally.queries(), analysed_chars);
        let common = common(texts, tally, &known);
        (Self::without_common(texts, tally, &known, &common), common)
    }

    /// The words of a search, ordered, each once.
    pub(crate) fn words(&self, search: &SearchFact) -> &[u64] {
        self.ranges
            .get(&(search.tool, search.query))
            .and_then(|range| self.words.get(range.clone()))
            .unwrap_or(&[])
    }

    fn without_common(
        texts: &TextTable,
        tally: &Tally,
        known: &KnownTexts,
        common: &CommonWords,
    ) -> Self {
        let asked: Vec<&Query> = tally.0.keys().collect();
        let parts = asked.par_chunks(QUERIES_A_TASK).map(|asked| {
            let (mut words, mut lengths) = (Vec::new(), Vec::with_capacity(asked.len()));
            for (tool, query) in asked {
                let left_out = common.of(tool.map(|tool| texts.get(tool)));
                let before = words.len();
                let all = known.words(*query).iter();
                words.extend(all.filter(|word| left_out.binary_search(word).is_err()));
                lengths.push(words.len() - before);
            }
            (words, lengths)
        });
        let (words, lengths): (Vec<Vec<u64>>, Vec<Vec<usize>>) = parts.unzip();
        let mut queries =
            Self { ranges: HashMap::with_capacity(asked.len()), words: words.concat() };
        let mut start = 0;
        for (query, length) in asked.into_iter().zip(lengths.into_iter().flatten()) {
            queries.ranges.insert(*query, start..start + length);
            start += length;
        }
        queries
    }
}

/// The words of a query, function words left out, as hashes: ordered, each once.
pub(crate) fn telling(query: &str, analysed_chars: usize) -> Vec<u64> {
    let mut hashes: Vec<u64> = words(beginning(query, analysed_chars))
        .iter()
        .filter(|word| !is_function_word(word))
        .map(|word| hash(word))
        .collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes
}

fn common(texts: &TextTable, tally: &Tally, known: &KnownTexts) -> CommonWords {
    let mut asked: HashMap<Option<TextId>, Vec<(TextId, u64)>> = HashMap::new();
    for ((tool, query), count) in tally.0.iter().filter(|(_, count)| **count > 0) {
        asked.entry(*tool).or_default().push((*query, *count));
    }
    let asked: Vec<_> = asked.into_iter().collect();
    let words = asked.into_par_iter().map(|(tool, asked)| {
        let mut holding: HashMap<u64, u64> = HashMap::new();
        for (query, count) in &asked {
            for word in known.words(*query) {
                *holding.entry(*word).or_insert(0) += count;
            }
        }
        let queries: u64 = asked.iter().map(|(_, count)| count).sum();
        holding.retain(|_, count| 2 * *count > queries);
        let mut words: Vec<u64> = holding.into_keys().collect();
        words.sort_unstable();
        (tool.map(|tool| texts.get(tool).into()), words.into())
    });
    let mut tools: Vec<ToolWords> = words.collect();
    tools.retain(|(_, words)| !words.is_empty());
    tools.sort_unstable();
    CommonWords { tools }
}

fn hash(word: &str) -> u64 {
    Hasher::oneshot(word.as_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn common_words_are_those_of_more_than_half(
            changes in prop::collection::vec((any::<bool>(), prop::collection::btree_set(0_u64..6, 0..5)), 0..200)
        ) {
            let mut counts = ToolCounts::default();
            let mut held: Vec<std::collections::BTreeSet<u64>> = Vec::new();
            for (comes, words) in changes {
                let changed = if comes || held.is_empty() {
                    held.push(words.clone());
                    counts.queries += 1;
                    words.iter().for_each(|word| *counts.holding.entry(*word).or_default() += 1);
                    words
                } else {
                    let gone = held.swap_remove(words.len() % held.len());
                    counts.queries -= 1;
                    for word in &gone {
                        *counts.holding.entry(*word).or_default() -= 1;
                    }
                    gone
                };
                counts.changed += 1;
                let holding = |word: &u64| held.iter().filter(|words| words.contains(word)).count();
                let expected: Vec<u64> =
                    (0..6).filter(|word| 2 * holding(word) > held.len()).collect();
                prop_assert_eq!(counts.common(), expected, "after {:?}", changed);
            }
        }
    }
}
