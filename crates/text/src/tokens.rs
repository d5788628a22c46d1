//! Words: of a text, of a name, and which of them carry no topic.

use std::borrow::Cow;
use std::sync::LazyLock;

use hashbrown::HashSet;
use unicode_normalization::{UnicodeNormalization, is_nfkc_quick};

use crate::function_words::FUNCTION_WORDS;
use crate::placeholder::Placeholder;

/// The words of a text, lower case, in order.
///
/// A word is a run of letters and digits; a possessive `'s` is cut off, other apostrophes stay (`don't`).
/// Placeholders of [`fold`](crate::fold()) are no words. Names written as one word are split as
/// [`name_words`] splits them where they show it: `search_docs`, `search-docs` and `searchDocs` are
/// `search`, `docs`; `GitHub` and `iPhone` stay whole. Scripts that set no spaces (Han, Kana, Thai, …) give
/// overlapping pairs of characters, which compare well though nobody would call them words.
///
/// ```
/// assert_eq!(mcp_insights_text::words("Why does searchDocs' index miss today's page?"),
///     ["why", "does", "search", "docs", "index", "miss", "today", "page"]);
/// ```
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let text = compatible(text);
    let mut found = Vec::new();
    for token in tokens(&text) {
        push_words(token, &mut found);
    }
    found
}

/// The words of a tool's or argument's name, lower case, in order.
///
/// Whatever is neither letter nor digit separates; so does a change from lower to upper case, and the last
/// capital of several before a small letter (`HTTPServer`). Digits after three or more letters are a word of
/// their own (`search2`), after fewer they belong to it (`s3`, `v2`).
///
/// ```
/// use mcp_insights_text::name_words;
/// assert_eq!(name_words("searchDocs"), ["search", "docs"]);
/// assert_eq!(name_words("docs.full-text_search2"), ["docs", "full", "text", "search", "2"]);
/// ```
#[must_use]
pub fn name_words(name: &str) -> Vec<String> {
    let name = compatible(name);
    let mut found = Vec::new();
    for part in name.split(|character: char| !character.is_alphanumeric()) {
        push_humps(part, &mut found);
    }
    found
}

/// Whether a lower-case word carries no topic: an English function word, or a word with which requests of any
/// topic are made (`please`, `want`, `help`).
///
/// The list is closed; verbs of requests that name what is done (`find`, `create`, `show`) are not in it.
#[must_use]
pub fn is_function_word(word: &str) -> bool {
    // Every word of every text is looked up: one comparison instead of those of a search by halves.
    static WORDS: LazyLock<HashSet<&str>> =
        LazyLock::new(|| FUNCTION_WORDS.iter().copied().collect());
    WORDS.contains(word)
}

/// A piece of a text as [`words`] sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'a> {
    /// Letters and digits, with inner apostrophes and underscores, in the text's own case.
    Word(&'a str),
    /// A placeholder of `fold`.
    Placeholder,
    /// A hyphen right between two words: `sign-on`.
    Hyphen,
    /// Anything that ends a phrase: punctuation other than hyphens and apostrophes.
    Break,
}

/// NFKC of a text; borrowed where it already is.
pub(crate) fn compatible(text: &str) -> Cow<'_, str> {
    if text.is_ascii() || is_nfkc_quick(text.chars()) == unicode_normalization::IsNormalized::Yes {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.nfkc().collect())
    }
}

/// Cuts a text into words, the hyphens between them, placeholders and breaks; white space only separates.
pub(crate) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = text;
    let mut follows_word = false;
    std::iter::from_fn(move || {
        loop {
            let first = rest.chars().next()?;
            if first.is_alphanumeric() {
                let (word, after) = rest.split_at(word_length(rest));
                rest = after;
                follows_word = true;
                return Some(Token::Word(word));
            }
            let is_hyphen = matches!(first, '-' | '\u{2010}');
            let joins = std::mem::take(&mut follows_word) && is_hyphen;
            if let Some(placeholder) = Placeholder::at_start_of(rest) {
                rest = rest.get(placeholder.text().len()..)?;
                return Some(Token::Placeholder);
            }
            rest = rest.get(first.len_utf8()..)?;
            if joins && rest.starts_with(char::is_alphanumeric) {
                return Some(Token::Hyphen);
            }
            if !(first.is_whitespace() || is_hyphen || matches!(first, '_' | '\'' | '’' | '‘'))
            {
                return Some(Token::Break);
            }
        }
    })
}

/// Bytes of the word that a text begins with: letters, digits and marks, and single apostrophes or
/// underscores between two of them.
fn word_length(text: &str) -> usize {
    let mut end = 0;
    let mut characters = text.char_indices().peekable();
    while let Some((start, character)) = characters.next() {
        let inside = character.is_alphanumeric()
            || is_mark(character)
            || (matches!(character, '\'' | '’' | '_')
                && characters.peek().is_some_and(|&(_, next)| next.is_alphanumeric()));
        if !inside {
            break;
        }
        end = start + character.len_utf8();
    }
    end
}

