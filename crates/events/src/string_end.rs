//! Where a string of JSON ends: the inner loop of reading, many bytes at a time and with no branch for a single one.

/// So many bytes are looked at in one step.
pub(crate) const STEP: usize = 32;

/// One bit for each byte of a step, the first byte lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Marks {
    quotes: u32,
    backslashes: u32,
    controls: u32,
}

/// Where the string that begins at `start`, behind its opening quote, has its closing quote, and whether it has
/// escapes. None where it is no valid string: no end, a control character, an unknown escape.
pub(crate) fn string_end(bytes: &[u8], start: usize) -> Option<(usize, bool)> {
    let mut has_escapes = false;
    let mut at = start;
    // Whether a backslash at the end of a step escapes the first byte of the next.
    let mut escapes_next = false;
    loop {
        if !escapes_next && let Some(step) = bytes.get(at..)?.first_chunk() {
            // Most steps hold nothing special before the end, which most strings have in their first step.
            let special = special(step);
            if special == 0 {
                at += STEP;
                continue;
            }
            let first = at + special.trailing_zeros() as usize;
            if bytes.get(first) == Some(&b'"') {
                return Some((first, has_escapes));
            }
        }
        let marks = step_at(bytes, at)?;
        let escaped = escaped(marks.backslashes, &mut escapes_next);
        let ends = marks.quotes & !escaped;
        // All bits below the first end.
        let inside = (ends & ends.wrapping_neg()).wrapping_sub(1);
        has_escapes |= marks.backslashes & inside != 0;
        let doubtful = (marks.controls | (escaped & !marks.quotes & !marks.backslashes)) & inside;
        if doubtful != 0 && !are_escapes(bytes, at, doubtful) {
            return None;
        }
        if ends != 0 {
            return Some((at + ends.trailing_zeros() as usize, has_escapes));
        }
        at += STEP;
    }
}

/// Where the next quote or backslash stands at `start` or behind it, or the end of the bytes.
#[must_use]
pub fn plain_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    loop {
        let Some(Marks { quotes, backslashes, .. }) = step_at(bytes, at) else {
            return bytes.len();
        };
        match quotes | backslashes {
            0 => at += STEP,
            ends => return at + ends.trailing_zeros() as usize,
        }
    }
}

/// The bytes that the backslashes of a step escape: of a run of backslashes every other one escapes what follows it.
///
/// The carries of one subtraction run through all runs at once, as in simdjson's `find_escaped` (Langdale and Lemire, Parsing
/// gigabytes of JSON per second, 2019).
fn escaped(backslashes: u32, escapes_next: &mut bool) -> u32 {
    const ODD: u32 = 0xAAAA_AAAA;
    let first = u32::from(*escapes_next);
    let may_escape = backslashes & !first;
    let may_be_escaped = (may_escape << 1) | ODD;
    let escapes_and_ends = may_be_escaped.wrapping_sub(may_escape) ^ ODD;
    *escapes_next = (escapes_and_ends & backslashes) >> 31 != 0;
    escapes_and_ends ^ (backslashes | first)
}

/// Whether each byte of these, behind a backslash, makes an escape with it.
fn are_escapes(bytes: &[u8], at: usize, mut places: u32) -> bool {
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
        match marks(step).backslashes {
            0 => at += STEP,
            backslashes => return Some(at + backslashes.trailing_zeros() as usize),
        }
    }
}

/// The marks of the step that begins at a place; none at the end. Behind the end nothing is marked.
fn step_at(bytes: &[u8], at: usize) -> Option<Marks> {
    match bytes.get(at..)?.first_chunk() {
        Some(step) => Some(marks(step)),
        None => step_at_end(bytes, at),
    }
}

