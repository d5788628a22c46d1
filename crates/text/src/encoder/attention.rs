//! Attention of a text's tokens to each other, in f32.

use super::lanes::{LANES, Lanes, each, exp, greater, join};

/// Queries at once, so that sums do not wait for each other.
const QUERIES: usize = 4;

/// Where the queries, keys and values of a token stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) heads: usize,
    /// Numbers of a head; a multiple of [`LANES`].
    pub(super) head_width: usize,
}

/// Room for one head of one text.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    /// Keys [head width, keys], so that the lanes of a sum are keys.
    keys: Vec<f32>,
    /// Weights [`QUERIES`, keys].
    weights: Vec<f32>,
}

impl Shape {
    pub(super) fn width(self) -> usize {
        self.heads * self.head_width
    }

    /// Writes what the tokens of one text take from each other to `out` [tokens, width], given their queries, keys and values
    /// `mixed` [tokens, 3 width].
    #[inline(always)]
    pub(super) fn attend(self, mixed: &[f32], scratch: &mut Scratch, out: &mut [f32]) {
        let (width, stride) = (self.width(), 3 * self.width());
        let tokens = mixed.len() / stride;
        let room = tokens.next_multiple_of(LANES);
        // What is left of texts before, beyond the tokens of this one, gets no weight.
        scratch.keys.resize(room * self.head_width, 0.0);
        scratch.weights.resize(room * QUERIES, 0.0);
        for head in 0..self.heads {
            let at = head * self.head_width;
            for (token, row) in mixed.chunks_exact(stride).enumerate() {
                let keys = &row[width + at..][..self.head_width];
                for (place, key) in scratch.keys.chunks_exact_mut(room).zip(keys) {
                    place[token] = *key;
                }
            }
            for first in (0..tokens).step_by(QUERIES) {
                // Where fewer are left the last one is done again.
                let queries: [usize; QUERIES] =
                    std::array::from_fn(|query| (first + query).min(tokens - 1));
                let rows = queries.map(|token| &mixed[token * stride + at..][..self.head_width]);
                scores(rows, &scratch.keys, room, &mut scratch.weights);
                let scale = 1.0 / (self.head_width as f32).sqrt();
                let mut inverses = [0.0; QUERIES];
                for (weights, inverse) in scratch.weights.chunks_exact_mut(room).zip(&mut inverses)
                {
                    *inverse = 1.0 / soften(weights, tokens, scale);
                }
                let values = &mixed[2 * width + at..];
                for group in (0..self.head_width).step_by(LANES) {
                    let taken = weigh(&scratch.weights, room, tokens, &values[group..], stride);
                    for (query, token) in queries.into_iter().enumerate() {
                        let inverse = inverses[query];
                        let numbers = each(taken[query], [inverse; LANES], |sum, by| sum * by);
                        out[token * width + at + group..][..LANES].copy_from_slice(&numbers);
                    }
                }
            }
        }
    }
}

/// The first numbers of a slice that has as many.
#[inline(always)]
fn lanes(numbers: &[f32]) -> Lanes {
    numbers.first_chunk().copied().unwrap_or([0.0; LANES])
}

/// Products of each query with each key.
#[inline(always)]
fn scores(queries: [&[f32]; QUERIES], keys: &[f32], room: usize, scores: &mut [f32]) {
    for block in (0..room).step_by(LANES) {
        let mut sums: [Lanes; QUERIES] = [[0.0; LANES]; QUERIES];
        for (number, keys) in keys.chunks_exact(room).enumerate() {
            let keys = lanes(&keys[block..]);
            for query in 0..QUERIES {
                let factor = queries[query][number];
                sums[query] = each(sums[query], keys, |sum, key| sum + factor * key);
            }
        }
        for (scores, sums) in scores.chunks_exact_mut(room).zip(&sums) {
            scores[block..][..LANES].copy_from_slice(sums);
        }
    }
}

/// Turns the scores of a query into weights whose sum is returned: e^(score - greatest), 0 beyond the text's tokens.
#[inline(always)]
fn soften(scores: &mut [f32], tokens: usize, scale: f32) -> f32 {
    scores[tokens..].fill(f32::NEG_INFINITY);
    let mut greatest = [f32::NEG_INFINITY; LANES];
    for chunk in scores.as_chunks::<LANES>().0 {
        greatest = each(greatest, *chunk, greater);
    }
    let greatest = join(greatest, greater);
    let mut sums = [0.0; LANES];
    for (block, chunk) in scores.as_chunks_mut::<LANES>().0.iter_mut().enumerate() {
        let weights = each(*chunk, [scale; LANES], |score, scale| exp((score - greatest) * scale));
        let left = tokens - block * LANES;
        let mut kept = [0.0; LANES];
        for lane in 0..LANES {
            kept[lane] = if lane < left { weights[lane] } else { 0.0 };
        }
        *chunk = kept;
        sums = each(sums, *chunk, |sum, weight| sum + weight);
    }
    join(sums, |left, right| left + right)
}

/// Sums of the values by the weights, for [`LANES`] numbers of a head.
#[inline(always)]
fn weigh(
    weights: &[f32],
    room: usize,
    tokens: usize,
    values: &[f32],
    stride: usize,
) -> [Lanes; QUERIES] {
    let mut sums: [Lanes; QUERIES] = [[0.0; LANES]; QUERIES];
    for token in 0..tokens {
        let values = lanes(&values[token * stride..]);
        for query in 0..QUERIES {
            let weight = weights[query * room + token];
            sums[query] = each(sums[query], values, |sum, value| sum + weight * value);
        }
    }
    sums
}
