//! Key phrases: the words that most texts of a group share and other texts do not.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use crate::Background;
use crate::circumstances::{WORTH, is_circumstance};
use crate::clauses::{Link, Piece, for_each_word};
use crate::compounds::stem_of;
use crate::tokens::without_possessive;

/// Words of a phrase, function words aside.
const LONGEST: usize = 3;
/// Room for what most phrases come to, in bytes.
const USUAL_BYTES: usize = 48;
/// What a label of one, two and three words is worth: one says little, three are shared by few texts however rare they are.
const BY_WORDS: [f64; LONGEST] = [0.5, 1.0, 0.8];
/// Two words that do not follow each other read less well.
const APART: f64 = 0.8;
/// Of the weight of a phrase: where so much has the same word before or behind it, the phrase is a part of a longer one.
const PART_FROM: f64 = 0.75;
/// What a part of a phrase is worth: `high speed` of `high speed train`.
const PART: f64 = 0.55;
/// Of the weight of a phrase: where so much denies its second word, so does the label (`card not working`).
const DENIED_FROM: f64 = 0.3;
/// Share of a group's weight that should have its label.
const SHARED_FROM: f64 = 0.12;
/// What a label of fewer texts than [`SHARED_FROM`], or of one, is worth.
const THIN: f64 = 0.5;
/// What a label of circumstances alone is worth: `last saturday`.
const BESIDE_THE_POINT: f64 = 0.3;
/// Words of a group among which pairs that stand apart are looked for.
const PAIRED: usize = 10;
/// Share of a group's weight that must have a keyword.
const LEAST_SHARE: f64 = 0.05;

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
    GroupPhrases::of(texts, background).key_phrases(most)
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
    GroupPhrases::of(texts, background).labels(most)
}

/// Single words that tell a group from others, best first, in lower case, at most `most`.
///
/// A word counts as a phrase of [`key_phrases`] does, and stands in texts of at least a twentieth of the weight. Words that stand beside
/// any topic, such as `using` and `yesterday`, are left out where there are others.
#[must_use]
pub fn keywords(texts: &[(&str, u32)], background: &Background, most: usize) -> Vec<String> {
    GroupPhrases::of(texts, background).keywords(most)
}

/// The stems of a phrase in their order, by their numbers in the group; 0 for none.
type Stems = [u32; LONGEST];

/// How a phrase is written: its words by their numbers in the group, each with the link before it.
type Spelling = [(u32, Link); LONGEST];

/// A text is read once and a word kept once: a group of ten thousand texts has some hundred words.
#[derive(Default)]
struct Words {
    numbers: HashMap<String, u32>,
    /// By number; the first stands for no word.
    texts: Vec<String>,
    /// For each word the number of its stem, which is a word, too.
    stems: Vec<u32>,
    /// For each stem how much it tells, once all are known.
    telling: Vec<f64>,
}

impl Words {
    fn number(&mut self, word: &str) -> u32 {
        if let Some(number) = self.numbers.get(word) {
            return *number;
        }
        if self.texts.is_empty() {
            self.texts.push(String::new());
            self.stems.push(0);
        }
        let number = u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(word.to_owned(), number);
        self.texts.push(word.to_owned());
        self.stems.push(number);
        let stem = stem_of(word);
        if stem != word {
            let stem = self.number(&stem);
            if let Some(own) = self.stems.get_mut(number as usize) {
                *own = stem;
            }
        }
        number
    }

    fn stem(&self, word: u32) -> u32 {
        self.stems.get(word as usize).copied().unwrap_or_default()
    }

    /// Looks up how much every stem tells.
    fn weigh(&mut self, background: &Background) {
        let telling = |text: &String| {
            let rarity = background.rarity(text);
            if is_circumstance(text) { rarity * WORTH } else { rarity }
        };
        self.telling = self.texts.iter().map(telling).collect();
    }

    fn telling(&self, stem: u32) -> f64 {
        self.telling.get(stem as usize).copied().unwrap_or_default()
    }

    fn text(&self, word: u32) -> &str {
        self.texts.get(word as usize).map_or("", String::as_str)
    }
}

/// The phrases of the texts of a group.
pub(crate) struct GroupPhrases {
    words: Words,
    all: u64,
    phrases: HashMap<Stems, Counted>,
    /// Stems of each text in the order of their first places, and its weight.
    texts: Vec<(Vec<u32>, u64)>,
}

#[derive(Default)]
struct Counted {
    /// Weight of the texts with the phrase.
    weight: u64,
    /// Weights of its spellings.
    spellings: Vec<(Spelling, u64)>,
}

/// A name for a group.
pub(crate) struct Label<'g> {
    /// The name.
    pub(crate) text: String,
    /// The stems of its words.
    pub(crate) stems: Vec<&'g str>,
    /// Whether no text has its words side by side.
    pub(crate) stands_apart: bool,
}

