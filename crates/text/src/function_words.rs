//! The closed list behind [`is_function_word`](crate::is_function_word): English function words, and words with
//! which people ask for anything at all.

/// Sorted by bytes, so that a reader finds a word, and none twice.
#[rustfmt::skip]
pub(crate) const FUNCTION_WORDS: &[&str] = &[
    "a", "able", "about", "above", "actually", "after", "again", "against", "all", "almost", "also", "although",
    "always", "am", "among", "an", "and", "another", "any", "anybody", "anyone", "anything", "are", "aren't",
    "around", "as", "ask", "asked", "asking", "asks", "assist", "assistance", "at", "away", "be", "became",
    "because", "been", "before", "behind", "being", "below", "beside", "besides", "between", "both", "but", "by",
    "can", "can't", "cannot", "cant", "could", "couldn't", "currently", "did", "didn't", "do", "does", "doesn't",
    "doing", "don't", "done", "dont", "during", "each", "either", "else", "enough", "etc", "even", "ever", "every",
    "everybody", "everyone", "everything", "few", "for", "from", "further", "get", "gets", "getting", "go",
    "going", "gonna", "got", "gotta", "had", "hadn't", "has", "hasn't", "have", "haven't", "having", "he", "he'd",
    "he'll", "hello", "help", "helping", "helps", "her", "here", "hers", "herself", "hey", "hi", "him", "himself",
    "his", "how", "however", "i", "i'd", "i'll", "i'm", "i've", "if", "im", "in", "instead", "into", "is", "isn't",
    "it", "it'd", "it'll", "its", "itself", "ive", "just", "kindly", "know", "least", "less", "let", "lets",
    "like", "likely", "ll", "many", "may", "maybe", "me", "might", "mine", "more", "most", "much", "must", "my",
    "myself", "near", "need", "needed", "needing", "needs", "neither", "no", "nobody", "none", "nor", "not",
    "nothing", "now", "of", "often", "ok", "okay", "on", "once", "only", "onto", "or", "other", "others",
    "otherwise", "ought", "our", "ours", "ourselves", "own", "per", "perhaps", "please", "quite", "rather", "re",
    "really", "s", "same", "shall", "she", "she'd", "should", "shouldn't", "simply", "since", "so", "some",
    "somebody", "somehow", "someone", "something", "still", "such", "t", "tell", "than", "thank", "thanks", "that",
    "the", "their", "theirs", "them", "themselves", "then", "there", "there'd", "these", "they", "they'd",
    "they'll", "they're", "they've", "thing", "things", "this", "those", "though", "through", "thus", "till", "to",
    "too", "toward", "towards", "try", "trying", "under", "unless", "until", "upon", "us", "user", "user's", "ve",
    "very", "via", "wanna", "want", "wanted", "wants", "was", "wasn't", "we", "we'd", "we'll", "we're", "we've",
    "were", "weren't", "what", "whatever", "whats", "when", "whenever", "where", "wherever", "whether", "which",
    "while", "who", "whoever", "whom", "whose", "why", "will", "wish", "with", "within", "without", "won't",
    "wondering", "would", "wouldn't", "yet", "you", "you'd", "you'll", "you're", "you've", "your", "yours",
    "yourself", "yourselves",
];

#[cfg(test)]
mod tests {
    use super::FUNCTION_WORDS;

    #[test]
    fn list_is_sorted_without_repeats_and_lower_case() {
        assert!(FUNCTION_WORDS.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(FUNCTION_WORDS.iter().all(|word| *word == word.to_lowercase()));
    }
}
