//! Products of rows with the widest instructions that the processor has. All give the same whole numbers.

use super::{Codes, Lanes};

/// What the products are computed with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Instructions {
    Portable,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX-512 with its products of 16-bit numbers (VNNI).
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Instructions {
    pub(crate) fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512bw") && is_x86_feature_detected!("avx512vnni") {
                return Self::Avx512;
            }
            if is_x86_feature_detected!("avx2") {
                return Self::Avx2;
            }
        }
        Self::Portable
    }

    #[cfg_attr(
        target_arch = "x86_64",
        expect(
            unsafe_code,
            reason = "calls of functions that need instructions; a value of the enum is made only where they were detected"
        )
    )]
    pub(crate) fn products(self, codes: &Codes, row: u32, others: &[u32], products: &mut Vec<i32>) {
        match self {
            Self::Portable => {
                let own = codes.row(row);
                products.extend(others.iter().map(|&other| portable(own, codes.row(other))));
            }
            // SAFETY: `best` has seen AVX2, the only thing that the call asks for.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { x86::avx2(codes, row, others, products) },
            // SAFETY: `best` has seen AVX-512 BW and VNNI, the only things that the call asks for.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { x86::avx512(codes, row, others, products) },
        }
    }

    /// The products of four rows with four others.
    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "as above; all pairs of a leaf take a third of the time")
    )]
    pub(crate) fn tile(self, own: [&[Lanes]; SIDE], others: [&[Lanes]; SIDE]) -> Tile {
        match self {
            Self::Portable => own.map(|own| others.map(|other| portable(own, other))),
            // SAFETY: as in `products`.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => own.map(|own| unsafe { x86::avx2_four(own, others) }),
            // SAFETY: as in `products`.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { x86::avx512_tile(own, others) },
        }
    }
}

/// So many rows are multiplied with as many others at once: each is loaded once for all of them.
pub(crate) const SIDE: usize = 4;

/// The products of some rows, each with the others.
pub(crate) type Tile = [[i32; SIDE]; SIDE];