/// A phrase that stands for its group.
struct Phrase {
    stems: Stems,
    text: String,
    score: f64,
}

impl Phrase {
    fn length(&self) -> usize {
        length(&self.stems)
    }
}

fn length(stems: &Stems) -> usize {
    stems.iter().filter(|stem| **stem > 0).count()
}

impl GroupPhrases {
    /// Counts the phrases of texts with their weights.
    pub(crate) fn of(texts: &[(&str, u32)], background: &Background) -> Self {
        let mut group = Self {
            words: Words::default(),
            all: 0,
            phrases: HashMap::new(),
            texts: Vec::with_capacity(texts.len()),
        };
        let (mut words, mut found) = (Vec::new(), Vec::new());
        for &(text, weight) in texts {
            group.add(text, u64::from(weight.max(1)), &mut words, &mut found);
        }
        group.words.weigh(background);
        group
    }

    /// Counts a text; the lists are kept between texts, so that one costs no allocation.
    fn add(
        &mut self,
        text: &str,
        weight: u64,
        words: &mut Vec<(u32, u32, Link)>,
        found: &mut Vec<(Stems, Spelling)>,
    ) {
        self.all += weight;
        words.clear();
        found.clear();
        let mut stems: Vec<u32> = Vec::new();
        for_each_word(text, |piece| match piece {
            Piece::Word(word, link) => {
                let word = self.words.number(word);
                let stem = self.words.stem(word);
                if !stems.contains(&stem) {
                    stems.push(stem);
                }
                words.push((word, stem, link));
            }
            Piece::Break => {
                phrases_of(words, found);
                words.clear();
            }
        });
        phrases_of(words, found);
        // Stable: of equal phrases in one text the first shows how they are written.
        found.sort_by_key(|(stems, _)| *stems);
        found.dedup_by_key(|(stems, _)| *stems);
        for (stems, spelling) in found.iter() {
            let counted = self.phrases.entry(*stems).or_default();
            counted.weight += weight;
            match counted.spellings.iter_mut().find(|(known, _)| known == spelling) {
                Some((_, known)) => *known += weight,
                None => counted.spellings.push((*spelling, weight)),
            }
        }
        self.texts.push((stems, weight));
    }

    /// See [`key_phrases`].
    pub(crate) fn key_phrases(&self, most: usize) -> Vec<String> {
        let mut kept: Vec<Phrase> = Vec::new();
        for phrase in self.ranked(|_| true, |_| 1.0) {
            if kept.len() == most {
                break;
            }
            let is_part = |before: &Phrase| {
                phrase.stems.iter().all(|stem| *stem == 0 || before.stems.contains(stem))
            };
            if !kept.iter().any(is_part) {
                kept.push(phrase);
            }
        }
        kept.into_iter().map(|phrase| phrase.text).collect()
    }

    /// See [`labels`].
    pub(crate) fn labels(&self, most: usize) -> Vec<String> {
        self.best_labels(most).into_iter().map(|label| label.text).collect()
    }

