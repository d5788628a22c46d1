//! A BERT encoder with mean pooling (Devlin et al. 2019, Reimers and Gurevych 2019), its products in 8 bits.

use super::attention::{self, Shape};
use super::lanes::{LANES, gelu, layer_norm, normalize};
use super::product::PackedWeights;
use super::rows::{QuantizedRows, ROW_BLOCK};
use super::weights::{Codes, Weights, WeightsError};

/// Rows that pass the products of a layer together: what they need in between stays in the second cache.
const TILE: usize = 8 * ROW_BLOCK;

/// The weights of an encoder.
#[derive(Debug)]
pub(super) struct Transformer {
    shape: Shape,
    epsilon: f32,
    /// Most tokens of a text, [CLS] and [SEP] included.
    longest: usize,
    /// A token's codes are a short vector that `basis` makes a word vector of.
    words: Codes,
    basis: PackedWeights,
    /// [longest, width].
    positions: Vec<f32>,
    embedding_norm: Norm,
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    /// Queries, keys and values, one behind the other.
    mixed: PackedWeights,
    attention_output: PackedWeights,
    attention_norm: Norm,
    intermediate: PackedWeights,
    output: PackedWeights,
    output_norm: Norm,
}

#[derive(Debug)]
struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// Room for what lies between the tokens of a batch and its vectors.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    ids: Vec<u32>,
    hidden: Vec<f32>,
    mixed: Vec<f32>,
    attended: Vec<f32>,
    tile: Vec<f32>,
    wide: Vec<f32>,
    rows: QuantizedRows,
    attention: attention::Scratch,
}

impl Transformer {
    /// Reads the weights of a file whose vocabulary has `tokens` tokens.
    pub(super) fn read(weights: &Weights<'_>, tokens: usize) -> Result<Self, WeightsError> {
        let heads: usize = weights.about("heads")?;
        let longest: usize = weights.about("longest")?;
        let words = weights.codes("word", Some(tokens), None)?;
        let basis = weights.codes("word.basis", None, Some(words.columns))?;
        let width = basis.rows;
        let positions = weights.codes("position", Some(longest), Some(width))?;
        let head_width = width.checked_div(heads).unwrap_or_default();
        if head_width == 0 || head_width * heads != width || !head_width.is_multiple_of(LANES) {
            return Err(WeightsError::Metadata("heads"));
        }
        if longest < 3 {
            return Err(WeightsError::Metadata("longest"));
        }
        let layers = (0..weights.layers())
            .map(|number| Layer::read(weights, &format!("layer.{number}"), width))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            shape: Shape { heads, head_width },
            epsilon: weights.about("norm_epsilon")?,
            longest,
            words,
            basis: pack("word.basis", &basis, &vec![0.0; width])?,
            positions: floats(&positions),
            embedding_norm: Norm::read(weights, "embedding_norm", width)?,
            layers,
        })
    }

    /// Numbers of a vector.
    pub(super) fn width(&self) -> usize {
        self.shape.width()
    }

    /// Most tokens of a text that are read, [CLS] and [SEP] included.
    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Writes the unit vectors of texts to `out` [texts, width]. Each text is a list of at most [`Self::longest`] ids that
    /// the vocabulary has, [CLS] and [SEP] included.
    ///
    /// `product` gives [rows, outputs]; all kernels give the same. This is inlined into the instruction set of its caller.
    #[inline(always)]
    pub(super) fn encode(
        &self,
        texts: &[&[u32]],
        scratch: &mut Scratch,
        out: &mut [f32],
        product: impl Fn(&QuantizedRows, &PackedWeights, &mut [f32]),
    ) {
        let width = self.width();
        self.embed_tokens(texts, scratch, &product);
        for layer in &self.layers {
            self.apply(layer, texts, scratch, &product);
        }
        let mut hidden = scratch.hidden.as_slice();
        for (text, vector) in texts.iter().zip(out.chunks_exact_mut(width)) {
            let (rows, after) = hidden.split_at(text.len() * width);
            hidden = after;
            // The mean has the direction of the sum.
            vector.fill(0.0);
            for row in rows.chunks_exact(width) {
                add(vector, row);
            }
            if !normalize(vector) {
                first_axis(vector);
            }
        }
    }

    /// The sum of word and position vector of each token, normed.
    #[inline(always)]
    fn embed_tokens(
        &self,
        texts: &[&[u32]],
        scratch: &mut Scratch,
        product: &impl Fn(&QuantizedRows, &PackedWeights, &mut [f32]),
    ) {
        let width = self.width();
        let tokens: usize = texts.iter().map(|text| text.len()).sum();
        // Every number of these is written before it is read.
        scratch.hidden.resize(tokens * width, 0.0);
        scratch.mixed.resize(tokens * 3 * width, 0.0);
        scratch.attended.resize(tokens * width, 0.0);
        scratch.ids.clear();
        scratch.ids.extend(texts.iter().copied().flatten());
        let tiles = scratch.ids.chunks(TILE).zip(scratch.hidden.chunks_mut(TILE * width));
        for (ids, hidden) in tiles {
            let codes = ids.iter().map(|id| self.words.row(*id as usize));
            scratch.rows.set_codes(codes, self.words.columns);
            product(&scratch.rows, &self.basis, hidden);
        }
        let mut hidden = scratch.hidden.as_mut_slice();
        for text in texts {
            let (rows, after) = hidden.split_at_mut(text.len() * width);
            hidden = after;
            let positions = self.positions.chunks_exact(width);
            for (row, position) in rows.chunks_exact_mut(width).zip(positions) {
                add(row, position);
                self.embedding_norm.apply(row, self.epsilon);
            }
        }
    }

    /// One layer over the hidden rows of a batch.
    #[inline(always)]
    fn apply(
        &self,
        layer: &Layer,
        texts: &[&[u32]],
        scratch: &mut Scratch,
        product: &impl Fn(&QuantizedRows, &PackedWeights, &mut [f32]),
    ) {
        let width = self.width();
        let rows = &mut scratch.rows;
        let tiles = scratch.hidden.chunks(TILE * width);
        for (hidden, mixed) in tiles.zip(scratch.mixed.chunks_mut(TILE * 3 * width)) {
            rows.set(hidden, width);
            product(rows, &layer.mixed, mixed);
        }
        let (mut mixed, mut attended) = (&scratch.mixed[..], &mut scratch.attended[..]);
        for text in texts {
            let (given, after) = mixed.split_at(text.len() * 3 * width);
            let (taken, room) = attended.split_at_mut(text.len() * width);
            (mixed, attended) = (after, room);
            self.shape.attend(given, &mut scratch.attention, taken);
        }
        let tiles = scratch.hidden.chunks_mut(TILE * width);
        for (hidden, attended) in tiles.zip(scratch.attended.chunks(TILE * width)) {
            rows.set(attended, width);
            scratch.tile.resize(hidden.len(), 0.0);
            product(rows, &layer.attention_output, &mut scratch.tile);
            layer.attention_norm.apply_to_sums(hidden, &scratch.tile, self.epsilon);
            rows.set(hidden, width);
            scratch.wide.resize(rows.count() * layer.intermediate.outputs(), 0.0);
            product(rows, &layer.intermediate, &mut scratch.wide);
            scratch.wide.iter_mut().for_each(|number| *number = gelu(*number));
            rows.set(&scratch.wide, layer.intermediate.outputs());
            product(rows, &layer.output, &mut scratch.tile);
            layer.output_norm.apply_to_sums(hidden, &scratch.tile, self.epsilon);
        }
    }
}