/// Combining marks that the standard library does not count as letters but that stand within words
/// (accents left over by normalisation, Indic vowel signs and viramas).
fn is_mark(character: char) -> bool {
    unicode_normalization::char::is_combining_mark(character)
}

fn push_words(token: Token<'_>, found: &mut Vec<String>) {
    let Token::Word(word) = token else { return };
    let word = without_possessive(word);
    if word.chars().any(is_unspaced) {
        push_pairs(word, found);
    } else if word.contains('_') || is_camel(word) {
        for part in word.split('_') {
            push_humps(part, found);
        }
    } else {
        found.push(lower(word).replace('’', "'"));
    }
}

/// The word without a final `'s`.
pub(crate) fn without_possessive(word: &str) -> &str {
    // Few words end in an `s`.
    if !matches!(word.as_bytes().last(), Some(b's' | b'S')) {
        return word;
    }
    ["'s", "’s", "'S", "’S"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word)
}

/// Lower case without rules of context, so that a word does not depend on what follows; final sigma is sigma.
pub(crate) fn lower(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|character| if character == 'ς' { 'σ' } else { character })
        .collect()
}

/// `searchDocs`, not `GitHub`, `iPhone` or `SDKs`: two small letters first, then a capital.
fn is_camel(word: &str) -> bool {
    let mut characters = word.chars();
    characters.by_ref().take(2).filter(|character| character.is_lowercase()).count() == 2
        && characters.any(char::is_uppercase)
}

/// Splits one run of letters and digits at its humps and before its digits.
fn push_humps(part: &str, found: &mut Vec<String>) {
    let characters: Vec<char> = part.chars().collect();
    let mut word = String::new();
    let mut letters = 0;
    for (index, &character) in characters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| characters.get(index)).copied();
        let after = characters.get(index + 1).copied();
        let hump = before.is_some_and(|before| {
            character.is_uppercase()
                && (before.is_lowercase()
                    || (before.is_uppercase() && after.is_some_and(char::is_lowercase))
                    || (before.is_numeric() && letters > 0))
        });
        let digits =
            letters >= 3 && character.is_numeric() && before.is_some_and(char::is_alphabetic);
        if hump || digits {
            found.push(std::mem::take(&mut word));
            letters = 0;
        }
        if character.is_alphabetic() {
            letters += 1;
        }
        word.extend(character.to_lowercase());
    }
    if !word.is_empty() {
        found.push(word);
    }
}

/// Characters of scripts that are written without spaces between words.
pub(crate) fn is_unspaced(character: char) -> bool {
    matches!(character as u32,
        0x0E00..=0x0EFF     // Thai, Lao
        | 0x1000..=0x109F   // Myanmar
        | 0x1780..=0x17FF   // Khmer
        | 0x3040..=0x30FF   // Hiragana, Katakana
        | 0x3400..=0x4DBF   // Han, extension A
        | 0x4E00..=0x9FFF   // Han
        | 0xF900..=0xFAFF   // Han, compatibility
        | 0x20000..=0x3FFFF // Han, further extensions
    )
}

/// Pairs of neighbouring characters of the unspaced runs, whole words of what stands between them.
fn push_pairs(word: &str, found: &mut Vec<String>) {
    let mut before: Option<char> = None;
    let mut pair_pushed = false;
    let mut spaced = String::new();
    for character in word.chars() {
        if is_unspaced(character) {
            if !spaced.is_empty() {
                found.push(lower(&std::mem::take(&mut spaced)));
            }
            if let Some(before) = before {
                found.push([before, character].iter().collect());
                pair_pushed = true;
            }
            before = Some(character);
        } else {
            if let Some(alone) = before.take().filter(|_| !pair_pushed) {
                found.push(alone.to_string());
            }
            pair_pushed = false;
            spaced.push(character);
        }
    }
    if let Some(alone) = before.filter(|_| !pair_pushed) {
        found.push(alone.to_string());
    }
    if !spaced.is_empty() {
        found.push(lower(&spaced));
    }
}

/// The word without its commonest English endings: plurals, `-ing`, `-ed`, a final `e`.
///
/// Light on purpose: it joins `order`/`orders`, `cancelling`/`cancelled`/`cancel`, and leaves words of fewer than
/// four letters, of other scripts and with digits alone.
pub fn stem(word: &str) -> &str {
    if word.len() < 4 || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word;
    }
    for &(ending, cut, left) in ENDINGS {
        if word.ends_with(ending) {
            let head = word.get(..word.len() - cut).unwrap_or(word);
            let is_stem = head.len() >= left && has_vowel(head);
            return if cut == 0 || !is_stem { word } else { undouble(head) };
        }
    }
    undouble(word)
}