    /// The labels, and what is needed to show them in the words around them.
    pub(crate) fn best_labels(&self, most: usize) -> Vec<Label<'_>> {
        let parts = self.parts();
        let by_words = |stems: &Stems| {
            let whole = if parts.contains(stems) { PART } else { 1.0 };
            let own = || stems.iter().filter(|stem| **stem > 0);
            let is_beside = own().all(|stem| is_circumstance(self.words.text(*stem)));
            let whole = if is_beside { whole * BESIDE_THE_POINT } else { whole };
            whole * BY_WORDS.get(length(stems) - 1).copied().unwrap_or(1.0)
        };
        let mut ranked = self.ranked(|_| true, by_words);
        for phrase in &mut ranked {
            let counted = self.phrases.get(&phrase.stems);
            phrase.score *= self.shared(counted.map_or(0, |counted| counted.weight));
        }
        let apart = self.pairs_apart();
        ranked.retain(|phrase| !apart.iter().any(|pair| pair.stems == phrase.stems));
        ranked.extend(apart.into_iter().map(|pair| {
            let cut = pair.stems.iter().any(|stem| {
                parts.contains(&[*stem, 0, 0]) && !self.phrases.contains_key(&pair.stems)
            });
            let factor = by_words(&pair.stems) * if cut { PART } else { 1.0 };
            Phrase { score: pair.score * factor, ..pair }
        }));
        ranked.sort_unstable_by(better);
        let mut kept: Vec<(Stems, Phrase)> = Vec::new();
        for phrase in ranked {
            if kept.len() == most {
                break;
            }
            let mut words = phrase.stems;
            words.sort_unstable();
            if !kept.iter().any(|(known, _)| *known == words) {
                kept.push((words, phrase));
            }
        }
        let label = |(_, phrase): (Stems, Phrase)| {
            let stems = phrase.stems.iter().filter(|stem| **stem > 0);
            Label {
                stems: stems.map(|stem| self.words.text(*stem)).collect(),
                stands_apart: !self.phrases.contains_key(&phrase.stems),
                text: phrase.text,
            }
        };
        kept.into_iter().map(label).collect()
    }

    /// Phrases that stand within longer ones nearly wherever they stand.
    fn parts(&self) -> HashSet<Stems> {
        let mut parts = HashSet::new();
        // One text shows nothing: all its words stand beside the same ones.
        let longer =
            |(stems, counted): &(&Stems, &Counted)| length(stems) > 1 && counted.weight > 1;
        for (stems, counted) in self.phrases.iter().filter(longer) {
            let [first, second, third] = *stems;
            let (head, tail) = match third {
                0 => ([first, 0, 0], [second, 0, 0]),
                _ => ([first, second, 0], [second, third, 0]),
            };
            for part in [head, tail] {
                let own = self.phrases.get(&part).map_or(0, |part| part.weight);
                if counted.weight as f64 >= own as f64 * PART_FROM {
                    parts.insert(part);
                }
            }
        }
        parts
    }

    /// See [`keywords`].
    pub(crate) fn keywords(&self, most: usize) -> Vec<String> {
        let least = (self.all as f64 * LEAST_SHARE).ceil() as u64;
        let words = self.single_words(least);
        let tells = |phrase: &Phrase| {
            phrase.stems.first().is_none_or(|stem| !is_circumstance(self.words.text(*stem)))
        };
        // Words that stand beside any topic tell nothing, unless there are no others.
        let (telling, others): (Vec<Phrase>, Vec<Phrase>) = words.into_iter().partition(tells);
        let words = if telling.is_empty() { others } else { telling };
        words.into_iter().take(most).map(|phrase| phrase.text).collect()
    }

    /// Its words in texts of at least so much weight, best first.
    fn single_words(&self, least: u64) -> Vec<Phrase> {
        let is_word =
            |(stems, counted): (&Stems, &Counted)| length(stems) == 1 && counted.weight >= least;
        self.ranked(is_word, |_| 1.0)
    }

    /// Pairs of the best words that share texts without always following each other there.
    fn pairs_apart(&self) -> Vec<Phrase> {
        let words: Vec<Phrase> = self.single_words(0).into_iter().take(PAIRED).collect();
        let spelled: Vec<(u32, &str)> = words
            .iter()
            .filter(|word| word.score > 0.0)
            .filter_map(|word| Some((*word.stems.first()?, word.text.as_str())))
            .collect();
        let spelling =
            |stem: u32| spelled.iter().find(|(known, _)| *known == stem).map(|(_, text)| *text);
        let mut together: BTreeMap<(u32, u32), u64> = BTreeMap::new();
        for (stems, weight) in &self.texts {
            let own: Vec<u32> =
                stems.iter().copied().filter(|stem| spelling(*stem).is_some()).collect();
            for (place, &left) in own.iter().enumerate() {
                for &right in own.iter().skip(place + 1) {
                    *together.entry((left, right)).or_default() += weight;
                }
            }
        }
        let pair = |(&(left, right), &weight): (&(u32, u32), &u64)| {
            let stems: Stems = [left, right, 0];
            let following = self.phrases.get(&stems);
            let text = match following {
                Some(counted) => self.commonest(counted),
                None => format!("{} {}", spelling(left)?, spelling(right)?),
            };
            let following = following.map_or(0, |counted| counted.weight);
            let evidence = following as f64 + APART * weight.saturating_sub(following) as f64;
            Some(Phrase {
                stems,
                text,
                score: evidence * self.rarity(&stems) * self.shared(weight),
            })
        };
        together.iter().filter_map(pair).collect()
    }

    /// The phrases that `is_wanted` names, best first.
    fn ranked(
        &self,
        is_wanted: impl Fn((&Stems, &Counted)) -> bool,
        factor: impl Fn(&Stems) -> f64,
    ) -> Vec<Phrase> {
        let mut ranked: Vec<Phrase> = self
            .phrases
            .iter()
            .filter(|phrase| is_wanted(*phrase))
            .map(|(stems, counted)| Phrase {
                stems: *stems,
                text: self.commonest(counted),
                score: counted.weight as f64 * self.rarity(stems) * factor(stems),
            })
            .collect();
        ranked.sort_unstable_by(better);
        ranked
    }

    /// What so much weight makes of a label.
    fn shared(&self, weight: u64) -> f64 {
        let least = (self.all as f64 * SHARED_FROM).max(2.0);
        if (weight as f64) < least { THIN } else { 1.0 }
    }

    fn rarity(&self, stems: &Stems) -> f64 {
        stems.iter().filter(|stem| **stem > 0).map(|stem| self.words.telling(*stem)).sum()
    }

    /// The commonest spelling, of equals the shortest, then the first of the alphabet. Where many deny it, only such spellings count.
    fn commonest(&self, counted: &Counted) -> String {
        if let [(spelling, _)] = counted.spellings.as_slice() {
            return self.write(spelling);
        }
        let denies = |spelling: &Spelling| spelling.iter().any(|(_, link)| link.denies());
        let denied = counted.spellings.iter().filter(|(spelling, _)| denies(spelling));
        let denied: u64 = denied.map(|(_, weight)| *weight).sum();
        let is_denied = denied as f64 >= counted.weight as f64 * DENIED_FROM;
        let spellings = || counted.spellings.iter().filter(|own| !is_denied || denies(&own.0));
        // Labels have no auxiliaries: `not working` reads better than `not work`.
        let is_participle = |spelling: &Spelling| {
            let denied = spelling.iter().find(|(_, link)| link.denies());
            denied.is_some_and(|(word, _)| self.words.text(*word).ends_with("ing"))
        };
        let rank =
            |(spelling, weight): &(Spelling, u64)| (is_denied && is_participle(spelling), *weight);
        let most = spellings().map(rank).max();
        let common = spellings().filter(|own| Some(rank(own)) == most);
        common
            .map(|(spelling, _)| self.write(spelling))
            .min_by(|left, right| left.len().cmp(&right.len()).then(left.cmp(right)))
            .unwrap_or_default()
    }

    /// The words with the links between them; nothing is the possession of the last.
    fn write(&self, spelling: &Spelling) -> String {
        let mut text = String::with_capacity(USUAL_BYTES);
        for (place, (word, link)) in spelling.iter().filter(|(word, _)| *word > 0).enumerate() {
            if place > 0 {
                text.push(' ');
                if let Some(link) = link.text() {
                    text.push_str(link);
                    text.push(' ');
                }
            }
            text.push_str(self.words.text(*word));
        }
        text.truncate(without_possessive(&text).len());
        text
    }
}