fn portable(left: &[Lanes], right: &[Lanes]) -> i32 {
    let of_lanes = |(left, right): (&Lanes, &Lanes)| {
        let pairs = left.0.iter().zip(&right.0);
        pairs.map(|(&left, &right)| i32::from(left) * i32::from(right)).sum::<i32>()
    };
    left.iter().zip(right).map(of_lanes).sum()
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::{
        __m256i, __m512i, _mm_add_epi32, _mm256_add_epi32, _mm256_castsi256_si128,
        _mm256_extracti128_si256, _mm256_hadd_epi32, _mm256_madd_epi16, _mm256_setzero_si256,
        _mm512_castsi512_si256, _mm512_dpwssd_epi32, _mm512_extracti64x4_epi64,
        _mm512_setzero_si512,
    };

    use safe_unaligned_simd::x86_64::{_mm_storeu_si128, _mm256_loadu_si256, _mm512_loadu_epi16};

    use super::super::{Codes, Lanes};
    use super::{SIDE, Tile};

    /// Four rows at once: their sums hide each other's latency and are brought together in one go.
    const TOGETHER: usize = 4;

    #[target_feature(enable = "avx2")]
    pub(super) fn avx2(codes: &Codes, row: u32, others: &[u32], products: &mut Vec<i32>) {
        let own = codes.row(row);
        let (fours, rest) = others.as_chunks::<TOGETHER>();
        for &[a, b, c, d] in fours {
            let four = avx2_four(own, [codes.row(a), codes.row(b), codes.row(c), codes.row(d)]);
            products.extend(four);
        }
        for &other in rest {
            products.extend(avx2_four(own, [codes.row(other), &[], &[], &[]]).iter().take(1));
        }
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    pub(super) fn avx2_four(own: &[Lanes], [a, b, c, d]: [&[Lanes]; TOGETHER]) -> [i32; TOGETHER] {
        let mut sums = [_mm256_setzero_si256(); TOGETHER];
        for (place, own) in own.iter().enumerate() {
            let own = halves(own);
            for (sum, other) in sums.iter_mut().zip([a, b, c, d]) {
                let Some(other) = other.get(place) else { continue };
                let other = halves(other);
                let first = _mm256_madd_epi16(own[0], other[0]);
                let second = _mm256_madd_epi16(own[1], other[1]);
                *sum = _mm256_add_epi32(*sum, _mm256_add_epi32(first, second));
            }
        }
        together(sums)
    }

    #[target_feature(enable = "avx2")]
    #[inline]
    fn halves(lanes: &Lanes) -> [__m256i; 2] {
        let (halves, _) = lanes.0.as_chunks::<16>();
        match halves {
            [low, high] => [_mm256_loadu_si256(low), _mm256_loadu_si256(high)],
            _ => [_mm256_setzero_si256(); 2],
        }
    }

    /// The sum of each of four registers.
    #[target_feature(enable = "avx2")]
    #[inline]
    fn together([a, b, c, d]: [__m256i; TOGETHER]) -> [i32; TOGETHER] {
        let all = _mm256_hadd_epi32(_mm256_hadd_epi32(a, b), _mm256_hadd_epi32(c, d));
        let sums = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256::<1>(all));
        let mut four = [0; TOGETHER];
        _mm_storeu_si128(&mut four, sums);
        four
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
    pub(super) fn avx512(codes: &Codes, row: u32, others: &[u32], products: &mut Vec<i32>) {
        let own = codes.row(row);
        let (fours, rest) = others.as_chunks::<TOGETHER>();
        for &[a, b, c, d] in fours {
            let four = avx512_four(own, [codes.row(a), codes.row(b), codes.row(c), codes.row(d)]);
            products.extend(four);
        }
        if let [first, more @ ..] = rest {
            // Rows that are not asked for stand in for those that are missing.
            let at = |place: usize| codes.row(more.get(place).copied().unwrap_or(*first));
            let four = avx512_four(own, [codes.row(*first), at(0), at(1), at(2)]);
            products.extend(four.iter().take(rest.len()));
        }
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
    #[inline]
    fn avx512_four(own: &[Lanes], [a, b, c, d]: [&[Lanes]; TOGETHER]) -> [i32; TOGETHER] {
        let mut sums = [_mm512_setzero_si512(); TOGETHER];
        for ((((own, a), b), c), d) in own.iter().zip(a).zip(b).zip(c).zip(d) {
            let own = _mm512_loadu_epi16(&own.0);
            sums[0] = _mm512_dpwssd_epi32(sums[0], own, _mm512_loadu_epi16(&a.0));
            sums[1] = _mm512_dpwssd_epi32(sums[1], own, _mm512_loadu_epi16(&b.0));
            sums[2] = _mm512_dpwssd_epi32(sums[2], own, _mm512_loadu_epi16(&c.0));
            sums[3] = _mm512_dpwssd_epi32(sums[3], own, _mm512_loadu_epi16(&d.0));
        }
        let [a, b, c, d] = sums;
        together([folded(a), folded(b), folded(c), folded(d)])
    }

    #[target_feature(enable = "avx2,avx512f,avx512bw,avx512vnni")]
    pub(super) fn avx512_tile([a, b, c, d]: [&[Lanes]; SIDE], others: [&[Lanes]; SIDE]) -> Tile {
        let mut sums = [[_mm512_setzero_si512(); SIDE]; SIDE];
        let [e, f, g, h] = others;
        let own = a.iter().zip(b).zip(c).zip(d);
        for (((((((a, b), c), d), e), f), g), h) in own.zip(e).zip(f).zip(g).zip(h) {
            let others = [e, f, g, h].map(|lanes| _mm512_loadu_epi16(&lanes.0));
            for (sums, own) in sums.iter_mut().zip([a, b, c, d]) {
                let own = _mm512_loadu_epi16(&own.0);
                for (sum, other) in sums.iter_mut().zip(others) {
                    *sum = _mm512_dpwssd_epi32(*sum, own, other);
                }
            }
        }
        sums.map(|sums| together(sums.map(|sum| folded(sum))))
    }

    #[target_feature(enable = "avx2,avx512f")]
    #[inline]
    fn folded(sums: __m512i) -> __m256i {
        _mm256_add_epi32(_mm512_castsi512_si256(sums), _mm512_extracti64x4_epi64::<1>(sums))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(rows: usize, numbers: usize) -> Codes {
        let mut codes = Codes::zeros(rows, numbers);
        let mut state = 1_u64;
        for lanes in codes.lanes_mut() {
            for number in &mut lanes.0 {
                state = state.wrapping_mul(0x5851_F42D_4C95_7F2D).wrapping_add(1);
                *number = ((state >> 40) % 4097) as i16 - 2048;
            }
        }
        codes
    }

    /// By definition, in 64 bits.
    fn expected(codes: &Codes, row: u32, other: u32) -> i64 {
        let numbers = |row| codes.row(row).iter().flat_map(|lanes| lanes.0).map(i64::from);
        numbers(row).zip(numbers(other)).map(|(left, right)| left * right).sum()
    }

    #[test]
    fn all_instructions_give_the_products_by_definition() {
        let mut found = vec![Instructions::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                found.push(Instructions::Avx2);
            }
            if Instructions::best() == Instructions::Avx512 {
                found.push(Instructions::Avx512);
            }
        }
        for numbers in [1, 32, 33, 256, 384] {
            let codes = codes(9, numbers);
            for many in 0..9 {
                let others: Vec<u32> = (0..many).collect();
                let must: Vec<i64> =
                    others.iter().map(|&other| expected(&codes, 8, other)).collect();
                for instructions in &found {
                    let mut products = Vec::new();
                    instructions.products(&codes, 8, &others, &mut products);
                    let are: Vec<i64> = products.into_iter().map(i64::from).collect();
                    assert_eq!(are, must, "{instructions:?}, {numbers} numbers, {many} rows");
                }
            }
            for instructions in &found {
                let tile = instructions.tile(
                    [5, 6, 7, 8].map(|row| codes.row(row)),
                    [0, 1, 2, 8].map(|row| codes.row(row)),
                );
                for (row, products) in (5..).zip(tile) {
                    let must = [0, 1, 2, 8].map(|other| expected(&codes, row, other));
                    assert_eq!(
                        products.map(i64::from),
                        must,
                        "{instructions:?}, {numbers} numbers"
                    );
                }
            }
        }
    }
}