/// The marks of what is left, which is less than a step: the last step of all, without what was seen of it.
fn step_at_end(bytes: &[u8], at: usize) -> Option<Marks> {
    let left = bytes.len() - at;
    if left == 0 {
        return None;
    }
    if let Some(step) = bytes.last_chunk() {
        let seen = STEP - left;
        let Marks { quotes, backslashes, controls } = marks(step);
        return Some(Marks {
            quotes: quotes >> seen,
            backslashes: backslashes >> seen,
            controls: controls >> seen,
        });
    }
    let mut step = [b' '; STEP];
    step.get_mut(..left)?.copy_from_slice(bytes.get(at..)?);
    Some(marks(&step))
}

/// One bit for each byte of a step that has a mark.
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "every processor of this architecture has SSE2")
)]
fn special(step: &[u8; STEP]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    return unsafe { special_sse2(step) };
    #[cfg(not(target_arch = "x86_64"))]
    return marks_portable(step).any();
}

#[cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "every processor of this architecture has SSE2; reading a file takes a tenth less time"
    )
)]
fn marks(step: &[u8; STEP]) -> Marks {
    #[cfg(target_arch = "x86_64")]
    return unsafe { marks_sse2(step) };
    #[cfg(not(target_arch = "x86_64"))]
    return marks_portable(step);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn marks_sse2(step: &[u8; STEP]) -> Marks {
    use std::arch::x86_64::{
        __m128i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_set1_epi8,
    };
    let halves = step.as_chunks().0;
    let [first, second] = halves else { return Marks::default() };
    let first = safe_unaligned_simd::x86_64::_mm_loadu_si128(first);
    let second = safe_unaligned_simd::x86_64::_mm_loadu_si128(second);
    let bits = |first: __m128i, second: __m128i| {
        let [first, second] = [first, second].map(|half| _mm_movemask_epi8(half).cast_unsigned());
        first | second << 16
    };
    let same = |byte: i8| {
        let byte = _mm_set1_epi8(byte);
        bits(_mm_cmpeq_epi8(first, byte), _mm_cmpeq_epi8(second, byte))
    };
    let last_control = _mm_set1_epi8(0x1f);
    let control = |half| _mm_cmpeq_epi8(_mm_min_epu8(half, last_control), half);
    Marks {
        quotes: same(0x22),
        backslashes: same(0x5c),
        controls: bits(control(first), control(second)),
    }
}

/// The marks of [`marks_sse2`] together, in half of its instructions.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn special_sse2(step: &[u8; STEP]) -> u32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
    };
    let [quote, backslash, last_control] = [0x22, 0x5c, 0x1f].map(|byte| _mm_set1_epi8(byte));
    let halves = step.as_chunks().0;
    let [first, second] = halves else { return 0 };
    let [first, second] = [first, second].map(|half| {
        let half = safe_unaligned_simd::x86_64::_mm_loadu_si128(half);
        let is_quote = _mm_cmpeq_epi8(half, quote);
        let is_backslash = _mm_cmpeq_epi8(half, backslash);
        let is_control = _mm_cmpeq_epi8(_mm_min_epu8(half, last_control), half);
        let is_special = _mm_or_si128(_mm_or_si128(is_quote, is_backslash), is_control);
        _mm_movemask_epi8(is_special).cast_unsigned()
    });
    first | second << 16
}

#[cfg(any(test, not(target_arch = "x86_64")))]
impl Marks {
    fn any(self) -> u32 {
        self.quotes | self.backslashes | self.controls
    }
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn marks_portable(step: &[u8; STEP]) -> Marks {
    let mut marks = Marks::default();
    for (place, byte) in (0_u32..).zip(step) {
        marks.quotes |= u32::from(*byte == b'"') << place;
        marks.backslashes |= u32::from(*byte == b'\\') << place;
        marks.controls |= u32::from(*byte < 0x20) << place;
    }
    marks
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
        fn every_processor_sees_the_same(step in any::<[u8; STEP]>()) {
            prop_assert_eq!(marks(&step), marks_portable(&step));
            prop_assert_eq!(special(&step), marks_portable(&step).any());
        }

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
