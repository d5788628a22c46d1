//! Words of how, when and why people ask, which stand beside any topic: `I think`, `yesterday`, `is it possible`.

use std::sync::LazyLock;

use hashbrown::HashSet;

use crate::tokens::stem;

/// What the rarity of such a word counts for a label: it may go with another (`vacation days`) but makes no topic.
pub(crate) const WORTH: f64 = 0.4;

/// The words by sort, in any of their forms.
#[rustfmt::skip]
const CIRCUMSTANCES: &[&[&str]] = &[
    // What the asker thinks, sees or tries.
    &[
        "assume", "believe", "consider", "expect", "feel", "felt", "guess", "heard", "hope", "imagine", "look",
        "mean", "notice", "noticed", "realize", "remember", "said", "saw", "say", "see", "seem", "seen",
        "suppose", "think", "thought", "tried", "understand", "wonder",
    ],
    // What may be done with anything.
    &[
        "came", "come", "give", "given", "happen", "keep", "kept", "made", "make", "provide", "put", "take",
        "taken", "took", "use", "went",
    ],
    // When it happened, or how often.
    &[
        "afternoon", "ago", "already", "date", "day", "days", "earlier", "evening", "friday", "hour", "lately",
        "later", "long", "minute", "moment", "monday", "month", "morning", "night", "recently", "saturday",
        "soon", "sunday", "thursday", "time", "today", "tomorrow", "tonight", "tuesday", "wednesday", "week",
        "yesterday", "year",
    ],
    // How much, how good, which one.
    &[
        "best", "better", "big", "bit", "certain", "couple", "detailed", "different", "easy", "exactly",
        "first", "good", "great", "interesting", "kind", "large", "last", "latest", "lot", "main", "multiple",
        "next", "nice", "number", "particular", "possible", "several", "similar", "small", "sort", "specific",
        "suitable", "sure", "type", "various", "way", "worth",
    ],
    // People and numbers of them.
    &[
        "people", "person", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    ],
    // What joins the parts of a longer request.
    &[
        "based", "following", "including", "regarding", "related", "using",
    ],
];

/// Words that say something of what follows them, so that no name ends with one: `find latest`, `finance related`. Sorted.
#[rustfmt::skip]
const BEFORE_OTHERS: &[&str] = &[
    "available", "based", "called", "certain", "contain", "containing", "contains", "detailed", "different",
    "following", "includes", "including", "interesting", "latest", "multiple", "named", "newest", "particular",
    "recent", "regarding", "related", "several", "similar", "specific", "suitable", "using", "various",
];

/// Whether a word, in lower case, says something of what follows it.
pub(crate) fn stands_before_others(word: &str) -> bool {
    BEFORE_OTHERS.binary_search(&word).is_ok()
}

static STEMS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    CIRCUMSTANCES.iter().flat_map(|words| words.iter()).map(|word| stem(word)).collect()
});

/// Whether a word, given by its stem, is a circumstance of any request.
pub(crate) fn is_circumstance(stem: &str) -> bool {
    STEMS.contains(stem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::is_function_word;

    #[test]
    fn circumstances_are_told_from_topics() {
        for (word, expected) in [
            ("think", true),
            ("thinking", true),
            ("taken", true),
            ("yesterday", true),
            ("weeks", true),
            ("possible", true),
            ("refund", false),
            ("card", false),
            ("day-off", false),
        ] {
            assert_eq!(is_circumstance(stem(word)), expected, "{word}");
        }
    }

    #[test]
    fn words_before_others_are_sorted_without_repeats() {
        assert!(BEFORE_OTHERS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(stands_before_others("latest") && !stands_before_others("news"));
    }

    #[test]
    fn none_is_a_function_word_which_would_not_be_asked_for() {
        for word in CIRCUMSTANCES.iter().flat_map(|words| words.iter()) {
            assert!(!is_function_word(word), "{word}");
        }
    }
}
