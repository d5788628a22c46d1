//! Key phrases: the words that most texts of a group share and other texts do not.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::tokens::{
    Token, compatible, is_function_word, is_unspaced, lower, name_words, stem, tokens,
    without_possessive,
};

/// Words of a phrase, function words aside.
const LONGEST: usize = 3;
/// What a label of one, two and three words is worth: one says little, three are shared by few texts however rare they are.
const BY_WORDS: [f64; LONGEST] = [0.6, 1.0, 0.8];
/// Two words that do not follow each other read less well.
const APART: f64 = 0.8;
/// Words of a group among which pairs that stand apart are looked for.
const PAIRED: usize = 10;
/// Share of a group's weight that must have a keyword.
const LEAST_SHARE: f64 = 0.05;
/// Characters of a run without spaces that can stand in a label.
const LONGEST_RUN: usize = 20;

/// Function words that stay within a phrase where most texts have them there: `status of order`. Others
/// (`refund my order`) are left out.
const LINKS: &[&str] = &[
    "about", "and", "at", "by", "for", "from", "in", "into", "of", "on", "or", "to", "with",
    "without",
];

/// How common words are over all texts: what every group talks about names none.
///
/// Counts are whole numbers, so the order of the texts does not matter.
#[derive(Debug, Clone, Default)]
pub struct Background {
    /// Weight of the texts that have the word, by its stem.
    counts: HashMap<String, u64>,
    all: u64,
}

impl Background {
    /// Counts the words of all texts, each text with its weight.
    #[must_use]
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let texts: Vec<(&str, u32)> = texts.into_iter().collect();
        let count = |mut counted: Self, &(text, weight): &(&str, u32)| {
            let weight = u64::from(weight.max(1));
            counted.all += weight;
            let stems: BTreeSet<String> =
                clauses(text).into_iter().flatten().map(|word| word.stem).collect();
            for stem in stems {
                *counted.counts.entry(stem).or_default() += weight;
            }
            counted
        };
        texts.par_iter().fold(Self::default, count).reduce(Self::default, Self::merged)
    }

    fn merged(self, other: Self) -> Self {
        let (mut large, small) =
            if self.counts.len() < other.counts.len() { (other, self) } else { (self, other) };
        large.all += small.all;
        for (stem, count) in small.counts {
            *large.counts.entry(stem).or_default() += count;
        }
        large
    }

    /// ln(1 + all / texts with the word): rare words tell more. One that was never counted is as rare as can be.
    fn rarity(&self, stem: &str) -> f64 {
        let with_word = self.counts.get(stem).copied().unwrap_or_default().max(1);
        (self.all.max(1) as f64 / with_word as f64).ln_1p()
    }
}

/// Phrases of one to three words, by the weight of the texts that have them times the rarity of their words; at most
/// `most`, best first.
///
/// Texts come with their weights. Phrases do not cross punctuation and values, have no function word at their ends, no
/// word twice, and their commonest spelling; forms of one word count together. None is part of one before it. Ties are broken by the
/// phrase itself.
///
/// ```
/// use mcp_insights_text::{Background, key_phrases};
/// let texts = [("refund my order", 3), ("i want a refund for order <number>", 2), ("refund orders", 1)];
/// let background = Background::from_texts(texts.into_iter().chain([("weather in paris", 5), ("order pizza", 1)]));
/// assert_eq!(key_phrases(&texts, &background, 1), ["refund order"]);
/// ```
#[must_use]
pub fn key_phrases(texts: &[(&str, u32)], background: &Background, most: usize) -> Vec<String> {
    let group = Group::of(texts, background);
    let mut kept: Vec<&Phrase> = Vec::new();
    let ranked = group.ranked(|_| 1.0);
    for phrase in &ranked {
        if kept.len() == most {
            break;
        }
        if !kept.iter().any(|before| phrase.stems.iter().all(|stem| before.stems.contains(stem))) {
            kept.push(phrase);
        }
    }
    kept.into_iter().map(|phrase| phrase.text.clone()).collect()
}

