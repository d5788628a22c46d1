//! Chance from a seed: the same draws on every machine, in integers or in additions and divisions only.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A seeded source of draws.
pub(crate) struct Random(ChaCha8Rng);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A whole number below `bound`; 0 where `bound` is 0. (The multiply-and-shift bias is far below what any figure shows.)
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.0.next_u64()) * u128::from(bound)) >> 64) as u64
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// True `per_mille` times in a thousand.
    pub(crate) fn chance(&mut self, per_mille: u64) -> bool {
        self.below(1000) < per_mille
    }

    /// In `[0, 1)`.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of a non-empty table's rows.
    pub(crate) fn pick<T: Copy>(&mut self, rows: &[T]) -> T {
        rows[self.below(rows.len() as u64) as usize]
    }

    /// The position of one row of a table of weights.
    pub(crate) fn weighted(&mut self, weights: impl Iterator<Item = u64> + Clone) -> usize {
        let mut left = self.below(weights.clone().sum());
        for (at, weight) in weights.enumerate() {
            if left < weight {
                return at;
            }
            left -= weight;
        }
        0
    }

    /// 1 plus a geometric number with the given chance of going on, at most `most`.
    pub(crate) fn run(&mut self, per_mille: u64, most: u64) -> u64 {
        let mut length = 1;
        while length < most && self.chance(per_mille) {
            length += 1;
        }
        length
    }

    /// `base` times a factor of a long-tailed distribution with median 1: most within two times, a few per cent beyond eight.
    pub(crate) fn spread(&mut self, base: u64) -> u64 {
        // Sixteenths of powers of two by the steps of four fair dice: a log-normal shape without a logarithm.
        let steps: u64 = (0..4).map(|_| self.below(7)).sum();
        let octave = steps / 3;
        let scaled = base * (1 << octave) * (16 + self.below(16));
        scaled / (16 * 16)
    }

    /// `digits` lower-case hexadecimal digits.
    pub(crate) fn hex(&mut self, out: &mut String, digits: usize) {
        let mut left = digits;
        while left > 0 {
            let take = left.min(16);
            push_hex(out, self.0.next_u64(), take);
            left -= take;
        }
    }

    /// A random (version 4) UUID.
    pub(crate) fn uuid(&mut self, out: &mut String) {
        self.hex(out, 8);
        out.push('-');
        self.hex(out, 4);
        out.push_str("-4");
        self.hex(out, 3);
        out.push('-');
        out.push(self.pick(&['8', '9', 'a', 'b']));
        self.hex(out, 3);
        out.push('-');
        self.hex(out, 12);
    }
}

/// The lowest `digits` hexadecimal digits of a number.
fn push_hex(out: &mut String, number: u64, digits: usize) {
    for place in (0..digits).rev() {
        let digit = (number >> (4 * place)) & 15;
        out.push(char::from(b"0123456789abcdef"[digit as usize]));
    }
}

/// 64 hexadecimal digits that depend on the inputs alone: stable ids of actors.
pub(crate) fn stable_hash(seed: u64, number: u64) -> String {
    let mut out = String::with_capacity(64);
    let mut state = seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for _ in 0..4 {
        // SplitMix64 (Steele, Lea and Flood 2014).
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        push_hex(&mut out, mixed ^ (mixed >> 31), 16);
    }
    out
}

/// Zipf's law over `len` ranks: weight `1 / (rank + 3)`, so that the first rank does not drown the rest.
pub(crate) struct Zipf {
    cumulative: Vec<f64>,
}

impl Zipf {
    pub(crate) fn new(len: usize) -> Self {
        let mut sum = 0.0;
        let cumulative = (0..len.max(1))
            .map(|rank| {
                sum += 1.0 / (rank as f64 + 3.0);
                sum
            })
            .collect();
        Self { cumulative }
    }

    pub(crate) fn draw(&self, random: &mut Random) -> usize {
        let last = self.cumulative.len() - 1;
        let point = random.unit() * self.cumulative[last];
        self.cumulative.partition_point(|&sum| sum <= point).min(last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zipf_draws_the_first_rank_most_and_reaches_the_last() {
        let zipf = Zipf::new(20);
        let mut random = Random::new(1);
        let mut counts = [0_u32; 20];
        for _ in 0..20_000 {
            counts[zipf.draw(&mut random)] += 1;
        }
        assert!(counts[0] > 2 * counts[5]);
        assert!(counts[19] > 0);
    }

    #[test]
    fn spread_keeps_its_median_near_the_base() {
        let mut random = Random::new(2);
        let mut values: Vec<u64> = (0..9_999).map(|_| random.spread(1000)).collect();
        values.sort_unstable();
        assert!((700..1800).contains(&values[4_999]), "median {}", values[4_999]);
        assert!(values[9_900] > 5_000);
    }

    #[test]
    fn stable_hashes_have_64_digits_and_differ() {
        assert_eq!(stable_hash(7, 1).len(), 64);
        assert_ne!(stable_hash(7, 1), stable_hash(7, 2));
    }
}
