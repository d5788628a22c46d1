//! The encoder [`Accurate`].

use std::sync::OnceLock;

use ndarray::Array2;
use rayon::prelude::*;

use super::instructions::Instructions;
use super::transformer::{Scratch, Transformer, first_axis};
use super::vocabulary::{END, START, UNKNOWN, Vocabulary};
use super::weights::{About, Weights, WeightsError};
use crate::embed::Embedder;

/// Version of the arithmetic: another one gives other vectors of the same weights.
const ARITHMETIC: u32 = 1;

/// Token rows of a batch: enough that a panel of weights is worth loading, few enough that a batch stays in the second cache.
const BATCH_ROWS: std::ops::RangeInclusive<usize> = 48..=192;

/// Batches a thread, so that none waits long for the others at the end.
const BATCHES_PER_THREAD: usize = 4;

/// Batches whose vectors wait to be put in their places.
const SECTION: usize = 1_024;

static MODEL: OnceLock<Model> = OnceLock::new();
static ABOUT: OnceLock<About> = OnceLock::new();

/// Vectors of a small transformer, all-MiniLM-L6-v2 with 8-bit weights, for English: close where texts mean alike.
///
/// A text is cut into WordPiece tokens without the placeholders of [`fold`](crate::fold()), since values say nothing about
/// what is asked; the first 254 tokens count. A text without a known token has the first axis as its vector.
///
/// The weights are compiled in; making one costs nothing, the first text reads them (some 20 milliseconds). All cores are used.
///
/// A text's vector is the same bits on every machine, in any company: products of 8-bit numbers are exact, the rest are
/// 32-bit floats in a fixed order. AVX-512 with VNNI and AVX2 are used where the processor has them.
///
/// ```
/// use mcp_insights_text::{Accurate, Embedder};
/// let vectors = Accurate::new().embed(&["refund my order", "give me my money back", "weather in paris"]);
/// assert!(vectors.row(0).dot(&vectors.row(1)) > vectors.row(0).dot(&vectors.row(2)) + 0.2);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Accurate;

impl Accurate {
    /// The encoder; nothing is read before it is used.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    fn model(self) -> &'static Model {
        #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
        MODEL
            .get_or_init(|| Model::read(mcp_insights_model::ACCURATE).expect("weights compiled in"))
    }

    fn about(self) -> &'static About {
        #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
        ABOUT.get_or_init(|| about(mcp_insights_model::ACCURATE).expect("weights compiled in"))
    }
}

impl Embedder for Accurate {
    fn name(&self) -> &str {
        &self.about().name
    }

    fn dimensions(&self) -> usize {
        self.about().width
    }

    fn embed(&self, texts: &[&str]) -> Array2<f32> {
        self.embed_with(texts, &|_| {})
    }

    fn embed_with(&self, texts: &[&str], progress: &(dyn Fn(usize) + Sync)) -> Array2<f32> {
        self.model().embed(texts, Instructions::best(), progress)
    }

    fn covers(&self, text: &str) -> bool {
        self.model().vocabulary.covers(text)
    }
}

/// A transformer with its vocabulary.
#[derive(Debug)]
struct Model {
    vocabulary: Vocabulary,
    transformer: Transformer,
}

fn about(bytes: &[u8]) -> Result<About, WeightsError> {
    Weights::open(bytes)?.about_encoder(ARITHMETIC, "position.codes")
}

/// Texts of the same tokens: the tokens, and where the texts stand.
struct Equal<'a> {
    ids: &'a [u32],
    places: Vec<usize>,
}

impl Model {
    fn read(bytes: &[u8]) -> Result<Self, WeightsError> {
        let weights = Weights::open(bytes)?;
        let vocabulary = Vocabulary::read(weights.vocabulary()?)?;
        Ok(Self { transformer: Transformer::read(&weights, vocabulary.len())?, vocabulary })
    }

    fn embed(
        &self,
        texts: &[&str],
        instructions: Instructions,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Array2<f32> {
        let width = self.transformer.width();
        let mut out = Array2::zeros((texts.len(), width));
        let ids: Vec<Vec<u32>> = texts
            .par_iter()
            .map_init(String::new, |scratch, text| self.encode(text, scratch))
            .collect();
        let groups = equal(&ids);
        let batches = batches(&groups);
        for section in batches.chunks(SECTION) {
            let vectors: Vec<Vec<f32>> = section
                .par_iter()
                .with_max_len(1)
                .map_init(Scratch::default, |scratch, batch| {
                    let vectors = self.embed_batch(batch, instructions, scratch);
                    progress(batch.iter().map(|equal| equal.places.len()).sum());
                    vectors
                })
                .collect();
            for (batch, vectors) in section.iter().zip(&vectors) {
                for (equal, vector) in batch.iter().zip(vectors.chunks_exact(width)) {
                    for place in &equal.places {
                        out.row_mut(*place)
                            .iter_mut()
                            .zip(vector)
                            .for_each(|(to, from)| *to = *from);
                    }
                }
            }
        }
        out
    }

    /// The vectors of a batch, one behind the other.
    fn embed_batch(
        &self,
        batch: &[Equal<'_>],
        instructions: Instructions,
        scratch: &mut Scratch,
    ) -> Vec<f32> {
        let ids: Vec<&[u32]> = batch.iter().map(|equal| equal.ids).collect();
        let mut vectors = vec![0.0; ids.len() * self.transformer.width()];
        instructions.encode(&self.transformer, &ids, scratch, &mut vectors);
        for (ids, vector) in ids.iter().zip(vectors.chunks_exact_mut(self.transformer.width())) {
            if ids.iter().all(|id| [START, UNKNOWN, END].contains(id)) {
                first_axis(vector);
            }
        }
        vectors
    }

    /// The ids of a text, [CLS] and [SEP] included.
    fn encode(&self, text: &str, scratch: &mut String) -> Vec<u32> {
        let mut ids = Vec::with_capacity(16);
        ids.push(START);
        self.vocabulary.encode(text, self.transformer.longest() - 2, scratch, &mut ids);
        ids.push(END);
        ids
    }
}

/// Texts of the same tokens together, the shortest first.
fn equal(ids: &[Vec<u32>]) -> Vec<Equal<'_>> {
    let mut order: Vec<(&[u32], usize)> =
        ids.iter().enumerate().map(|(place, ids)| (ids.as_slice(), place)).collect();
    order.par_sort_unstable_by_key(|&(ids, place)| (ids.len(), ids, place));
    order
        .chunk_by(|left, right| left.0 == right.0)
        .filter_map(|group| {
            let ids = group.first()?.0;
            Some(Equal { ids, places: group.iter().map(|(_, place)| *place).collect() })
        })
        .collect()
}

/// Whole texts together, so many that their tokens make a batch; the longest first, which leaves short work for the end.
fn batches<'a, 'b>(groups: &'b [Equal<'a>]) -> Vec<&'b [Equal<'a>]> {
    let rows: usize = groups.iter().map(|group| group.ids.len()).sum();
    let share = rows / (rayon::current_num_threads() * BATCHES_PER_THREAD);
    let most = share.clamp(*BATCH_ROWS.start(), *BATCH_ROWS.end());
    let mut batches = Vec::new();
    let mut rest = groups;
    while !rest.is_empty() {
        let mut rows = 0;
        let fitting = rest.iter().rev().take_while(|group| {
            rows += group.ids.len();
            rows <= most
        });
        // A text that is longer than a batch is one.
        let count = fitting.count().max(1);
        let (before, batch) = rest.split_at(rest.len() - count);
        batches.push(batch);
        rest = before;
    }
    batches
}

#[cfg(test)]
mod tests;