/// Names for a group of texts, best first: its [`key_phrases`] and pairs of its words that stand apart, those of two
/// words preferred. In lower case, at most `most`; none where the texts have nothing but function words and values.
///
/// ```
/// use mcp_insights_text::{Background, labels};
/// let texts = [("what is the weather like in paris", 1), ("weather forecast for paris", 1), ("paris weather", 1)];
/// assert_eq!(labels(&texts, &Background::from_texts(texts), 1), ["weather in paris"]);
/// ```
#[must_use]
pub fn labels(texts: &[(&str, u32)], background: &Background, most: usize) -> Vec<String> {
    let mut group = Group::of(texts, background);
    group.add_pairs_apart();
    let mut kept: Vec<(BTreeSet<String>, String)> = Vec::new();
    for phrase in
        group.ranked(|phrase| BY_WORDS.get(phrase.stems.len() - 1).copied().unwrap_or(1.0))
    {
        if kept.len() == most {
            break;
        }
        let words: BTreeSet<String> = phrase.stems.iter().cloned().collect();
        if !kept.iter().any(|(known, _)| *known == words) {
            kept.push((words, phrase.text));
        }
    }
    kept.into_iter().map(|(_, text)| text).collect()
}

/// Single words that tell a group from others, best first, in lower case, at most `most`.
///
/// A word counts as a phrase of [`key_phrases`] does, and stands in texts of at least a twentieth of the weight.
#[must_use]
pub fn keywords(texts: &[(&str, u32)], background: &Background, most: usize) -> Vec<String> {
    let mut group = Group::of(texts, background);
    let least = (group.all as f64 * LEAST_SHARE).ceil() as u64;
    group.phrases.retain(|stems, counted| stems.len() == 1 && counted.weight >= least);
    group.ranked(|_| 1.0).into_iter().take(most).map(|phrase| phrase.text).collect()
}

/// A word that is no function word, and the links that stand before it since the last such word.
struct Word {
    text: String,
    stem: String,
    links: Vec<String>,
}

/// The words of a text, cut where a phrase may not go on.
fn clauses(text: &str) -> Vec<Vec<Word>> {
    let text = compatible(text);
    let mut clauses = vec![Vec::new()];
    let mut links = Vec::new();
    for token in tokens(&text) {
        let Token::Word(word) = token else {
            clauses.push(Vec::new());
            links.clear();
            continue;
        };
        for text in written(word) {
            if is_function_word(&text) {
                if LINKS.contains(&text.as_str()) {
                    links.push(text);
                }
            } else if let Some(clause) = clauses.last_mut().filter(|_| says_something(&text)) {
                clause.push(Word {
                    stem: stem(&text).to_owned(),
                    text,
                    links: std::mem::take(&mut links),
                });
            }
        }
    }
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

/// The words as a label can show them: a run without spaces stays whole.
fn written(word: &str) -> Vec<String> {
    if word.contains('_') {
        return name_words(word);
    }
    let word = lower(without_possessive(word)).replace('’', "'");
    if word.chars().any(is_unspaced) {
        vec![word.chars().take(LONGEST_RUN).collect()]
    } else {
        vec![word]
    }
}

/// Neither a number nor a lone letter.
fn says_something(word: &str) -> bool {
    word.chars().any(char::is_alphabetic) && !(word.len() == 1 && word.is_ascii())
}

struct Group<'a> {
    background: &'a Background,
    all: u64,
    /// By stems in their order.
    phrases: BTreeMap<Vec<String>, Counted>,
    /// Stems of each text in the order of their first places, and its weight.
    texts: Vec<(Vec<String>, u64)>,
}

#[derive(Default)]
struct Counted {
    /// Weight of the texts with the phrase.
    weight: u64,
    /// Weights of its spellings.
    spellings: BTreeMap<String, u64>,
    /// Weight of the texts that have its words in this order, but apart.
    apart: u64,
}

struct Phrase {
    stems: Vec<String>,
    text: String,
    score: f64,
}

impl<'a> Group<'a> {
    fn of(texts: &[(&str, u32)], background: &'a Background) -> Self {
        let mut group = Self {
            background,
            all: 0,
            phrases: BTreeMap::new(),
            texts: Vec::with_capacity(texts.len()),
        };
        for &(text, weight) in texts {
            group.add(&clauses(text), u64::from(weight.max(1)));
        }
        group
    }

