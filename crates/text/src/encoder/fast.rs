//! The encoder [`Fast`].

use std::sync::OnceLock;

use ndarray::Array2;
use rayon::prelude::*;

use super::lanes::{LANES, normalize};
use super::transformer::first_axis;
use super::vocabulary::{END, Vocabulary};
use super::weights::{About, Codes, Weights, WeightsError};
use crate::embed::Embedder;

/// Version of the arithmetic: another one gives other vectors of the same weights.
const ARITHMETIC: u32 = 1;

/// Texts that a thread takes at once.
const BATCH: usize = 64;

static MODEL: OnceLock<Model> = OnceLock::new();
static ABOUT: OnceLock<About> = OnceLock::new();

/// Vectors that are sums of a vector a token, for English; a hundred times faster than [`Accurate`](crate::Accurate) and less
/// exact.
///
/// A text is cut into WordPiece tokens without the placeholders of [`fold`](crate::fold()), all of which count; the order of
/// words does not matter. A text without a known token has the first axis as its vector.
///
/// The weights are compiled in; making one costs nothing, the first text reads them. All cores are used. A text's vector is
/// the same bits on every machine, in any company.
///
/// ```
/// use mcp_insights_text::{Embedder, Fast};
/// let vectors = Fast::new().embed(&["refund my order", "money back for a purchase", "weather in paris"]);
/// assert!(vectors.row(0).dot(&vectors.row(1)) > vectors.row(0).dot(&vectors.row(2)));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Fast;

impl Fast {
    /// The encoder; nothing is read before it is used.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }

    fn model(self) -> &'static Model {
        #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
        MODEL.get_or_init(|| Model::read(mcp_insights_model::FAST).expect("weights compiled in"))
    }

    fn about(self) -> &'static About {
        #[expect(clippy::expect_used, reason = "the file is compiled in, and a test reads it")]
        ABOUT.get_or_init(|| about(mcp_insights_model::FAST).expect("weights compiled in"))
    }
}

impl Embedder for Fast {
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
        self.model().embed(texts, progress)
    }

    fn covers(&self, text: &str) -> bool {
        self.model().vocabulary.covers(text)
    }
}

fn about(bytes: &[u8]) -> Result<About, WeightsError> {
    Weights::open(bytes)?.about_encoder(ARITHMETIC, "token.codes")
}

/// A vector a token, and the vocabulary.
#[derive(Debug)]
struct Model {
    vocabulary: Vocabulary,
    tokens: Codes,
}

impl Model {
    fn read(bytes: &[u8]) -> Result<Self, WeightsError> {
        let weights = Weights::open(bytes)?;
        let vocabulary = Vocabulary::read(weights.vocabulary()?)?;
        let tokens = weights.codes("token", Some(vocabulary.len()), None)?;
        if !tokens.columns.is_multiple_of(LANES) {
            return Err(WeightsError::Shape {
                name: "token.codes".to_owned(),
                expected: format!("a multiple of {LANES} columns"),
                found: vec![tokens.rows, tokens.columns],
            });
        }
        Ok(Self { vocabulary, tokens })
    }

    fn embed(&self, texts: &[&str], progress: &(dyn Fn(usize) + Sync)) -> Array2<f32> {
        let width = self.tokens.columns;
        let mut out = Array2::zeros((texts.len(), width));
        if let Some(numbers) = out.as_slice_mut() {
            numbers.par_chunks_mut(width * BATCH).zip(texts.par_chunks(BATCH)).for_each(
                |(rows, texts)| {
                    let (mut scratch, mut ids) = (String::new(), Vec::new());
                    // Fresh memory is written once: to read it first would cost another fault a page.
                    let mut vector = vec![0.0; width];
                    for (row, text) in rows.chunks_exact_mut(width).zip(texts) {
                        ids.clear();
                        self.vocabulary.encode(text, usize::MAX, &mut scratch, &mut ids);
                        self.embed_ids(&ids, &mut vector);
                        row.copy_from_slice(&vector);
                    }
                    progress(texts.len());
                },
            );
        }
        out
    }

    /// Writes the sum of the tokens' vectors, [UNK] left out, with a length of 1.
    fn embed_ids(&self, ids: &[u32], row: &mut [f32]) {
        row.fill(0.0);
        for id in ids.iter().filter(|id| **id > END) {
            let (codes, scale) = self.tokens.row(*id as usize);
            for (number, code) in row.iter_mut().zip(codes) {
                *number += f32::from(*code) * scale;
            }
        }
        if !normalize(row) {
            first_axis(row);
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::atomic::{AtomicUsize, Ordering};

    use proptest::prelude::*;
    use safetensors::tensor::Dtype;

    use super::*;
    use crate::encoder::testing::{SHORT, TOKENS, WeightsFile};

    fn tiny() -> Model {
        Model::read(&WeightsFile::vectors().bytes()).unwrap()
    }

    #[test]
    fn a_vector_is_the_direction_of_the_sum_of_the_tokens() {
        let rows = WeightsFile::vectors().matrix("token");
        // "refund", "order", "a", "##b", and two that count for nothing.
        let ids = [10, 11, 4, 8];
        let sum = |at: usize| ids.iter().map(|id| rows[*id][at]).sum::<f64>();
        let length = (0..SHORT).map(|at| sum(at).powi(2)).sum::<f64>().sqrt();
        let vectors = tiny().embed(&["refund order ab zz <number>"], &|_| {});
        for (at, number) in vectors.iter().enumerate() {
            assert!((f64::from(*number) - sum(at) / length).abs() < 1e-6);
        }
    }

    #[test]
    fn texts_without_a_known_token_have_the_first_axis() {
        for row in tiny().embed(&["", "<number>", "zz"], &|_| {}).rows() {
            assert!(
                row.iter().enumerate().all(|(at, number)| *number == f32::from(u8::from(at == 0)))
            );
        }
    }

    #[test]
    fn the_weights_compiled_in_are_whole() {
        let model = Model::read(mcp_insights_model::FAST).unwrap();
        assert!(model.tokens.rows > TOKENS.len());
        assert_eq!(model.tokens.rows, model.vocabulary.len());
    }

    #[test]
    fn broken_files_are_refused() {
        let bytes = WeightsFile::vectors().bytes();
        assert!(Model::read(&bytes[..bytes.len() - 1]).is_err());
        let mut narrow = WeightsFile::new(&[("name", "tiny")]);
        let rows = TOKENS.len() + 4;
        narrow.push("token.codes", Dtype::I8, &[rows, 8], vec![1; rows * 8]);
        narrow.push("token.scales", Dtype::F32, &[rows], vec![0; rows * 4]);
        assert!(matches!(Model::read(&narrow.bytes()), Err(WeightsError::Shape { .. })));
    }

    proptest! {
        #[test]
        fn a_text_has_one_unit_vector_whatever_its_company(texts in proptest::collection::vec("[abc ?]{0,30}", 1..8)) {
            let model = tiny();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let told = AtomicUsize::new(0);
            let together = model.embed(&texts, &|count| {
                told.fetch_add(count, Ordering::Relaxed);
            });
            prop_assert_eq!(told.into_inner(), texts.len());
            for (text, row) in texts.iter().zip(together.rows()) {
                prop_assert!((row.dot(&row) - 1.0).abs() < 1e-5);
                let alone = model.embed(&[text], &|_| {});
                prop_assert_eq!(alone.row(0), row);
            }
        }
    }
}
