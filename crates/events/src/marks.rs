//! Which bytes of a string of JSON are special: quotes, backslashes and control characters, many bytes at a time.

/// So many bytes are looked at in one step while none is special.
pub(crate) const STEP: usize = 32;

/// So many are in one step where there are escapes.
pub(crate) const LONG_STEP: usize = 64;

/// One bit for each byte of a long step, the first byte lowest.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Marks {
    pub(crate) quotes: u64,
    pub(crate) backslashes: u64,
    pub(crate) controls: u64,
}

impl Marks {
    /// Without those of the first bytes.
    pub(crate) fn behind(self, seen: usize) -> Self {
        let Self { quotes, backslashes, controls } = self;
        Self {
            quotes: quotes >> seen,
            backslashes: backslashes >> seen,
            controls: controls >> seen,
        }
    }
}

/// What is left of some bytes where that is less than a step: the last step of all, and how many bytes of it stand before the place.
/// None at the end. Nothing that is put there is special.
pub(crate) fn last_step<const N: usize>(bytes: &[u8], at: usize) -> Option<([u8; N], usize)> {
    let rest = bytes.get(at..).filter(|rest| !rest.is_empty())?;
    if let Some(step) = bytes.last_chunk() {
        return Some((*step, N.checked_sub(rest.len())?));
    }
    let mut step = [b' '; N];
    step.get_mut(..rest.len())?.copy_from_slice(rest);
    Some((step, 0))
}

/// One bit for each byte of a step that is special. `CONTROLS` says whether control characters are.
#[cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "every processor of this architecture has SSE2; reading a file takes a tenth less time"
    )
)]
pub(crate) fn special<const CONTROLS: bool>(step: &[u8; STEP]) -> u32 {
    // SAFETY: SSE2, the only thing that the call asks for, is part of the architecture.
    #[cfg(target_arch = "x86_64")]
    return unsafe { x86::special::<CONTROLS>(step) };
    #[cfg(not(target_arch = "x86_64"))]
    return portable::bits(step, portable::is_special::<CONTROLS>) as u32;
}

/// One bit for each backslash of a step.
#[cfg_attr(
    target_arch = "x86_64",
    expect(unsafe_code, reason = "every processor of this architecture has SSE2")
)]
pub(crate) fn backslashes(step: &[u8; STEP]) -> u32 {
    // SAFETY: as in `special`.
    #[cfg(target_arch = "x86_64")]
    return unsafe { x86::backslashes(step) };
    #[cfg(not(target_arch = "x86_64"))]
    return portable::bits(step, |byte| byte == b'\\') as u32;
}

/// Something that is computed with the marks of steps.
pub(crate) trait WithMarks {
    /// What is computed.
    type Output;

    /// Computes it; is compiled for each processor, and so must be inlined.
    fn compute(self, marks: impl Fn(&[u8; LONG_STEP]) -> Marks) -> Self::Output;
}

/// Computes something with the widest instructions that the processor has.
#[cfg_attr(
    target_arch = "x86_64",
    expect(
        unsafe_code,
        reason = "the processor was asked; a string with escapes takes half the instructions"
    )
)]
pub(crate) fn with_marks<W: WithMarks>(what: W) -> W::Output {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        // SAFETY: the call asks for AVX2 alone, which the processor has.
        return unsafe { x86::with_avx2(what) };
    }
    what.compute(portable::marks)
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8,
        _mm256_cmpeq_epi8, _mm256_min_epu8, _mm256_movemask_epi8, _mm256_set1_epi8,
    };

    use safe_unaligned_simd::x86_64::{_mm_loadu_si128, _mm256_loadu_si256};

    use super::{LONG_STEP, Marks, STEP, WithMarks};

    #[target_feature(enable = "sse2")]
    pub(super) fn special<const CONTROLS: bool>(step: &[u8; STEP]) -> u32 {
        let [quote, backslash, last_control] = [0x22, 0x5c, 0x1f].map(|byte| _mm_set1_epi8(byte));
        let halves = step.as_chunks().0;
        let [first, second] = halves else { return 0 };
        let [first, second] = [first, second].map(|half| {
            let half = _mm_loadu_si128(half);
            let is_quote = _mm_cmpeq_epi8(half, quote);
            let is_backslash = _mm_cmpeq_epi8(half, backslash);
            let mut is_special = _mm_or_si128(is_quote, is_backslash);
            if CONTROLS {
                let is_control = _mm_cmpeq_epi8(_mm_min_epu8(half, last_control), half);
                is_special = _mm_or_si128(is_special, is_control);
            }
            _mm_movemask_epi8(is_special).cast_unsigned()
        });
        first | second << 16
    }

    #[target_feature(enable = "sse2")]
    pub(super) fn backslashes(step: &[u8; STEP]) -> u32 {
        let backslash = _mm_set1_epi8(0x5c);
        let halves = step.as_chunks().0;
        let [first, second] = halves else { return 0 };
        let [first, second] = [first, second].map(|half| {
            _mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128(half), backslash)).cast_unsigned()
        });
        first | second << 16
    }

    #[target_feature(enable = "avx2")]
    pub(super) fn with_avx2<W: WithMarks>(what: W) -> W::Output {
        what.compute(|step| marks(step))
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn marks(step: &[u8; LONG_STEP]) -> Marks {
        let halves: &[[u8; STEP]] = step.as_chunks().0;
        let [first, second] = halves else { return Marks::default() };
        let [first, second] = [first, second].map(|half| _mm256_loadu_si256(half));
        let bits = |first: __m256i, second: __m256i| {
            let [first, second] =
                [first, second].map(|half| u64::from(_mm256_movemask_epi8(half).cast_unsigned()));
            first | second << STEP
        };
        let same = |byte: i8| {
            let byte = _mm256_set1_epi8(byte);
            bits(_mm256_cmpeq_epi8(first, byte), _mm256_cmpeq_epi8(second, byte))
        };
        let last_control = _mm256_set1_epi8(0x1f);
        let control = |half| _mm256_cmpeq_epi8(_mm256_min_epu8(half, last_control), half);
        Marks {
            quotes: same(0x22),
            backslashes: same(0x5c),
            controls: bits(control(first), control(second)),
        }
    }
}

