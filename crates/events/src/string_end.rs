//! Where a string of JSON ends: the inner loop of reading, many bytes at a time and with no branch for a single one.

use crate::marks::{
    LONG_STEP, Marks, STEP, WithMarks, backslashes, last_step, special, with_marks,
};

/// Where the string that begins at `start`, behind its opening quote, has its closing quote, and whether it has
/// escapes. None where it is no valid string: no end, a control character, an unknown escape.
pub(crate) fn string_end(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    let mut at = start;
    // Most strings have no escape, and most of them end in their first step.
    while let Some(step) = bytes.get(at..)?.first_chunk() {
        let special = special::<true>(step);
        if special == 0 {
            at += STEP;
            continue;
        }
        at += special.trailing_zeros() as usize;
        if bytes.get(at) == Some(&b'"') {
            return Some((at, false));
        }
        break;
    }
    with_marks(EndBehind { bytes, at })
}

/// As [`string_end`], from a place on before which nothing is special.
struct EndBehind<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl WithMarks for EndBehind<'_> {
    type Output = Option<(usize, bool)>;

    #[inline(always)]
    fn compute(self, marks: impl Fn(&[u8; LONG_STEP]) -> Marks) -> Self::Output {
        let Self { bytes, mut at } = self;
        let mut has_escapes = false;
        // Whether a backslash at the end of a step escapes the first byte of the next.
        let mut escapes_next = false;
        loop {
            let Marks { quotes, backslashes, controls } = match bytes.get(at..)?.first_chunk() {
                Some(step) => marks(step),
                None => {
                    let (step, seen) = last_step(bytes, at)?;
                    marks(&step).behind(seen)
                }
            };
            let escaped = escaped(backslashes, &mut escapes_next);
            let ends = quotes & !escaped;
            // All bits below the first end.
            let inside = (ends & ends.wrapping_neg()).wrapping_sub(1);
            has_escapes |= backslashes & inside != 0;
            let doubtful = (controls | (escaped & !quotes & !backslashes)) & inside;
            if doubtful != 0 && !are_escapes(bytes, at, doubtful) {
                return None;
            }
            if ends != 0 {
                return Some((at + ends.trailing_zeros() as usize, has_escapes));
            }
            at += LONG_STEP;
        }
    }
}

/// Where the next quote or backslash stands at `start` or behind it, or the end of the bytes.
#[must_use]
#[inline]
pub fn plain_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(step) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        match special::<false>(step) {
            0 => at += STEP,
            ends => return at + ends.trailing_zeros() as usize,
        }
    }
    let last = last_step(bytes, at).map_or(0, |(step, seen)| special::<false>(&step) >> seen);
    if last == 0 { bytes.len() } else { at + last.trailing_zeros() as usize }
}

/// The bytes that the backslashes of a step escape: of a run of backslashes every other one escapes what follows it.
///
/// The carries of one subtraction run through all runs at once, as in simdjson's `find_escaped` (Langdale and Lemire, Parsing
/// gigabytes of JSON per second, 2019).
#[inline]
fn escaped(backslashes: u64, escapes_next: &mut bool) -> u64 {
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    let first = u64::from(*escapes_next);
    let may_escape = backslashes & !first;
    let may_be_escaped = (may_escape << 1) | ODD;
    let escapes_and_ends = may_be_escaped.wrapping_sub(may_escape) ^ ODD;
    *escapes_next = (escapes_and_ends & backslashes) >> 63 != 0;
    escapes_and_ends ^ (backslashes | first)
}

/// Whether each byte of these, behind a backslash, makes an escape with it.
fn are_escapes(bytes: &[u8], at: usize, mut places: u64) -> bool {
    while places != 0 {
        let place = at + places.trailing_zeros() as usize;
        places &= places - 1;
        let is_escape = match bytes.get(place..).unwrap_or_default() {
            [b'n' | b'/' | b'b' | b'f' | b'r' | b't', ..] => true,
            [b'u', a, b, c, d, ..] => [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()),
            _ => false,
        };
        if !is_escape {
            return false;
        }
    }
    true
}

/// Copies what stands before the next backslash, or all where there is none, and tells how many bytes that is. The copy has room for
/// a step more; what is behind it is not defined.
pub(crate) fn copy_to_escape(bytes: &[u8], copy: &mut [u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let rest = bytes.get(at..)?;
        let Some(step) = rest.first_chunk() else {
            let length = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
            copy.get_mut(at..at + length)?.copy_from_slice(rest.get(..length)?);
            return Some(at + length);
        };
        *copy.get_mut(at..)?.first_chunk_mut()? = *step;
        match backslashes(step) {
            0 => at += STEP,
            escapes => return Some(at + escapes.trailing_zeros() as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    #[test]
    fn ends_are_found_at_every_place_of_a_step() {
        for length in 0..140 {
            let text = format!("\"{}\" \"", "a".repeat(length));
            assert_eq!(string_end(text.as_bytes(), 1), Some((length + 1, false)));
            let text = format!("\"{}\\\"\\\\\" \"", "a".repeat(length));
            assert_eq!(string_end(text.as_bytes(), 1), Some((length + 5, true)));
            let text = format!("\"{}\\u00e9\"", "a".repeat(length));
            assert_eq!(string_end(text.as_bytes(), 1), Some((length + 7, true)));
        }
    }

    #[test]
    fn all_before_an_escape_is_copied() {
        for length in 0..80 {
            let plain = "é".repeat(length);
            let text = format!("{plain}\\n{plain}\\t");
            for (from, expected) in [(0, plain.len()), (plain.len() + 2, plain.len())] {
                let rest = &text.as_bytes()[from..];
                let mut copy = vec![0; rest.len() + STEP];
                assert_eq!(copy_to_escape(rest, &mut copy), Some(expected));
                assert_eq!(&copy[..expected], plain.as_bytes());
            }
            let mut copy = vec![0; plain.len() + STEP];
            assert_eq!(copy_to_escape(plain.as_bytes(), &mut copy), Some(plain.len()));
            assert_eq!(&copy[..plain.len()], plain.as_bytes());
        }
    }

    #[test]
    fn of_a_run_of_backslashes_every_other_escapes() {
        for before in 0..70 {
            for run in 0..70 {
                let text = format!("{}{}\"\"", "a".repeat(before), "\\".repeat(run));
                let end = before + run + run % 2;
                assert_eq!(string_end(text.as_bytes(), 0), Some((end, run > 0)), "{before} {run}");
            }
        }
    }

    #[test]
    fn what_is_no_string_has_no_end() {
        for text in
            ["\"", "\"abc", "\"a\nb\"", "\"\\x\"", "\"\\u12g4\"", "\"\\u+123\"", "\"\\", "\"\0\""]
        {
            assert_eq!(string_end(text.as_bytes(), 1), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_plain_ends_with_a_quote_or_a_backslash(text in "[a-c\"\\\\\u{1}\u{e9}]{0,80}", start in 0_usize..200) {
            let rest = text.as_bytes().get(start..).unwrap_or_default();
            let plain = memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            prop_assert_eq!(plain_end(text.as_bytes(), start), text.len().min(start + plain));
        }

        #[test]
        fn strings_are_what_the_json_library_says(inner in "[a-c\"\\\\u0-9n/\u{1}\u{e9} ]{0,80}") {
            let json = format!("\"{inner}\"");
            let end = string_end(json.as_bytes(), 1);
            let whole = end.is_some_and(|(end, _)| end + 1 == json.len());
            prop_assert_eq!(whole, serde_json::from_str::<IgnoredAny>(&json).is_ok());
        }
    }
}
