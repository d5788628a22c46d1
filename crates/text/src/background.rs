//! How common words are over all texts.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::clauses::{Piece, for_each_word};
use crate::compounds::stem_of;

/// A thread gets at least so many texts: to wake it takes longer than fewer of them.
const LEAST_SHARED: usize = 64;

/// How common words are over all texts: what every group talks about names none.
///
/// Counts are whole numbers, so the order of the texts does not matter.
#[derive(Debug, Clone, Default)]
pub struct Background {
    /// Weight of the texts that have the word, by its stem.
    counts: HashMap<String, u64>,
    all: u64,
}

impl Background {
    /// Counts the words of all texts, each text with its weight.
    #[must_use]
    pub fn from_texts<'a>(texts: impl IntoIterator<Item = (&'a str, u32)>) -> Self {
        let texts: Vec<(&str, u32)> = texts.into_iter().collect();
        let count = |mut counted: Self, &(text, weight): &(&str, u32)| {
            counted.add(text, u64::from(weight.max(1)));
            counted
        };
        texts
            .par_iter()
            .with_min_len(LEAST_SHARED)
            .fold(Self::default, count)
            .reduce(Self::default, Self::merged)
    }

    fn add(&mut self, text: &str, weight: u64) {
        self.all += weight;
        let mut stems: Vec<String> = Vec::new();
        for_each_word(text, |piece| {
            if let Piece::Word(word, _) = piece {
                let stem = stem_of(word);
                if !stems.iter().any(|known| *known == stem) {
                    stems.push(stem.into_owned());
                }
            }
        });
        for stem in stems {
            *self.counts.entry(stem).or_default() += weight;
        }
    }

    fn merged(self, other: Self) -> Self {
        let (mut large, small) =
            if self.counts.len() < other.counts.len() { (other, self) } else { (self, other) };
        large.all += small.all;
        for (stem, count) in small.counts {
            *large.counts.entry(stem).or_default() += count;
        }
        large
    }

    /// ln(1 + all / texts with the word): rare words tell more. One that was never counted is as rare as can be.
    pub(crate) fn rarity(&self, stem: &str) -> f64 {
        let with_word = self.counts.get(stem).copied().unwrap_or_default().max(1);
        (self.all.max(1) as f64 / with_word as f64).ln_1p()
    }
}
