//! The kernel for AVX2.
//!
//! There is an instruction for pairs of 8-bit products, but its 16-bit sums saturate; so both sides are widened first.

use std::arch::x86_64::{
    __m256i, _mm_set1_epi32, _mm256_add_epi32, _mm256_cvtepi8_epi16, _mm256_cvtepu8_epi16,
    _mm256_madd_epi16, _mm256_setzero_si256,
};

use safe_unaligned_simd::x86_64::{_mm_loadu_si128, _mm256_storeu_si256};

use super::{DEPTH, GROUPS, LANES, PackedWeights, Step, Sums, multiply};
use crate::encoder::rows::QuantizedRows;

/// Rows at once: their sums for 16 outputs fill twelve of the sixteen registers.
const ROWS: usize = 3;

/// Registers that the weights of 16 outputs fill in 16 bits; four outputs each.
const QUARTERS: usize = 4;

/// `out` [rows, outputs] = the rows times the weights, plus the bias.
#[target_feature(enable = "avx2")]
pub(in crate::encoder) fn product(rows: &QuantizedRows, weights: &PackedWeights, out: &mut [f32]) {
    multiply(rows, weights, out, |codes, steps, sums| {
        for group in 0..GROUPS {
            group_sums(codes, steps, group, sums);
        }
    });
}

#[target_feature(enable = "avx2")]
fn group_sums(
    codes: [&[[u8; DEPTH]]; ROWS],
    steps: &[Step],
    group: usize,
    sums: &mut [Sums; ROWS],
) {
    // All by value, and stored one by one: the address of an array of sums would put it on the stack, a store each step.
    let zero = [_mm256_setzero_si256(); QUARTERS];
    let [mut first, mut second, mut third] = [zero; ROWS];
    let [a, b, c] = codes;
    for (((step, a), b), c) in steps.iter().zip(a).zip(b).zip(c) {
        let weights = &step.0[group];
        first = added(first, a, weights);
        second = added(second, b, weights);
        third = added(third, c, weights);
    }
    let [a, b, c] = sums;
    store(first, &mut a[group]);
    store(second, &mut b[group]);
    store(third, &mut c[group]);
}

/// The sums of a row, two an output, and the products of its next codes.
#[target_feature(enable = "avx2")]
#[inline]
fn added(
    sums: [__m256i; QUARTERS],
    codes: &[u8; DEPTH],
    weights: &[i8; LANES * DEPTH],
) -> [__m256i; QUARTERS] {
    // Four codes in 16 bits, four times.
    let codes = _mm256_cvtepu8_epi16(_mm_set1_epi32(i32::from_le_bytes(*codes)));
    let ([a, b, c, d], quarters) = (sums, weights.as_chunks::<16>().0);
    let [w, x, y, z] = quarters else { return sums };
    [
        _mm256_add_epi32(a, _mm256_madd_epi16(codes, widened(w))),
        _mm256_add_epi32(b, _mm256_madd_epi16(codes, widened(x))),
        _mm256_add_epi32(c, _mm256_madd_epi16(codes, widened(y))),
        _mm256_add_epi32(d, _mm256_madd_epi16(codes, widened(z))),
    ]
}

/// Adds up the two sums of each output.
#[target_feature(enable = "avx2")]
#[inline]
fn store(pairs: [__m256i; QUARTERS], sums: &mut [i32; LANES]) {
    for (pairs, sums) in pairs.into_iter().zip(sums.as_chunks_mut::<4>().0) {
        let mut halves = [0_i32; 8];
        _mm256_storeu_si256(&mut halves, pairs);
        for (sum, [left, right]) in sums.iter_mut().zip(halves.as_chunks().0) {
            *sum = left + right;
        }
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn widened(weights: &[i8; 16]) -> __m256i {
    _mm256_cvtepi8_epi16(_mm_loadu_si128(weights))
}