    fn add(&mut self, clauses: &[Vec<Word>], weight: u64) {
        self.all += weight;
        let mut found: BTreeMap<Vec<String>, String> = BTreeMap::new();
        let mut stems: Vec<String> = Vec::new();
        for clause in clauses {
            for (start, word) in clause.iter().enumerate() {
                if !stems.contains(&word.stem) {
                    stems.push(word.stem.clone());
                }
                for length in 1..=LONGEST {
                    let Some(words) = clause.get(start..start + length) else { break };
                    let key: Vec<String> = words.iter().map(|word| word.stem.clone()).collect();
                    if key.iter().collect::<BTreeSet<_>>().len() == length {
                        found.entry(key).or_insert_with(|| spelling(words));
                    }
                }
            }
        }
        for (stems, spelling) in found {
            let counted = self.phrases.entry(stems).or_default();
            counted.weight += weight;
            *counted.spellings.entry(spelling).or_default() += weight;
        }
        self.texts.push((stems, weight));
    }

    /// Adds pairs of the best words that share texts without following each other there.
    fn add_pairs_apart(&mut self) {
        let words: Vec<Phrase> = self
            .ranked(|phrase| if phrase.stems.len() == 1 { 1.0 } else { 0.0 })
            .into_iter()
            .take(PAIRED)
            .collect();
        let spelled: BTreeMap<&str, &str> = words
            .iter()
            .filter(|word| word.score > 0.0)
            .filter_map(|word| Some((word.stems.first()?.as_str(), word.text.as_str())))
            .collect();
        let mut together: BTreeMap<(&str, &str), u64> = BTreeMap::new();
        for (stems, weight) in &self.texts {
            let own: Vec<&str> = stems
                .iter()
                .map(String::as_str)
                .filter(|stem| spelled.contains_key(stem))
                .collect();
            for (place, &left) in own.iter().enumerate() {
                for &right in own.iter().skip(place + 1) {
                    *together.entry((left, right)).or_default() += weight;
                }
            }
        }
        let mut added = Vec::new();
        for (&(left, right), &weight) in &together {
            let key = vec![left.to_owned(), right.to_owned()];
            if let (Some(first), Some(second)) = (spelled.get(left), spelled.get(right)) {
                added.push((key, format!("{first} {second}"), weight));
            }
        }
        for (key, spelling, weight) in added {
            let counted = self.phrases.entry(key).or_default();
            counted.apart = weight.saturating_sub(counted.weight);
            if counted.spellings.is_empty() {
                counted.spellings.insert(spelling, weight);
            }
        }
    }

    /// All phrases, best first.
    fn ranked(&self, factor: impl Fn(&Phrase) -> f64) -> Vec<Phrase> {
        let mut ranked: Vec<Phrase> =
            self.phrases.iter().map(|(stems, counted)| self.phrase(stems, counted)).collect();
        for phrase in &mut ranked {
            phrase.score *= factor(phrase);
        }
        ranked.sort_by(better);
        ranked
    }

    fn phrase(&self, stems: &[String], counted: &Counted) -> Phrase {
        // The commonest spelling, of equals the shortest, then the first of the alphabet.
        let text = counted
            .spellings
            .iter()
            .min_by(|left, right| {
                right.1.cmp(left.1).then(left.0.len().cmp(&right.0.len())).then(left.0.cmp(right.0))
            })
            .map(|(text, _)| text.clone())
            .unwrap_or_default();
        let rarity: f64 = stems.iter().map(|stem| self.background.rarity(stem)).sum();
        let evidence = counted.weight as f64 + APART * counted.apart as f64;
        Phrase { stems: stems.to_vec(), text, score: evidence * rarity }
    }
}

fn better(left: &Phrase, right: &Phrase) -> Ordering {
    right
        .score
        .total_cmp(&left.score)
        .then(right.stems.len().cmp(&left.stems.len()))
        .then_with(|| left.text.cmp(&right.text))
}