/// Adds the phrases of words that follow each other; none has a word twice.
fn phrases_of(words: &[(u32, u32, Link)], found: &mut Vec<(Stems, Spelling)>) {
    for start in 0..words.len() {
        let (mut stems, mut spelling) = ([0; LONGEST], [(0, Link::None); LONGEST]);
        for (place, (word, stem, link)) in words.iter().skip(start).take(LONGEST).enumerate() {
            if stems.contains(stem) {
                break;
            }
            // The link before its first word is no part of a phrase.
            let link = if place == 0 { Link::None } else { *link };
            if let (Some(to_stem), Some(to_word)) = (stems.get_mut(place), spelling.get_mut(place))
            {
                (*to_stem, *to_word) = (*stem, (*word, link));
            }
            found.push((stems, spelling));
        }
    }
}

fn better(left: &Phrase, right: &Phrase) -> Ordering {
    right
        .score
        .total_cmp(&left.score)
        .then(right.length().cmp(&left.length()))
        .then_with(|| left.text.cmp(&right.text))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::is_function_word;

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
        // A particle stays with its word, however that is written.
        (
            &[("my top-up is pending", 2), ("top up still pending", 1), ("pending top ups", 1)],
            &["top-up pending"],
        ),
        // Who asks, and when, is no topic.
        (&[("i think the card broke last friday", 2), ("card broke", 1)], &["card broke"]),
        // What many deny is denied, in a form that needs no auxiliary.
        (
            &[("card isn't working", 1), ("card doesn't work", 2), ("will the card work", 1)],
            &["card not working"],
        ),
        // One text names no group of many, however rare its words.
        (&[("what date is it", 3), ("date today", 3), ("calender says", 1)], &["date today"]),
        // A possessive stays within a label, and not at its end.
        (&[("gifts for father's day", 2), ("father's day", 1)], &["father's day"]),
        (&[("gifts for dad's", 1), ("dad's gifts", 1), ("gifts for dad", 2)], &["gifts for dad"]),
        // A part of what nearly all say is cut.
        (
            &[
                ("high speed train", 2),
                ("high speed train to paris", 1),
                ("book high speed train", 1),
            ],
            &["high speed train"],
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

    #[test]
    fn words_beside_any_topic_are_keywords_only_where_there_are_no_others() {
        let texts = [("refund order using yesterday", 1)];
        assert_eq!(keywords(&texts, &background(), 9), ["refund", "order"]);
        assert_eq!(keywords(&[("using yesterday", 1)], &background(), 9), ["using", "yesterday"]);
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
                // Three words with links, each with a particle.
                prop_assert!(words.len() <= 8);
            }
        }
    }
}
