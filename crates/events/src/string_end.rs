//! Where a string of JSON ends: the inner loop of reading, 16 bytes at a time.

/// So many bytes are looked at in one step.
const STEP: usize = 16;

/// Where the string that begins at `start`, behind its opening quote, has its closing quote, and whether it has
/// escapes. None where it is no valid string: no end, a control character, an unknown escape.
pub(crate) fn string_end(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    let mut has_escapes = false;
    // Bytes before this belong to an escape that was seen.
    let mut next = start;
    let mut at = start;
    loop {
        let mut found = match bytes.get(at..)?.first_chunk::<STEP>() {
            Some(step) => specials(step),
            None => specials_at_end(bytes, at)?,
        };
        while found != 0 {
            let place = at + found.trailing_zeros() as usize;
            found &= found - 1;
            if place < next {
                continue;
            }
            match bytes.get(place)? {
                b'"' => return Some((place, has_escapes)),
                b'\\' => {
                    has_escapes = true;
                    next = place + escape_length(bytes.get(place + 1..)?)?;
                }
                _ => return None,
            }
        }
        at += STEP;
    }
}

/// Where the next backslash stands, from a place on.
pub(crate) fn next_escape(bytes: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let mut found = match bytes.get(at..)?.first_chunk::<STEP>() {
            Some(step) => specials(step),
            None => specials_at_end(bytes, at)?,
        };
        while found != 0 {
            let place = at + found.trailing_zeros() as usize;
            if bytes.get(place) == Some(&b'\\') {
                return Some(place);
            }
            found &= found - 1;
        }
        at += STEP;
    }
}

/// The length of an escape, of which this is what follows its backslash.
fn escape_length(rest: &[u8]) -> Option<usize> {
    match rest {
        [b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(2),
        [b'u', a, b, c, d, ..] if [a, b, c, d].iter().all(|digit| digit.is_ascii_hexdigit()) => {
            Some(6)
        }
        _ => None,
    }
}

/// The special bytes of what is left, which is less than a step: the last step of all, without what was seen of it.
fn specials_at_end(bytes: &[u8], at: usize) -> Option<u32> {
    let left = bytes.len() - at;
    if left == 0 {
        return None;
    }
    if let Some(step) = bytes.last_chunk::<STEP>() {
        return Some(specials(step) >> (STEP - left));
    }
    let mut step = [b' '; STEP];
    step.get_mut(..left)?.copy_from_slice(bytes.get(at..)?);
    Some(specials(&step))
}

/// One bit for each byte that is a quote, a backslash or a control character; the first byte lowest.
#[cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "every processor of this architecture has SSE2; reading a file takes a tenth less time"
    )
)]
fn specials(step: &[u8; STEP]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return unsafe { specials_sse2(step) };
    #[cfg(not(target_arch = "x86_64"))]
    return specials_portable(step);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn specials_sse2(step: &[u8; STEP]) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    let bytes = safe_unaligned_simd::x86_64::_mm_loadu_si128(step);
    let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x22));
    let backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x5c));
    let control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
    _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, backslash), control)).cast_unsigned()
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn specials_portable(step: &[u8; STEP]) -> u32 {
    let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
    (0_u32..).zip(step).fold(0, |bits, (place, byte)| bits | u32::from(is_special(byte)) << place)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::de::IgnoredAny;

    use super::*;

    #[test]
    fn ends_are_found_at_every_place_of_a_step() {
        for length in 0..50 {
            let text = format!("\"{}\" \"", "a".repeat(length));
            assert_eq!(string_end(text.as_bytes(), 1), Some((length + 1, false)));
            let text = format!("\"{}\\\"\\\\\" \"", "a".repeat(length));
            assert_eq!(string_end(text.as_bytes(), 1), Some((length + 5, true)));
            let text = format!("\"{}\\u00e9\"", "a".repeat(length));
            assert_eq!(string_end(text.as_bytes(), 1), Some((length + 7, true)));
        }
    }

    #[test]
    fn escapes_are_found_at_every_place_of_a_step() {
        for length in 0..50 {
            let text = format!("{}\\n{}\\t", "a\"".repeat(length), "é".repeat(length));
            let expected: Vec<usize> = text.match_indices('\\').map(|(at, _)| at).collect();
            let first = next_escape(text.as_bytes(), 0);
            let second = first.and_then(|first| next_escape(text.as_bytes(), first + 1));
            assert_eq!(first.into_iter().chain(second).collect::<Vec<_>>(), expected);
            assert_eq!(next_escape(text.as_bytes(), text.len() - 1), None);
        }
        assert_eq!(next_escape(b"", 0), None);
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
        fn every_processor_sees_the_same(step in any::<[u8; STEP]>()) {
            prop_assert_eq!(specials(&step), specials_portable(&step));
        }

        #[test]
        fn strings_are_what_the_json_library_says(inner in "[a-c\"\\\\u0-9n/\u{1}\u{e9} ]{0,40}") {
            let json = format!("\"{inner}\"");
            let end = string_end(json.as_bytes(), 1);
            let whole = end.is_some_and(|(end, _)| end + 1 == json.len());
            prop_assert_eq!(whole, serde_json::from_str::<IgnoredAny>(&json).is_ok());
        }
    }
}
