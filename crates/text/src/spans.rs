//! Words of a text as they stand, function words included: what a lone key word is shown in.

use hashbrown::HashMap;

use crate::circumstances::stands_before_others;
use crate::tokens::{Token, compatible, is_unspaced, lower, stem, tokens, without_possessive};

/// Words of a span.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=6;
/// Share of a group's weight that must have the span.
const LEAST_SHARE: f64 = 0.04;
/// What one more word is worth: a span of most texts that says more is better than a shorter one of some more texts.
const PER_WORD: f64 = 0.3;

/// No span begins with these: half a sentence, or how people ask.
const NO_START: &[&str] = &[
    "a", "about", "an", "and", "any", "at", "be", "but", "by", "down", "for", "from", "hey", "hi",
    "i", "if", "in", "it", "know", "let", "me", "my", "need", "of", "off", "on", "or", "our",
    "out", "please", "so", "tell", "that", "the", "there", "this", "to", "up", "want", "wanna",
    "with", "you", "your",
];

/// Questions that begin with these are whole or nothing: `when is my flight`, not `when my flight` or `can you talk` of `can you
/// talk slower`.
const WHOLE: &[&str] = &["when", "where", "who", "why"];

/// Verbs and the like that begin a span only where they begin a sentence: `do you have pets`, not `is my name`.
const START_OF_SENTENCE: &[&str] = &[
    "am", "are", "can", "could", "did", "do", "does", "has", "have", "is", "may", "should", "was",
    "were", "will", "would",
];

/// Before the noun that is asked for.
const DETERMINERS: &[&str] = &["a", "his", "her", "my", "our", "the", "their", "your"];

/// No span ends with these.
const NO_END: &[&str] = &[
    "a", "about", "am", "an", "and", "any", "are", "at", "be", "but", "by", "can", "could", "do",
    "does", "for", "from", "have", "how", "i", "if", "in", "is", "just", "like", "my", "need",
    "of", "on", "or", "our", "please", "some", "that", "the", "this", "to", "want", "was", "what",
    "when", "where", "which", "will", "with", "would", "your",
];

/// The words that most texts say around a word or around several, given by their stems: two to six words as they stand in
/// the texts, in lower case. None where too few texts have them in common.
///
/// Ties are broken by the span itself.
pub(crate) fn common_span(texts: &[(&str, u32)], stems: &[&str]) -> Option<String> {
    let mut spans: HashMap<String, Span> = HashMap::new();
    let mut all = 0;
    for &(text, weight) in texts {
        let weight = u64::from(weight.max(1));
        all += weight;
        let mut found: HashMap<String, bool> = HashMap::new();
        for sentence in sentences(text) {
            find(&sentence, stems, &mut found);
        }
        for (words, is_whole) in found {
            let span = spans.entry(words).or_default();
            span.weight += weight;
            span.is_whole |= is_whole;
        }
    }
    let least = (all as f64 * LEAST_SHARE).ceil() as u64;
    let value = |words: &str, span: &Span| {
        span.weight as f64 * (1.0 + PER_WORD * words.matches(' ').count() as f64)
    };
    spans
        .into_iter()
        .filter(|(_, span)| span.is_whole && span.weight >= least.max(2))
        .max_by(|(left, light), (right, heavy)| {
            value(left, light).total_cmp(&value(right, heavy)).then_with(|| right.cmp(left))
        })
        .map(|(words, _)| words)
}

/// What is known of the words that may be a span.
#[derive(Default)]
struct Span {
    /// Weight of the texts that have them.
    weight: u64,
    /// Whether one of the texts says no more, or they need not be all.
    is_whole: bool,
}

/// A word of a sentence.
struct Spoken {
    /// In lower case.
    word: String,
    /// Whether a hyphen joins it to the one before it.
    is_joined: bool,
}

