//! Elementwise arithmetic over f32 that gives the same bits everywhere.
//!
//! Additions, multiplications, divisions and square roots of IEEE 754 alone, each rounded by itself (no fused multiply-add),
//! and sums over [`LANES`] partial sums whatever the width of the machine's registers. Everything here is inlined into the
//! instruction set of its caller, where the compiler makes wide instructions of it.

/// Partial sums of a reduction: one register of AVX-512, two of AVX2, four of SSE or NEON.
pub(super) const LANES: usize = 16;

/// One number a lane.
pub(super) type Lanes = [f32; LANES];

/// `of` the two numbers of each lane.
///
/// Arrays by value, and no store but that of the whole: the compiler then sees registers.
#[inline(always)]
pub(super) fn each(left: Lanes, right: Lanes, of: impl Fn(f32, f32) -> f32) -> Lanes {
    let mut lanes = [0.0; LANES];
    for lane in 0..LANES {
        lanes[lane] = of(left[lane], right[lane]);
    }
    lanes
}

/// Adding this to a number of less than 2^22 rounds it to the nearest whole number, ties to even, and leaves that number in
/// the low bits.
const ROUNDING: f32 = 12_582_912.0;

/// The whole number nearest to `number`, ties to even, as a float and as an integer; for less than 2^22.
#[inline(always)]
pub(super) fn round(number: f32) -> (f32, i32) {
    let shifted = number + ROUNDING;
    (shifted - ROUNDING, shifted.to_bits().wrapping_sub(ROUNDING.to_bits()) as i32)
}

/// The greater of two numbers that are no NaN; one instruction, unlike `f32::max`.
#[inline(always)]
pub(super) fn greater(left: f32, right: f32) -> f32 {
    if left > right { left } else { right }
}

/// The lesser of two numbers that are no NaN.
#[inline(always)]
pub(super) fn lesser(left: f32, right: f32) -> f32 {
    if left < right { left } else { right }
}

/// All lanes joined pairwise: 16, 8, 4, 2, 1.
#[inline(always)]
pub(super) fn join(mut lanes: Lanes, joined: impl Fn(f32, f32) -> f32) -> f32 {
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = joined(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// The sum of `of(number)` over a row whose length is a multiple of [`LANES`].
#[inline(always)]
pub(super) fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; LANES];
    for chunk in row.as_chunks::<LANES>().0 {
        lanes = each(lanes, *chunk, |sum, number| sum + of(number));
    }
    join(lanes, |left, right| left + right)
}

/// Divides a row by its length. False, and the row as it was, where it has none.
#[inline(always)]
pub(super) fn normalize(row: &mut [f32]) -> bool {
    let squares = sum(row, |number| number * number);
    // Not `squares <= 0.0`: what is not a number has no length either.
    let has_length = squares > 0.0 && squares.is_finite();
    if has_length {
        let length = squares.sqrt();
        row.iter_mut().for_each(|number| *number /= length);
    }
    has_length
}

/// Layer normalisation in place: mean 0 and variance 1, then times `weight` plus `bias`.
#[inline(always)]
pub(super) fn layer_norm(row: &mut [f32], weight: &[f32], bias: &[f32], epsilon: f32) {
    let count = row.len() as f32;
    let mean = sum(row, |number| number) / count;
    let variance = sum(row, |number| (number - mean) * (number - mean)) / count;
    let inverse = 1.0 / (variance + epsilon).sqrt();
    for ((number, weight), bias) in row.iter_mut().zip(weight).zip(bias) {
        *number = (*number - mean) * inverse * weight + bias;
    }
}

/// Where the fit of [`gelu`] ends; the normal distribution beyond it is less than 1.1e-6 from 0 or 1.
const GELU_END: f32 = 4.75;

/// (Φ(x) - 1/2) / x as a polynomial of 2(x / 4.75)² - 1: a weighted least squares fit in the Chebyshev basis, reweighted until
/// the greatest error is as small as it gets (Lawson 1961). In this variable the coefficients fall, which keeps rounding small.
const GELU: [f32; 11] = [
    0.148_748_3,
    -0.073_667_57,
    0.053_235_225,
    -0.040_567_625,
    0.030_402_804,
    -0.021_652_87,
    0.013_407_287,
    -0.007_162_415,
    0.005_011_556_7,
    -0.003_774_992_7,
    0.001_283_400_2,
];