/// The words with the links between them.
fn spelling(words: &[Word]) -> String {
    let mut text = String::new();
    for (place, word) in words.iter().enumerate() {
        if place > 0 {
            text.push(' ');
            // More than one is no link but half a sentence.
            if let [link] = word.links.as_slice() {
                text.push_str(link);
                text.push(' ');
            }
        }
        text.push_str(&word.text);
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REFUNDS: &[(&str, u32)] = &[
        ("i want a refund for my order", 3),
        ("refund order <number>", 9),
        ("please refund the orders from <date>", 1),
        ("can you refund order <number>?", 2),
    ];

    const OTHERS: &[(&str, u32)] = &[
        ("cancel order <number>", 10),
        ("status of order <number>", 5),
        ("what is the status of my order", 5),
        ("show the status of orders", 2),
        ("weather in paris", 7),
    ];

    fn background() -> Background {
        Background::from_texts(REFUNDS.iter().chain(OTHERS).copied())
    }

    /// Texts, best label.
    const LABELS: &[(&[(&str, u32)], &[&str])] = &[
        (REFUNDS, &["refund order"]),
        (
            &[("status of order <number>", 1), ("what is the status of my order", 1)],
            &["status of order"],
        ),
        (&[("what's my balance", 2), ("balance", 1)], &["balance"]),
        (
            &[("check, if you can, my balance", 1), ("balance check", 1), ("check balance", 1)],
            &["check balance"],
        ),
        (&[("search_docs", 1)], &["search docs"]),
        (&[("new york new york", 1)], &["new york"]),
        (&[("退款订单", 1), ("退款订单，谢谢", 2)], &["退款订单 谢谢"]),
        (&[("what is it", 1), ("<number>", 3), ("12", 1)], &[]),
        (&[], &[]),
    ];

    #[test]
    fn labels_are_those_of_the_table() {
        for &(texts, label) in LABELS {
            assert_eq!(labels(texts, &background(), 1), label, "{texts:?}");
        }
    }

    #[test]
    fn words_of_every_group_name_none() {
        assert_eq!(keywords(REFUNDS, &background(), 2), ["refund", "order"]);
        let alone = Background::from_texts(REFUNDS.iter().copied());
        assert!(background().rarity("refund") > background().rarity("order"));
        assert!((alone.rarity("refund") - alone.rarity("order")).abs() < 1e-9);
    }

    #[test]
    fn phrases_are_no_parts_of_better_ones() {
        let phrases = key_phrases(&[("export quarterly sales report", 2)], &background(), 9);
        assert_eq!(phrases, ["export quarterly sales", "quarterly sales report"]);
    }

    #[test]
    fn rare_words_of_a_group_are_no_keywords() {
        let texts = [("refund order", 99), ("refund gizmo", 1)];
        assert_eq!(keywords(&texts, &background(), 9), ["refund", "order"]);
    }

    proptest! {
        #[test]
        fn order_of_texts_does_not_matter(
            mut texts in proptest::collection::vec(("(refund|my|order|status|of|the|paris|,| ){1,9}", 1..9_u32), 0..9)
        ) {
            let all = |texts: &[(String, u32)]| {
                let texts: Vec<(&str, u32)> = texts.iter().map(|(text, weight)| (text.as_str(), *weight)).collect();
                let background = Background::from_texts(texts.iter().copied());
                (labels(&texts, &background, 5), key_phrases(&texts, &background, 5), keywords(&texts, &background, 5))
            };
            let before = all(&texts);
            texts.reverse();
            prop_assert_eq!(all(&texts), before);
        }

        #[test]
        fn phrases_have_no_function_words_at_their_ends_and_none_twice(text in "([a-z]{1,6}|my|the|of|how|to|refund| ){1,12}") {
            let texts = [(text.as_str(), 1)];
            for phrase in labels(&texts, &Background::default(), 20) {
                let words: Vec<&str> = phrase.split(' ').collect();
                prop_assert!(!is_function_word(words[0]) && !is_function_word(words[words.len() - 1]), "{}", phrase);
                let own: Vec<_> = words.iter().filter(|word| !is_function_word(word)).collect();
                prop_assert_eq!(own.iter().collect::<BTreeSet<_>>().len(), own.len());
                prop_assert!(words.len() <= 5);
            }
        }
    }
}
