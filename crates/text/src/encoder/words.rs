//! Cuts texts into words and punctuation as the "uncased" tokenizer of BERT does, placeholders aside.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::placeholder::Placeholder;

/// A piece of a text: what white space and punctuation separate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// In lower case, without accents.
    Word(&'a str),
    /// One character.
    Punctuation(&'a str),
    /// A placeholder of `fold`.
    Placeholder,
}

/// Visits the pieces of a text in their order. What `scratch` holds is lost.
pub(super) fn pieces(text: &str, scratch: &mut String, visit: &mut impl FnMut(Piece<'_>)) {
    let mut rest = text;
    let mut searched = 0;
    while let Some(found) = rest.get(searched..).and_then(|part| part.find('<')) {
        let (before, from) = rest.split_at(searched + found);
        if let Some(placeholder) = Placeholder::at_start_of(from) {
            plain_pieces(before, scratch, visit);
            visit(Piece::Placeholder);
            rest = from.get(placeholder.text().len()..).unwrap_or_default();
            searched = 0;
        } else {
            searched += found + 1;
        }
    }
    plain_pieces(rest, scratch, visit);
}

/// Visits the pieces of a text without placeholders.
fn plain_pieces(text: &str, scratch: &mut String, visit: &mut impl FnMut(Piece<'_>)) {
    scratch.clear();
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        scratch.push_str(text);
        scratch.make_ascii_lowercase();
    } else {
        normalize(text, scratch);
    }
    let mut rest = scratch.as_str();
    while let Some(first) = rest.bytes().next() {
        let (word, after) = rest.split_at(word_length(rest));
        rest = after;
        if !word.is_empty() {
            visit(Piece::Word(word));
            continue;
        }
        let length =
            if first.is_ascii() { 1 } else { rest.chars().next().map_or(1, char::len_utf8) };
        let (mark, after) = rest.split_at(length);
        rest = after;
        if !mark.chars().all(char::is_whitespace) {
            visit(Piece::Punctuation(mark));
        }
    }
}

/// Bytes of the word that a normalized text begins with, none where it begins with white space or punctuation.
fn word_length(text: &str) -> usize {
    let bytes = text.bytes().position(|byte| !byte.is_ascii_alphanumeric());
    match bytes {
        None => text.len(),
        Some(end) if text.as_bytes().get(end).is_some_and(u8::is_ascii) => end,
        Some(_) => text
            .find(|character: char| character.is_whitespace() || is_punctuation(character))
            .unwrap_or(text.len()),
    }
}

/// Without control characters and accents, Han characters apart, in lower case.
fn normalize(text: &str, normalized: &mut String) {
    for character in text.chars().filter(|character| !is_control(*character)).nfd() {
        if is_han(character) {
            normalized.extend([' ', character, ' ']);
        } else if character.is_ascii() || !is_accent(character) {
            normalized.extend(character.to_lowercase());
        }
    }
}

/// What is removed before all else: controls other than white space, formats, private characters.
fn is_control(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\u{FFFD}' => true,
        _ if character.is_ascii() => character.is_ascii_control(),
        _ => matches!(
            character.general_category(),
            GeneralCategory::Control | GeneralCategory::Format | GeneralCategory::PrivateUse
        ),
    }
}

fn is_accent(character: char) -> bool {
    character.general_category() == GeneralCategory::NonspacingMark
}

/// ASCII symbols count as punctuation (`$`, `+`), those of Unicode do not (`€`).
fn is_punctuation(character: char) -> bool {
    if character.is_ascii() {
        character.is_ascii_punctuation()
    } else {
        character.general_category_group() == GeneralCategoryGroup::Punctuation
    }
}

/// The Han characters that are words of their own: the unified ideographs up to extension E and the compatible ones.
fn is_han(character: char) -> bool {
    matches!(character as u32,
        0x3400..=0x4DBF
        | 0x4E00..=0x9FFF
        | 0xF900..=0xFAFF
        | 0x20000..=0x2A6DF
        | 0x2A700..=0x2B73F
        | 0x2B740..=0x2B81F
        | 0x2B820..=0x2CEAF
        | 0x2F800..=0x2FA1F
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, pieces with a space between them, placeholders as `<>`.
    const TEXTS: &[(&str, &str)] = &[
        ("", ""),
        (" \t\n ", ""),
        ("Refund my order!", "refund my order !"),
        ("don't", "don ' t"),
        ("a<number>b <url>", "a <> b <>"),
        ("a < b <c> <number", "a < b < c > < number"),
        ("<<date>>", "< <> >"),
        ("Crème BRÛLÉE", "creme brulee"),
        ("re\u{301}sume\u{301}", "resume"),
        ("İstanbul", "istanbul"),
        ("ab\u{0}c\u{200b}d\u{ad}e\u{7f}f", "abcdef"),
        ("a\u{a0}b\u{3000}c\rd", "a b c d"),
        ("退款订单now", "退 款 订 单 now"),
        ("カタカナ", "カタカナ"),
        ("5€ 5$ 5+5", "5€ 5 $ 5 + 5"),
        ("“quoted”—and…", "“ quoted ” — and …"),
        ("¿qué?", "¿ que ?"),
        ("snake_case", "snake _ case"),
        ("ΟΔΟΣ", "οδοσ"),
    ];

    #[test]
    fn texts_have_the_pieces_of_the_table() {
        for (text, expected) in TEXTS {
            let mut found = Vec::new();
            pieces(text, &mut String::new(), &mut |piece| match piece {
                Piece::Word(text) | Piece::Punctuation(text) => found.push(text.to_owned()),
                Piece::Placeholder => found.push("<>".to_owned()),
            });
            assert_eq!(found.join(" "), *expected, "{text:?}");
        }
    }
}
