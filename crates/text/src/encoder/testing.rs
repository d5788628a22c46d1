//! Files of weights for tests: small ones of random numbers.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use safetensors::tensor::{Dtype, TensorView};

/// A file of weights that is being made.
pub(super) struct WeightsFile {
    pub(super) tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)>,
    pub(super) metadata: HashMap<String, String>,
    state: u64,
}

/// Sizes of a small transformer.
pub(super) const WIDTH: usize = 64;
pub(super) const HEADS: usize = 2;
pub(super) const WIDE: usize = 128;
pub(super) const SHORT: usize = 32;
pub(super) const LONGEST: usize = 24;
pub(super) const LAYERS: usize = 2;

/// The tokens of the small files, after the special ones.
pub(super) const TOKENS: [&str; 12] =
    ["a", "b", "c", "##a", "##b", "##c", "refund", "order", "my", "?", ",", "weather"];

impl WeightsFile {
    /// A file with a vocabulary and strings about it.
    pub(super) fn new(strings: &[(&str, &str)]) -> Self {
        let strings = strings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        let mut file = Self { tensors: Vec::new(), metadata: strings.collect(), state: 1 };
        let lines: String = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
            .iter()
            .chain(&TOKENS)
            .map(|token| format!("{token}\n"))
            .collect();
        file.push("vocabulary", Dtype::U8, &[lines.len()], lines.into_bytes());
        file
    }

    /// A small transformer.
    pub(super) fn transformer() -> Self {
        let mut file = Self::new(&[
            ("name", "tiny"),
            ("heads", "2"),
            ("norm_epsilon", "1e-6"),
            ("longest", "24"),
        ]);
        file.codes("word", TOKENS.len() + 4, SHORT);
        file.codes("word.basis", WIDTH, SHORT);
        file.codes("position", LONGEST, WIDTH);
        file.norm("embedding_norm");
        for layer in 0..LAYERS {
            for part in ["query", "key", "value", "attention_output"] {
                file.linear(&format!("layer.{layer}.{part}"), WIDTH, WIDTH);
            }
            file.linear(&format!("layer.{layer}.intermediate"), WIDE, WIDTH);
            file.linear(&format!("layer.{layer}.output"), WIDTH, WIDE);
            file.norm(&format!("layer.{layer}.attention_norm"));
            file.norm(&format!("layer.{layer}.output_norm"));
        }
        file
    }

    /// Small static vectors.
    pub(super) fn vectors() -> Self {
        let mut file = Self::new(&[("name", "tiny")]);
        file.codes("token", TOKENS.len() + 4, SHORT);
        file
    }

    pub(super) fn push(&mut self, name: &str, kind: Dtype, shape: &[usize], bytes: Vec<u8>) {
        self.tensors.push((name.to_owned(), kind, shape.to_vec(), bytes));
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let tensors = self.tensors.iter().map(|(name, kind, shape, bytes)| {
            (name, TensorView::new(*kind, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(tensors, Some(self.metadata.clone().into_iter().collect())).unwrap()
    }

    /// The numbers of a tensor of floats.
    pub(super) fn floats(&self, name: &str) -> Vec<f64> {
        let (_, _, _, bytes) = self.tensors.iter().find(|tensor| tensor.0 == name).unwrap();
        bytes.as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
    }

    /// The rows that codes and scales stand for.
    pub(super) fn matrix(&self, name: &str) -> Vec<Vec<f64>> {
        let codes = format!("{name}.codes");
        let (_, _, shape, bytes) = self.tensors.iter().find(|tensor| tensor.0 == codes).unwrap();
        bytes
            .chunks(shape[1])
            .zip(self.floats(&format!("{name}.scales")))
            .map(|(row, scale)| {
                row.iter().map(|byte| f64::from(byte.cast_signed()) * scale).collect()
            })
            .collect()
    }

    fn linear(&mut self, name: &str, outputs: usize, inputs: usize) {
        self.codes(name, outputs, inputs);
        self.random(&format!("{name}.bias"), outputs, -0.2, 0.2);
    }

    fn norm(&mut self, name: &str) {
        self.random(&format!("{name}.weight"), WIDTH, 0.5, 1.5);
        self.random(&format!("{name}.bias"), WIDTH, -0.2, 0.2);
    }

    fn codes(&mut self, name: &str, rows: usize, columns: usize) {
        let codes = (0..rows * columns).map(|_| self.next() as u8).collect();
        self.push(&format!("{name}.codes"), Dtype::I8, &[rows, columns], codes);
        self.random(&format!("{name}.scales"), rows, 0.001, 0.003);
    }

    fn random(&mut self, name: &str, count: usize, least: f32, greatest: f32) {
        let numbers: Vec<f32> = (0..count)
            .map(|_| least + (greatest - least) * (self.next() % 1024) as f32 / 1024.0)
            .collect();
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.push(name, Dtype::F32, &[count], bytes);
    }

    /// The next number of a linear congruential generator (Knuth's MMIX).
    fn next(&mut self) -> u64 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.state >> 33
    }
}