/// Runs of words that no punctuation or value cuts.
fn sentences(text: &str) -> Vec<Vec<Spoken>> {
    let text = compatible(text);
    let mut sentences = vec![Vec::new()];
    let mut is_joined = false;
    for token in tokens(&text) {
        match (token, sentences.last_mut()) {
            (Token::Word(word), Some(sentence)) if !word.chars().any(is_unspaced) => {
                sentence.push(Spoken { word: lower(word), is_joined });
            }
            (Token::Hyphen, _) => {}
            _ => sentences.push(Vec::new()),
        }
        is_joined = token == Token::Hyphen;
    }
    sentences
}

/// Finds the spans of a sentence that have the stems, and whether each is whole.
fn find(sentence: &[Spoken], stems: &[&str], found: &mut HashMap<String, bool>) {
    let is = |list: &[&str], word: &str| list.contains(&word);
    let asks = |word: &str| matches!(word, "how" | "what" | "where" | "who" | "why");
    // For each word, the stem that it has of those wanted.
    let wanted: Vec<Option<usize>> = sentence
        .iter()
        .map(|spoken| {
            let own = stem(without_possessive(&spoken.word));
            stems.iter().position(|wanted| *wanted == own)
        })
        .collect();
    let holds_all =
        |words: &[Option<usize>]| (0..stems.len()).all(|stem| words.contains(&Some(stem)));
    if !holds_all(&wanted) {
        return;
    }
    for start in 0..sentence.len() {
        for length in LENGTHS {
            let Some(words) = sentence.get(start..start + length) else { break };
            if !wanted.get(start..start + length).is_some_and(holds_all) {
                continue;
            }
            let (Some(first), Some(last)) = (words.first(), words.last()) else { break };
            let cuts_compound = first.is_joined
                || sentence.get(start + length).is_some_and(|after| after.is_joined);
            let (first, last) = (first.word.as_str(), last.word.as_str());
            let is_question = is(WHOLE, first) || is(START_OF_SENTENCE, first);
            // The end of a question: `mpg does this car get`.
            let ends_question = !asks(first)
                && !is_question
                && words.get(1).is_some_and(|second| is(START_OF_SENTENCE, &second.word));
            // Half of one in another sentence: `i forgot what my password is`.
            let halves_question =
                first == "what" && words.get(1).is_some_and(|second| is(DETERMINERS, &second.word));
            let begins = !ends_question
                && !halves_question
                && !is(NO_START, first)
                && (start == 0 || !is(START_OF_SENTENCE, first));
            let is_short = last.ends_with("n't") || last.ends_with("'s");
            let ends = !is_short
                && !is(NO_END, last)
                && !stands_before_others(last)
                && (asks(first) || last != "you");
            let is_doubled = words
                .windows(2)
                .any(|pair| pair.first().map(|one| &one.word) == pair.last().map(|one| &one.word));
            if !cuts_compound && begins && ends && !is_doubled {
                let is_whole = !is_question || start + length == sentence.len();
                *found.entry(written(words)).or_default() |= is_whole;
            }
        }
    }
}

fn written(words: &[Spoken]) -> String {
    let mut text = String::new();
    for spoken in words {
        if !text.is_empty() {
            text.push(if spoken.is_joined { '-' } else { ' ' });
        }
        text.push_str(&spoken.word);
    }
    text
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
            (&["when is my flight due", "when is my flight late"], &["flight"], None),
            (&["can you talk slower", "can you talk faster"], &["talk"], None),
            (&["a podcast about film", "podcast about art"], &["podcast"], None),
            (&["forgot what my password is", "what my password is now"], &["password"], None),
            (&["i need an uber", "need an uber now"], &["uber"], None),
            (
                &["what mpg does it get", "what mpg does it get now"],
                &["mpg"],
                Some("what mpg does it get"),
            ),
            (&["my t-shirt", "print t-shirt", "t-shirt size"], &["t", "shirt"], Some("t-shirt")),
            (&["my father's day", "father's day soon"], &["father"], Some("father's day")),
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
