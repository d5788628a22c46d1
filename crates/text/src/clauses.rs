//! The words of a text that phrases are made of, cut where a phrase may not go on.

use std::borrow::Cow;

use crate::tokens::{
    Token, compatible, is_function_word, is_unspaced, lower, name_words, tokens, without_possessive,
};

/// Characters of a run without spaces that can stand in a label.
const LONGEST_RUN: usize = 20;

/// Function words that stay within a phrase where most texts have them there: `status of order`. Others
/// (`refund my order`) are left out.
const LINKS: &[&str] = &[
    "about", "and", "at", "by", "for", "from", "in", "into", "of", "on", "or", "to", "with",
    "without",
];

/// The link between a word and the one before it in a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Link {
    /// None, or more than one: that is no link but half a sentence.
    None,
    /// One, by its place in the list of links.
    One(u8),
}

impl Link {
    /// How it is written.
    pub(crate) fn text(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::One(place) => LINKS.get(usize::from(place)).copied(),
        }
    }
}

/// What [`for_each_word`] calls with.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A word that is no function word, lower case, and the link before it.
    Word(&'a str, Link),
    /// A phrase may not go on here.
    Break,
}

/// Calls with the words of a text that say something, in order, and with what cuts phrases.
pub(crate) fn for_each_word(text: &str, mut call: impl FnMut(Piece<'_>)) {
    let text = compatible(text);
    let (mut link, mut links) = (Link::None, 0);
    for token in tokens(&text) {
        let Token::Word(word) = token else {
            call(Piece::Break);
            links = 0;
            continue;
        };
        let mut take = |word: &str| {
            if is_function_word(word) {
                if let Some(place) = LINKS.iter().position(|known| *known == word) {
                    links += 1;
                    link = u8::try_from(place).map_or(Link::None, Link::One);
                }
            } else if says_something(word) {
                call(Piece::Word(word, if links == 1 { link } else { Link::None }));
                links = 0;
            }
        };
        if word.contains('_') {
            name_words(word).iter().for_each(|word| take(word));
        } else {
            take(&written(word));
        }
    }
}

/// The word as a label can show it: a run without spaces stays whole.
fn written(word: &str) -> Cow<'_, str> {
    let word = without_possessive(word);
    if word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        return Cow::Borrowed(word);
    }
    let word = lower(word).replace('’', "'");
    Cow::Owned(if word.chars().any(is_unspaced) {
        word.chars().take(LONGEST_RUN).collect()
    } else {
        word
    })
}

/// Neither a number nor a lone letter.
fn says_something(word: &str) -> bool {
    word.chars().any(char::is_alphabetic) && !(word.len() == 1 && word.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(text: &str) -> String {
        let mut found = Vec::new();
        for_each_word(text, |piece| {
            found.push(match piece {
                Piece::Word(word, link) => match link.text() {
                    Some(link) => format!("{link}+{word}"),
                    None => word.to_owned(),
                },
                Piece::Break => "|".to_owned(),
            });
        });
        found.join(" ")
    }

    #[test]
    fn words_links_and_breaks_are_those_of_the_table() {
        for (text, expected) in [
            ("what is the status of my order", "status of+order"),
            ("status of in order", "status order"),
            ("refund, order 12", "refund | order"),
            ("refund of <number> order", "refund | order"),
            ("search_docs for Paris's weather", "search docs for+paris weather"),
            ("退款订单 a b", "退款订单"),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}
