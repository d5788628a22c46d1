//! Words of a text as they stand, function words included: what a lone key word is shown in.

use hashbrown::{HashMap, HashSet};

use crate::tokens::{Token, compatible, is_unspaced, lower, stem, tokens};

/// Words of a span.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=6;
/// Share of a group's weight that must have the span.
const LEAST_SHARE: f64 = 0.04;
/// What one more word is worth: a span of most texts that says more is better than a shorter one of some more texts.
const PER_WORD: f64 = 0.3;

/// No span begins with these.
const NO_START: &[&str] = &[
    "a", "an", "and", "at", "be", "but", "by", "for", "from", "hey", "hi", "i", "if", "in", "it",
    "me", "my", "of", "on", "or", "our", "please", "so", "that", "the", "this", "to", "with",
    "you", "your",
];

/// Verbs and the like that begin a span only where they begin a sentence: `do you have pets`, not `is my name`.
const START_OF_SENTENCE: &[&str] = &[
    "am", "are", "can", "could", "did", "do", "does", "has", "have", "is", "may", "should", "was",
    "were", "will", "would",
];

/// No span ends with these.
const NO_END: &[&str] = &[
    "a", "am", "an", "and", "any", "are", "at", "be", "but", "by", "can", "could", "do", "does",
    "for", "from", "have", "how", "i", "if", "in", "is", "just", "like", "my", "need", "of", "on",
    "or", "our", "please", "some", "that", "the", "this", "to", "want", "was", "what", "when",
    "where", "which", "will", "with", "would", "your",
];

/// The words that most texts say around a word or around several, given by their stems: two to six words as they stand in
/// the texts, in lower case. None where too few texts have them in common.
///
/// Ties are broken by the span itself.
pub(crate) fn common_span(texts: &[(&str, u32)], stems: &[&str]) -> Option<String> {
    let mut weights: HashMap<String, u64> = HashMap::new();
    let mut all = 0;
    for &(text, weight) in texts {
        let weight = u64::from(weight.max(1));
        all += weight;
        let mut found: HashSet<String> = HashSet::new();
        for sentence in sentences(text) {
            spans(&sentence, stems, &mut found);
        }
        for span in found {
            *weights.entry(span).or_default() += weight;
        }
    }
    let least = (all as f64 * LEAST_SHARE).ceil() as u64;
    let value = |span: &str, weight: u64| {
        weight as f64 * (1.0 + PER_WORD * span.matches(' ').count() as f64)
    };
    weights
        .into_iter()
        .filter(|(_, weight)| *weight >= least.max(2))
        .max_by(|(left, light), (right, heavy)| {
            value(left, *light).total_cmp(&value(right, *heavy)).then_with(|| right.cmp(left))
        })
        .map(|(span, _)| span)
}

/// Runs of words that no punctuation or value cuts.
fn sentences(text: &str) -> Vec<Vec<String>> {
    let text = compatible(text);
    let mut sentences = vec![Vec::new()];
    for token in tokens(&text) {
        match (token, sentences.last_mut()) {
            (Token::Word(word), Some(sentence)) if !word.chars().any(is_unspaced) => {
                sentence.push(lower(word));
            }
            _ => sentences.push(Vec::new()),
        }
    }
    sentences
}

fn spans(sentence: &[String], stems: &[&str], found: &mut HashSet<String>) {
    let is = |list: &[&str], word: &String| list.contains(&word.as_str());
    for start in 0..sentence.len() {
        for length in LENGTHS {
            let Some(words) = sentence.get(start..start + length) else { break };
            let (Some(first), Some(last)) = (words.first(), words.last()) else { break };
            let begins = !is(NO_START, first) && (start == 0 || !is(START_OF_SENTENCE, first));
            let holds = |wanted: &&str| words.iter().any(|word| stem(word) == *wanted);
            let asks = matches!(first.as_str(), "how" | "what" | "where" | "who" | "why");
            let ends = !is(NO_END, last) && (asks || last != "you");
            let is_doubled = words.windows(2).any(|pair| pair.first() == pair.last());
            if begins && ends && !is_doubled && stems.iter().all(holds) {
                found.insert(words.join(" "));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_word_is_shown_in_what_most_texts_say_around_it() {
        /// Texts, stems, span.
        type Row<'a> = (&'a [&'a str], &'a [&'a str], Option<&'a str>);
        let rows: &[Row<'_>] = &[
            (
                &[
                    "how old are you",
                    "tell me how old are you",
                    "how old are you now",
                    "so how old is it",
                ],
                &["old"],
                Some("how old are you"),
            ),
            (
                &["do you have pets", "do you have pets at home", "any pets"],
                &["pet"],
                Some("do you have pets"),
            ),
            (
                &["what is my name", "tell me what is my name", "what's my name"],
                &["nam"],
                Some("what is my name"),
            ),
            (
                &["how long to cook rice", "how long to cook pasta", "the cook is long gone"],
                &["long", "cook"],
                Some("how long to cook"),
            ),
            (&["yes", "yes", "oh yes"], &["yes"], None),
            (&["退款订单", "退款订单"], &["退款订单"], None),
            (&[], &["old"], None),
        ];
        for &(texts, stems, span) in rows {
            let texts: Vec<(&str, u32)> = texts.iter().map(|text| (*text, 1)).collect();
            let found = common_span(&texts, stems);
            assert_eq!(found.as_deref(), span, "{texts:?}");
        }
    }

    #[test]
    fn weights_decide_and_order_does_not() {
        let mut texts =
            [("order a new card", 5), ("where is my new card", 1), ("order a new pin", 2)];
        assert_eq!(common_span(&texts, &["card"]).as_deref(), Some("order a new card"));
        texts.reverse();
        assert_eq!(common_span(&texts, &["card"]).as_deref(), Some("order a new card"));
    }
}
