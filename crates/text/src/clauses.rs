//! The words of a text that phrases are made of, cut where a phrase may not go on.

use std::borrow::Cow;

use crate::compounds::{is_one_word, is_particle, is_preposition};
use crate::fold::without_paths;
use crate::tokens::{
    Token, compatible, is_function_word, is_unspaced, lower, name_words, tokens, without_possessive,
};

/// Characters of a run without spaces that can stand in a label.
const LONGEST_RUN: usize = 20;

/// Function words that stay within a phrase where most texts have them there: `status of order`. Others
/// (`refund my order`) are left out.
const LINKS: &[&str] = &[
    "about", "and", "at", "by", "for", "from", "in", "into", NOT, "of", "on", "or", "to", "with",
    "without",
];

/// How a denial is written, which is one only right before its word: `card not working`, not `isn't my card working`.
const NOT: &str = "not";

/// The link between a word and the one before it in a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Link {
    /// None, or more than one: that is no link but half a sentence.
    None,
    /// One, by its place in the list of links.
    One(u8),
}

impl Link {
    /// Whether it denies the word behind it.
    pub(crate) fn denies(self) -> bool {
        self.text() == Some(NOT)
    }

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

/// What words stand behind `how` to ask for an amount: `how long does it take`.
const AMOUNTS: &[&str] =
    &["big", "close", "far", "fast", "large", "long", "old", "quickly", "soon", "tall"];

/// Calls with the words of a text that say something, in order, and with what cuts phrases. Compounds are one word; file paths are
/// values, and their words say nothing of what is wanted.
pub(crate) fn for_each_word(text: &str, mut call: impl FnMut(Piece<'_>)) {
    let text = compatible(text);
    let text = without_paths(&text);
    let mut tokens = tokens(&text).peekable();
    let mut clause = Clause::default();
    let mut parts: Vec<Cow<'_, str>> = Vec::new();
    while let Some(token) = tokens.next() {
        let Token::Word(word) = token else {
            clause.end(&mut call);
            call(Piece::Break);
            continue;
        };
        parts.clear();
        let mut last = word;
        while let Some(Token::Hyphen) = tokens.peek() {
            tokens.next();
            if let Some(Token::Word(next)) = tokens.next_if(|token| matches!(token, Token::Word(_)))
            {
                parts.push(written(last));
                last = next;
            }
        }
        if parts.is_empty() && word.contains('_') {
            name_words(word).iter().for_each(|word| clause.take(word, None, &mut call));
            continue;
        }
        parts.push(written(last));
        if is_one_word(&parts) {
            clause.take(&parts.join("-"), None, &mut call);
            continue;
        }
        let next = match tokens.peek() {
            Some(Token::Word(next)) => Some(*next),
            _ => None,
        };
        for part in &parts {
            clause.take(part, next, &mut call);
        }
    }
    clause.end(&mut call);
}

/// The words since the last break, of which one is held until what follows it is known.
struct Clause {
    held: String,
    held_link: Link,
    link: Link,
    links: usize,
    asks_how: bool,
}

impl Default for Clause {
    fn default() -> Self {
        Self {
            held: String::new(),
            held_link: Link::None,
            link: Link::None,
            links: 0,
            asks_how: false,
        }
    }
}

impl Clause {
    /// Takes the next word, lower case, which `next` follows.
    fn take(&mut self, whole: &str, next: Option<&str>, call: &mut impl FnMut(Piece<'_>)) {
        let word = without_possessive(whole);
        let asked_how = std::mem::replace(&mut self.asks_how, word == "how");
        if is_particle(word) {
            let is_alone = self.links > 0 || is_preposition(word, next);
            if !is_alone && !self.held.is_empty() && !self.held.contains([' ', '-']) {
                self.held.push(' ');
                self.held.push_str(word);
            }
        } else if is_function_word(word) {
            if self.links == 1 && self.link.denies() {
                self.links = 0;
            }
            let word = if word.ends_with("n't") { NOT } else { word };
            if let Some(place) = LINKS.iter().position(|known| *known == word) {
                self.links += 1;
                self.link = u8::try_from(place).map_or(Link::None, Link::One);
            }
        } else if says_something(word) && !(asked_how && AMOUNTS.contains(&word)) {
            self.release(call);
            self.held.push_str(whole);
            self.held_link = if self.links == 1 { self.link } else { Link::None };
            self.links = 0;
        }
    }

    fn release(&mut self, call: &mut impl FnMut(Piece<'_>)) {
        if !self.held.is_empty() {
            call(Piece::Word(&self.held, self.held_link));
            self.held.clear();
        }
    }

    fn end(&mut self, call: &mut impl FnMut(Piece<'_>)) {
        self.release(call);
        (self.links, self.asks_how) = (0, false);
    }
}

/// The word as a label can show it: a run without spaces stays whole, and a possessive stays one (`father's day`).
fn written(word: &str) -> Cow<'_, str> {
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
            ("convert /root/word/my_cv.docx to pdf", "convert | to+pdf"),
            ("fix tests in src/main.rs, and read/write", "fix tests | | and+read | write"),
            ("open (~/notes/list.md) <path>", "open | | | |"),
            ("refund of <number> order", "refund | order"),
            ("search_docs for Paris's weather", "search docs for+paris's weather"),
            ("configure single sign-on", "configure single sign-on"),
            ("my top-up, or topping up by e-mail", "top-up | or+topping up by+e-mail"),
            ("a credit-card re-order", "credit card re-order"),
            ("turn the lights off", "turn lights off"),
            ("sign up to the news", "sign up to+news"),
            ("up in the air, out of stock", "in+air | of+stock"),
            ("my card isn't working", "card not+working"),
            ("why isn't my card working", "card working"),
            ("what's on father's day", "on+father's day"),
            ("how long does delivery take", "delivery take"),
            ("a long delivery", "long delivery"),
            ("退款订单 a b", "退款订单"),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }
}
