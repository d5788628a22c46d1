//! Words that are written as several and read as one: `sign-on`, `top up`.

use std::borrow::Cow;

use crate::tokens::{is_function_word, stem, without_possessive};

/// Particles that a word before them takes along: without it they say nothing (`up failed`), and it says something else (`charge
/// to top`).
const PARTICLES: &[&str] = &["down", "off", "out", "up"];

/// What makes a preposition of a particle: `out of stock`. `up to` may be either (`sign up to the news`).
const PREPOSITIONS: &[(&str, &str)] = &[("out", "of")];

/// Beginnings that are no words of their own.
const PREFIXES: &[&str] = &[
    "anti", "auto", "bi", "co", "de", "ex", "inter", "intra", "micro", "mid", "mini", "multi",
    "non", "post", "pre", "pro", "re", "semi", "sub", "un",
];

/// A compound of more parts is a name or a sentence.
pub(crate) const MOST_PARTS: usize = 4;

/// Whether a word is a particle, which says something with the word before it only.
pub(crate) fn is_particle(word: &str) -> bool {
    /// No particle is longer, also with an `s`.
    const LONGEST: usize = 5;
    word.len() <= LONGEST && PARTICLES.contains(&singular(word))
}

/// Whether `next` makes a preposition of a particle, which belongs to no word.
pub(crate) fn is_preposition(particle: &str, next: Option<&str>) -> bool {
    PREPOSITIONS.iter().any(|(own, after)| *own == particle && next == Some(after))
}

/// Whether words with hyphens between them are one: one of them cannot stand alone. Others (`credit-card`) are the same as without.
pub(crate) fn is_one_word(parts: &[impl AsRef<str>]) -> bool {
    let is_letter =
        |part: &str| part.len() == 1 && part.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_small = |part: &str| {
        PARTICLES.contains(&singular(part)) || is_function_word(part) || is_letter(part)
    };
    let prefix = parts.first().is_some_and(|first| PREFIXES.contains(&first.as_ref()));
    (2..=MOST_PARTS).contains(&parts.len())
        && (prefix || parts.iter().any(|part| is_small(part.as_ref())))
}

/// The stem of a word or compound, the same however the compound is written (`top-ups`, `topping up`), and without a possessive.
pub(crate) fn stem_of(word: &str) -> Cow<'_, str> {
    let word = without_possessive(word);
    if !word.contains([' ', '-']) {
        return Cow::Borrowed(stem(word));
    }
    let parts = word.split([' ', '-']).map(|part| stem(singular(part)));
    Cow::Owned(parts.collect::<Vec<_>>().join("-"))
}

/// `ups` is `up`; [`stem`] leaves words as short as these alone.
fn singular(word: &str) -> &str {
    word.strip_suffix('s').filter(|word| PARTICLES.contains(word)).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_cannot_stand_alone_make_one_word() {
        for (parts, is_one) in [
            (&["sign", "on"][..], true),
            (&["top", "ups"], true),
            (&["e", "mail"], true),
            (&["pre", "order"], true),
            (&["step", "by", "step"], true),
            (&["to", "do"], true),
            (&["credit", "card"], false),
            (&["round", "trip"], false),
            (&["order", "re"], true),
            (&["a", "b", "c", "d", "e"], false),
            (&["on"], false),
        ] {
            assert_eq!(is_one_word(parts), is_one, "{parts:?}");
        }
    }

    #[test]
    fn particles_are_told_from_prepositions() {
        for (word, next, particle, preposition) in [
            ("up", None, true, false),
            ("up", Some("failed"), true, false),
            ("ups", None, true, false),
            ("up", Some("to"), true, false),
            ("out", Some("of"), true, true),
            ("off", Some("of"), true, false),
            ("order", Some("of"), false, false),
        ] {
            assert_eq!(is_particle(word), particle, "{word}");
            assert_eq!(is_preposition(word, next), preposition, "{word} {next:?}");
        }
    }

    #[test]
    fn spellings_of_a_compound_have_one_stem() {
        for (word, expected) in [
            ("top up", "top-up"),
            ("top-ups", "top-up"),
            ("topping up", "top-up"),
            ("signing-on", "sign-on"),
            ("orders", "order"),
            ("father's", "father"),
            ("sign-on's", "sign-on"),
        ] {
            assert_eq!(stem_of(word), expected, "{word}");
        }
    }
}
