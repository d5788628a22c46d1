//! The kernel for AVX-512 with VNNI: one instruction multiplies 64 pairs of 8-bit numbers and adds them up by fours.

use std::arch::x86_64::{__m512i, _mm512_dpbusd_epi32, _mm512_set1_epi32, _mm512_setzero_si512};

use safe_unaligned_simd::x86_64::{_mm512_loadu_si512, _mm512_storeu_si512};

use super::{DEPTH, GROUPS, PackedWeights, Step, Sums, multiply};
use crate::encoder::rows::{QuantizedRows, ROW_BLOCK};

/// `out` [rows, outputs] = the rows times the weights, plus the bias.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
pub(in crate::encoder) fn product(rows: &QuantizedRows, weights: &PackedWeights, out: &mut [f32]) {
    multiply(rows, weights, out, |codes, steps, sums| block(codes, steps, sums));
}

/// Sums of six rows for 64 outputs: they fill 24 of the 32 registers.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
fn block(codes: [&[[u8; DEPTH]]; ROW_BLOCK], steps: &[Step], out: &mut [Sums; ROW_BLOCK]) {
    // All by value, and stored one by one: the address of an array of sums would put it on the stack, a store each step.
    let zero = [_mm512_setzero_si512(); GROUPS];
    let [mut first, mut second, mut third, mut fourth, mut fifth, mut sixth] = [zero; ROW_BLOCK];
    let [a, b, c, d, e, f] = codes;
    let rows = a.iter().zip(b).zip(c).zip(d).zip(e).zip(f);
    for (step, (((((a, b), c), d), e), f)) in steps.iter().zip(rows) {
        let [w, x, y, z] = &step.0;
        let weights = [
            _mm512_loadu_si512(w),
            _mm512_loadu_si512(x),
            _mm512_loadu_si512(y),
            _mm512_loadu_si512(z),
        ];
        first = added(first, a, weights);
        second = added(second, b, weights);
        third = added(third, c, weights);
        fourth = added(fourth, d, weights);
        fifth = added(fifth, e, weights);
        sixth = added(sixth, f, weights);
    }
    let [a, b, c, d, e, f] = out;
    store(first, a);
    store(second, b);
    store(third, c);
    store(fourth, d);
    store(fifth, e);
    store(sixth, f);
}

#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
#[inline]
fn store(sums: [__m512i; GROUPS], out: &mut Sums) {
    let ([a, b, c, d], [first, second, third, fourth]) = (sums, out);
    _mm512_storeu_si512(first, a);
    _mm512_storeu_si512(second, b);
    _mm512_storeu_si512(third, c);
    _mm512_storeu_si512(fourth, d);
}

/// The sums of a row and the products of its next codes.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vnni")]
#[inline]
fn added(
    sums: [__m512i; GROUPS],
    codes: &[u8; DEPTH],
    weights: [__m512i; GROUPS],
) -> [__m512i; GROUPS] {
    let codes = _mm512_set1_epi32(i32::from_le_bytes(*codes));
    [
        _mm512_dpbusd_epi32(sums[0], codes, weights[0]),
        _mm512_dpbusd_epi32(sums[1], codes, weights[1]),
        _mm512_dpbusd_epi32(sums[2], codes, weights[2]),
        _mm512_dpbusd_epi32(sums[3], codes, weights[3]),
    ]
}