/// x Φ(x) with the normal distribution Φ, which is x/2 (1 + erf(x / √2)).
///
/// The error is at most 5e-6 for |x| up to 8 and at most 5e-7 |x| beyond.
#[inline(always)]
pub(super) fn gelu(x: f32) -> f32 {
    let inside = lesser(greater(x, -GELU_END), GELU_END);
    let at = inside * inside * (2.0 / (GELU_END * GELU_END)) - 1.0;
    let slope = GELU.iter().rev().fold(0.0, |value, coefficient| value * at + coefficient);
    x * (0.5 + inside * slope)
}

/// 2^f for f in -1/2 ..= 1/2, fitted like [`GELU`] for the relative error.
const EXP: [f32; 6] =
    [1.000_000_1, 0.693_146_94, 0.240_221_2, 0.055_507_135, 0.009_675_541, 0.001_327_646_7];

/// e^x for x of at most 0; what is below -87 counts as -87.
///
/// The relative error is at most 3e-7 + 1e-7 |x|.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    let power = greater(x, -87.0) * std::f32::consts::LOG2_E;
    let (whole, exponent) = round(power);
    let fraction = power - whole;
    let value = EXP.iter().rev().fold(0.0, |value, coefficient| value * fraction + coefficient);
    value * f32::from_bits(((exponent + 127) as u32) << 23)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Φ by Simpson's rule over the density, in f64.
    fn normal_distribution(x: f64) -> f64 {
        let steps = 2_000;
        let width = x / f64::from(steps);
        let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let inner: f64 = (1..steps)
            .map(|step| density(width * f64::from(step)) * if step % 2 == 1 { 4.0 } else { 2.0 })
            .sum();
        0.5 + (density(0.0) + inner + density(x)) * width / 3.0
    }

    #[test]
    fn gelu_is_as_exact_as_documented() {
        for step in -12_000..=12_000 {
            let x = step as f32 / 1_000.0;
            let error = f64::from(gelu(x)) - f64::from(x) * normal_distribution(f64::from(x));
            assert!(error.abs() <= (5e-7 * f64::from(x.abs())).max(5e-6), "{x}: {error}");
        }
        assert!((gelu(300.0) - 300.0).abs() <= 1.5e-4 && gelu(-300.0).abs() <= 1.5e-4);
    }

    #[test]
    fn exp_is_as_exact_as_documented() {
        for step in 0..=87_000 {
            let x = step as f32 / -1_000.0;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error <= 3e-7 + 1e-7 * f64::from(x.abs()), "{x}: {error}");
        }
        assert_eq!(exp(-1e9), exp(-87.0));
    }

    #[test]
    fn rounding_takes_the_nearest_and_the_even_one_of_two() {
        for (number, whole) in
            [(0.5, 0), (1.5, 2), (-0.5, 0), (-2.5, -2), (126.6, 127), (-254.4, -254)]
        {
            assert_eq!(round(number), (whole as f32, whole), "{number}");
        }
    }

    #[test]
    fn a_row_without_length_stays() {
        for row in [[0.0; LANES], [f32::NAN; LANES], [f32::MAX; LANES]] {
            let mut normalized = row;
            assert!(!normalize(&mut normalized));
            assert_eq!(normalized.map(f32::to_bits), row.map(f32::to_bits));
        }
    }

    #[test]
    fn a_normed_row_has_mean_0_and_variance_1() {
        let mut row: Vec<f32> =
            (0..64_u8).map(|at| f32::from(at % 7) * 3.0 + f32::from(at)).collect();
        layer_norm(&mut row, &[1.0; 64], &[0.0; 64], 1e-12);
        assert!(sum(&row, |number| number).abs() < 1e-4);
        assert!((sum(&row, |number| number * number) - 64.0).abs() < 1e-3);
    }
}