impl Layer {
    fn read(weights: &Weights<'_>, name: &str, width: usize) -> Result<Self, WeightsError> {
        let read = |part: &str, outputs: Option<usize>, inputs: usize| {
            let name = format!("{name}.{part}");
            let codes = weights.codes(&name, outputs, Some(inputs))?;
            let bias = weights.floats(&format!("{name}.bias"), codes.rows)?;
            Ok::<_, WeightsError>((name, codes, bias))
        };
        let packed = |part: &str, outputs: Option<usize>, inputs: usize| {
            let (name, codes, bias) = read(part, outputs, inputs)?;
            pack(&name, &codes, &bias)
        };
        let (name_of_all, mut mixed, mut biases) = read("query", Some(width), width)?;
        for part in ["key", "value"] {
            let (_, codes, bias) = read(part, Some(width), width)?;
            mixed.codes.extend(codes.codes);
            mixed.scales.extend(codes.scales);
            biases.extend(bias);
        }
        let intermediate = packed("intermediate", None, width)?;
        let output = packed("output", Some(width), intermediate.outputs())?;
        Ok(Self {
            mixed: pack(&name_of_all, &mixed, &biases)?,
            attention_output: packed("attention_output", Some(width), width)?,
            attention_norm: Norm::read(weights, &format!("{name}.attention_norm"), width)?,
            intermediate,
            output,
            output_norm: Norm::read(weights, &format!("{name}.output_norm"), width)?,
        })
    }
}

impl Norm {
    fn read(weights: &Weights<'_>, name: &str, width: usize) -> Result<Self, WeightsError> {
        Ok(Self {
            weight: weights.floats(&format!("{name}.weight"), width)?,
            bias: weights.floats(&format!("{name}.bias"), width)?,
        })
    }

    #[inline(always)]
    fn apply(&self, row: &mut [f32], epsilon: f32) {
        layer_norm(row, &self.weight, &self.bias, epsilon);
    }

    /// Adds rows to rows, and norms those.
    #[inline(always)]
    fn apply_to_sums(&self, rows: &mut [f32], added: &[f32], epsilon: f32) {
        let width = self.weight.len();
        for (row, added) in rows.chunks_exact_mut(width).zip(added.chunks_exact(width)) {
            add(row, added);
            self.apply(row, epsilon);
        }
    }
}

/// The vector of what has no direction, as of [`HashedNgrams`](crate::HashedNgrams): the first axis.
pub(super) fn first_axis(vector: &mut [f32]) {
    vector.fill(0.0);
    if let Some(first) = vector.first_mut() {
        *first = 1.0;
    }
}

#[inline(always)]
fn add(row: &mut [f32], added: &[f32]) {
    for (number, added) in row.iter_mut().zip(added) {
        *number += added;
    }
}

fn pack(name: &str, codes: &Codes, bias: &[f32]) -> Result<PackedWeights, WeightsError> {
    PackedWeights::pack(&codes.codes, &codes.scales, bias, codes.columns).ok_or_else(|| {
        WeightsError::Shape {
            name: name.to_owned(),
            expected: "a multiple of 64 by a multiple of 4".to_owned(),
            found: vec![codes.rows, codes.columns],
        }
    })
}

/// The numbers that codes and scales stand for.
fn floats(codes: &Codes) -> Vec<f32> {
    let rows = (0..codes.rows).map(|row| codes.row(row));
    rows.flat_map(|(codes, scale)| codes.iter().map(move |code| f32::from(*code) * scale)).collect()
}