/// Ending, letters that are cut off, letters that must be left. The first that fits decides.
#[rustfmt::skip]
const ENDINGS: &[(&str, usize, usize)] = &[
    ("ss", 0, 0),
    ("us", 0, 0),
    ("is", 0, 0),
    ("ies", 3, 3),
    ("xes", 2, 3),
    ("ches", 2, 4),
    ("shes", 2, 4),
    ("sses", 2, 4),
    ("ings", 4, 3),
    ("ing", 3, 3),
    ("ied", 3, 3),
    ("eed", 0, 0),
    ("ed", 2, 3),
    ("es", 2, 3),
    ("s", 1, 3),
    ("ee", 0, 0),
    ("e", 1, 3),
    ("y", 1, 3),
];

fn has_vowel(head: &str) -> bool {
    head.bytes().any(|byte| b"aeiouy".contains(&byte))
}

/// `cancell` to `cancel`, `shipp` to `ship`, and so `bill` to `bil`: a stem need not be a word.
fn undouble(head: &str) -> &str {
    match head.as_bytes() {
        [.., a, b] if a == b && head.len() > 3 && !b"aeious".contains(a) => {
            head.get(..head.len() - 1).unwrap_or(head)
        }
        _ => head,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, words.
    const TEXTS: &[(&str, &[&str])] = &[
        ("", &[]),
        ("... !", &[]),
        ("Refund my order", &["refund", "my", "order"]),
        ("don't, DON’T", &["don't", "don't"]),
        ("what's the user's name", &["what", "the", "user", "name"]),
        ("the users' data", &["the", "users", "data"]),
        ("sign-up e-mail", &["sign", "up", "e", "mail"]),
        ("call search_docs or searchDocs", &["call", "search", "docs", "or", "search", "docs"]),
        ("GitHub on iPhone", &["github", "on", "iphone"]),
        ("s3 404 v1.2", &["s3", "404", "v1", "2"]),
        ("refund order <number> at <date>", &["refund", "order", "at"]),
        ("a <b> c", &["a", "b", "c"]),
        ("ÜBERWEISUNG ΟΔΟΣ", &["überweisung", "οδοσ"]),
        ("退款订单 now", &["退款", "款订", "订单", "now"]),
        ("退", &["退"]),
        ("iOS版", &["ios", "版"]),
        ("주문 환불", &["주문", "환불"]),
        ("मुझे पैसे", &["मुझे", "पैसे"]),
        ("ｒｅｆｕｎｄ", &["refund"]),
    ];

    #[test]
    fn texts_have_the_words_of_the_table() {
        for (text, expected) in TEXTS {
            assert_eq!(words(text), *expected, "{text}");
        }
    }

    /// Name, words.
    const NAMES: &[(&str, &[&str])] = &[
        ("", &[]),
        ("search", &["search"]),
        ("search_docs", &["search", "docs"]),
        ("search-docs", &["search", "docs"]),
        ("docs.search", &["docs", "search"]),
        ("docs/search::all", &["docs", "search", "all"]),
        ("searchDocs", &["search", "docs"]),
        ("SearchDocs", &["search", "docs"]),
        ("HTTPServer", &["http", "server"]),
        ("parseJSON", &["parse", "json"]),
        ("getURLFor_ID", &["get", "url", "for", "id"]),
        ("SEARCH_DOCS", &["search", "docs"]),
        ("__search__", &["search"]),
        ("search2", &["search", "2"]),
        ("searchV2Docs", &["search", "v2", "docs"]),
        ("s3_list", &["s3", "list"]),
        ("s3ListBuckets", &["s3", "list", "buckets"]),
        ("get_2fa", &["get", "2fa"]),
        ("sucheÄpfel", &["suche", "äpfel"]),
    ];

    #[test]
    fn names_have_the_words_of_the_table() {
        for (name, expected) in NAMES {
            assert_eq!(name_words(name), *expected, "{name}");
        }
    }

    /// Word, stem.
    const STEMS: &[(&str, &str)] = &[
        ("order", "order"),
        ("orders", "order"),
        ("queries", "quer"),
        ("query", "quer"),
        ("cancel", "cancel"),
        ("cancelled", "cancel"),
        ("cancelling", "cancel"),
        ("ship", "ship"),
        ("shipping", "ship"),
        ("boxes", "box"),
        ("invoice", "invoic"),
        ("invoices", "invoic"),
        ("business", "business"),
        ("status", "status"),
        ("analysis", "analysis"),
        ("string", "string"),
        ("bring", "bring"),
        ("need", "need"),
        ("billing", "bil"),
        ("bill", "bil"),
        ("installed", "instal"),
        ("install", "instal"),
        ("s3", "s3"),
        ("aws", "aws"),
        ("заказы", "заказы"),
    ];

    #[test]
    fn words_have_the_stems_of_the_table() {
        for &(word, expected) in STEMS {
            assert_eq!(stem(word), expected, "{word}");
        }
    }

    #[test]
    fn function_words_are_words_without_topic() {
        for word in ["the", "please", "what", "don't", "my"] {
            assert!(is_function_word(word), "{word}");
        }
        for word in ["refund", "find", "create", "off", "The", ""] {
            assert!(!is_function_word(word), "{word}");
        }
    }
}