mod portable {
    use super::{LONG_STEP, Marks};

    pub(super) fn marks(step: &[u8; LONG_STEP]) -> Marks {
        Marks {
            quotes: bits(step, |byte| byte == b'"'),
            backslashes: bits(step, |byte| byte == b'\\'),
            controls: bits(step, |byte| byte < 0x20),
        }
    }

    /// Eight bytes at a time: of each its bit, which one product puts side by side.
    pub(super) fn bits(step: &[u8], is_marked: impl Fn(u8) -> bool) -> u64 {
        const SIDE_BY_SIDE: u64 = 0x0102_0408_1020_4080;
        let (eights, _) = step.as_chunks::<8>();
        (0_u32..).zip(eights).fold(0, |bits, (place, eight)| {
            let ones = u64::from_le_bytes(eight.map(|byte| u8::from(is_marked(byte))));
            bits | (ones.wrapping_mul(SIDE_BY_SIDE) >> 56) << (8 * place)
        })
    }

    #[cfg(any(test, not(target_arch = "x86_64")))]
    pub(super) fn is_special<const CONTROLS: bool>(byte: u8) -> bool {
        byte == b'"' || byte == b'\\' || (CONTROLS && byte < 0x20)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The marks of one step, whatever computes them.
    struct Of<'a>(&'a [u8; LONG_STEP]);

    impl WithMarks for Of<'_> {
        type Output = Marks;

        fn compute(self, marks: impl Fn(&[u8; LONG_STEP]) -> Marks) -> Marks {
            marks(self.0)
        }
    }

    fn bits(step: &[u8], is_marked: impl Fn(u8) -> bool) -> u64 {
        let bits = (0_u32..).zip(step).map(|(place, byte)| u64::from(is_marked(*byte)) << place);
        bits.sum()
    }

    /// Bytes that are special, and those beside them.
    fn any_byte() -> impl Strategy<Value = u8> {
        prop_oneof![
            any::<u8>(),
            prop::sample::select(vec![
                0x00, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x5b, 0x5c, 0x5d, 0x9f, 0xff
            ]),
        ]
    }

    proptest! {
        #[test]
        fn every_processor_sees_the_same(step in prop::collection::vec(any_byte(), LONG_STEP)) {
            let long: &[u8; LONG_STEP] = step.first_chunk().unwrap_or(&[0; LONG_STEP]);
            let expected = Marks {
                quotes: bits(long, |byte| byte == b'"'),
                backslashes: bits(long, |byte| byte == b'\\'),
                controls: bits(long, |byte| byte < 0x20),
            };
            prop_assert_eq!(with_marks(Of(long)), expected);
            prop_assert_eq!(portable::marks(long), expected);
            let step: &[u8; STEP] = step.first_chunk().unwrap_or(&[0; STEP]);
            prop_assert_eq!(u64::from(backslashes(step)), bits(step, |byte| byte == b'\\'));
            prop_assert_eq!(u64::from(special::<true>(step)), bits(step, portable::is_special::<true>));
            prop_assert_eq!(u64::from(special::<false>(step)), bits(step, portable::is_special::<false>));
        }

        #[test]
        fn the_last_step_has_what_is_left(bytes in prop::collection::vec(any::<u8>(), 0..100), at in 0_usize..100) {
            match last_step::<STEP>(&bytes, at) {
                Some((step, seen)) => {
                    let rest = &bytes[at..];
                    prop_assert_eq!(&step[seen..seen + rest.len()], rest);
                    prop_assert!(seen == 0 || seen + rest.len() == STEP);
                }
                None => prop_assert!(at >= bytes.len() || bytes.len() - at > STEP),
            }
        }
    }
}
