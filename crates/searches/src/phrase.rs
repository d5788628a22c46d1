//! A wish in plain words, and a name for what would fulfil it.

use std::cmp::Reverse;

use mcp_insights_text::{is_function_word, name_words};

use crate::verbs::{begins_second_thought, is_generic, is_verb, is_verb_at_start, opening_length};

/// A title has at most so many words.
const MOST_TITLE_WORDS: usize = 8;
/// A suggested name has at most so many words.
const MOST_NAME_WORDS: usize = 4;
/// Words that only join others, and say nothing in a name.
const JOINING: &[&str] =
    &["based", "concerning", "containing", "including", "regarding", "related", "using", "via"];
/// No word of a language is longer in characters: what is, is an id or something else that was put into text.
const LONGEST_WORD: usize = 60;
/// So many texts of a cluster are read for its title.
const MOST_READ: usize = 50;

/// One text that could give a title.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish<'a> {
    /// What is wanted, as it was written.
    pub(crate) text: &'a str,
    /// How often it was asked.
    pub(crate) weight: u64,
    /// How near it is to all texts of its cluster, in thousandths.
    pub(crate) typicality: i64,
}

/// The best title that the texts give: one that says what is done to what, then the most frequent and most typical one.
/// None where no text has a word for it.
pub(crate) fn title(wishes: &[Wish<'_>]) -> Option<String> {
    let mut order: Vec<&Wish<'_>> = wishes.iter().collect();
    order.sort_by_key(|wish| (Reverse((wish.weight, wish.typicality)), wish.text));
    let phrases = order.into_iter().take(MOST_READ).filter_map(|wish| {
        let words = plain_words(wish.text);
        let worth = worth(&words);
        (worth > 0).then_some((worth, wish.weight, wish.typicality, words))
    });
    // Of equals the first in the order above stays.
    let best = phrases.reduce(|best, next| {
        if (next.0, next.1, next.2) > (best.0, best.1, best.2) { next } else { best }
    });
    best.map(|(_, _, _, words)| sentence(&words))
}

/// How well words say what is wanted: a verb with its object best, best of all in a sentence and not as a list of words,
/// then any two words, then one.
fn worth(words: &[String]) -> u32 {
    let acts = words.first().is_some_and(|word| is_verb_at_start(&word.to_lowercase()));
    let is_sentence = words.iter().any(|word| is_function_word(&word.to_lowercase()));
    match (words.len(), acts) {
        (0, _) => 0,
        (1, _) => 1,
        (_, false) => 2,
        (2, true) => 3,
        (_, true) => 4 + u32::from(is_sentence),
    }
}

/// The key words of a title for a name, lower case, what is done first.
pub(crate) fn name_words_of(title: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in title.split(|character: char| !character.is_alphanumeric()) {
        let word = word.to_lowercase();
        let is_there = words.iter().any(|before| singular(before) == singular(&word));
        let says_nothing = is_function_word(&word) || JOINING.contains(&word.as_str());
        if !word.is_empty() && !says_nothing && !is_there {
            words.push(word);
        }
    }
    let starts_with_verb = words.first().is_some_and(|word| is_verb_at_start(word));
    if !starts_with_verb && let Some(place) = words.iter().position(|word| is_verb(word)) {
        words.get_mut(..=place).unwrap_or_default().rotate_right(1);
    }
    words.truncate(MOST_NAME_WORDS);
    words
}

/// A word without the `s` of its plural.
fn singular(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

/// The words of the first thought of a text: without what opens it, ids, paths and addresses, and generic ends.
fn plain_words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for token in text.split_whitespace() {
        let bare = token.trim_matches(|character: char| !character.is_alphanumeric());
        let begins_another = begins_second_thought(&bare.to_lowercase())
            || token.starts_with(['(', '[', '{', '"', '“', '+', '|', '&', '-', '–', '—']);
        if begins_another && content(&words) > 1 {
            break;
        }
        push_token(bare, &mut words);
        let ends = token.ends_with([',', ';', '.', '?', '!', ':', ')']);
        drop_opening(&mut words, ends);
        if ends && content(&words) > 1 {
            break;
        }
    }
    drop_opening(&mut words, true);
    keep_first_verb(&mut words);
    cut(&mut words);
    while let Some(last) = words.last().map(|word| word.to_lowercase()) {
        let is_dropped = is_function_word(&last) || (is_generic(&last) && content(&words) > 1);
        if !is_dropped {
            break;
        }
        words.pop();
    }
    words
}

/// "Create or write file" is "Create file".
fn keep_first_verb(words: &mut Vec<String>) {
    let lower = |index: usize| words.get(index).map(|word| word.to_lowercase()).unwrap_or_default();
    let is_verb_at = |index| is_verb_at_start(&lower(index));
    if words.len() > 3 && lower(1) == "or" && is_verb_at(0) && is_verb_at(2) {
        words.drain(1..3);
    }
}

/// Cuts what is too long before the last function word, so that no half of a phrase is left at the end.
fn cut(words: &mut Vec<String>) {
    /// What is left must still say something.
    const LEAST_LEFT: usize = 3;
    if words.len() <= MOST_TITLE_WORDS {
        return;
    }
    words.truncate(MOST_TITLE_WORDS);
    let last = words.iter().rposition(|word| is_function_word(&word.to_lowercase()));
    if let Some(last) = last.filter(|last| *last >= LEAST_LEFT) {
        words.truncate(last);
    }
}

/// How many words carry a meaning of their own.
fn content(words: &[String]) -> usize {
    words.iter().filter(|word| !is_function_word(&word.to_lowercase())).count()
}

/// Adds what is a word of a token: names written as one word come apart, of alternatives the first is taken, and ids,
/// paths and addresses are left out.
fn push_token(bare: &str, words: &mut Vec<String>) {
    let digits = bare.bytes().filter(u8::is_ascii_digit).count();
    let is_address = bare.contains("://") || bare.contains('@') || bare.contains('\\');
    let is_path = bare.matches('/').count() > 1;
    let is_number = digits > 3 || (digits > 0 && digits * 2 > bare.len());
    if bare.is_empty() || is_address || is_path || is_number {
        return;
    }
    let is_acronym = !bare.chars().any(char::is_lowercase);
    let bare = if is_acronym { bare } else { bare.split('/').next().unwrap_or(bare) };
    let is_hump = bare.starts_with(char::is_lowercase) && bare.chars().any(char::is_uppercase);
    let is_name = bare.contains(['_', '.', ':', '=', '{', '"']) || is_hump;
    let parts = if is_name { name_words(bare) } else { vec![bare.to_owned()] };
    for part in parts {
        let doubled = words.last().is_some_and(|last| last.to_lowercase() == part.to_lowercase());
        if !doubled && part.chars().count() <= LONGEST_WORD {
            words.push(part);
        }
    }
}

/// Drops what only opens the wish. While more words may follow, an opening that could still grow is kept.
fn drop_opening(words: &mut Vec<String>, is_complete: bool) {
    /// No opening is longer, so that one among more words cannot grow.
    const LONGEST: usize = 4;
    while is_complete || words.len() > LONGEST {
        let lower: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let opening = opening_length(&lower);
        // An opening with nothing behind it may be the wish itself ("support").
        let opening = if opening >= words.len() { 0 } else { opening };
        let functions =
            usize::from(opening == 0 && lower.first().is_some_and(|word| is_function_word(word)));
        if opening + functions == 0 {
            return;
        }
        words.drain(..opening + functions);
    }
}

/// Words as a title: the first letter is a capital, the rest stands as it was written.
fn sentence(words: &[String]) -> String {
    let shouts = words.iter().all(|word| word.chars().all(|character| !character.is_lowercase()));
    let words: Vec<String> = words
        .iter()
        .map(|word| if shouts && words.len() > 1 { word.to_lowercase() } else { word.clone() })
        .collect();
    let text = words.join(" ");
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Style;

    fn titled(text: &str) -> Option<String> {
        title(&[Wish { text, weight: 1, typicality: 0 }])
    }

    #[test]
    fn titles_are_plain_words() {
        for (text, expected) in [
            ("refund invoices in bulk", Some("Refund invoices in bulk")),
            ("I need a way to refund many invoices at once.", Some("Refund many invoices")),
            ("Is there a tool that can export PDF reports?", Some("Export PDF reports")),
            (
                "execute_command to run shell commands",
                Some("Execute command to run shell commands"),
            ),
            ("search train tickets or check train schedules", Some("Search train tickets")),
            ("read Excel file, create charts, save images", Some("Read Excel file")),
            ("download file from https://example.org/a/b.csv", Some("Download file")),
            ("refund order 12345 for", Some("Refund order")),
            ("REFUND ALL ORDERS", Some("Refund all orders")),
            ("web scraping tool", Some("Web scraping")),
            ("weather weather forecast", Some("Weather forecast")),
            (
                "decode base64 image and analyze/describe it",
                Some("Decode base64 image and analyze"),
            ),
            ("set up CI/CD pipeline", Some("Set up CI/CD pipeline")),
            ("read file + write file", Some("Read file")),
            ("create or write file", Some("Create file")),
            ("cats or dogs nearby", Some("Cats or dogs nearby")),
            (
                "find parking places and sights nearby within the specified distance",
                Some("Find parking places and sights nearby"),
            ),
            (
                "Configure single sign-on for the workspace",
                Some("Configure single sign-on for the workspace"),
            ),
            ("tool: a", None),
            ("???", None),
            ("12345", None),
        ] {
            assert_eq!(titled(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn title_that_says_what_is_done_wins() {
        let wishes = [
            Wish { text: "refund bulk", weight: 9, typicality: 900 },
            Wish { text: "many invoices", weight: 20, typicality: 900 },
            Wish { text: "I want to refund many invoices", weight: 1, typicality: 100 },
        ];
        assert_eq!(title(&wishes).as_deref(), Some("Refund many invoices"));
        assert_eq!(title(&wishes[..2]).as_deref(), Some("Refund bulk"));
    }

    #[test]
    fn names_begin_with_what_is_done() {
        for (title, expected) in [
            ("Refund invoices in bulk", Some("refund_invoices_bulk")),
            ("CSV export of invoices", Some("export_csv_invoices")),
            ("Weather forecast", Some("weather_forecast")),
            ("Random selection from list", Some("random_selection_list")),
            ("Decode base64 image of images", Some("decode_base64_image")),
            ("Coffee order status", Some("coffee_order_status")),
            ("Search news articles related to LLM", Some("search_news_articles_llm")),
            ("Configure single sign-on for the workspace", Some("configure_single_sign_workspace")),
            ("退款", None),
            ("3 invoices", None),
            ("", None),
        ] {
            let name = Style::default().name(&name_words_of(title));
            assert_eq!(name.as_deref(), expected, "{title}");
        }
    }
}
