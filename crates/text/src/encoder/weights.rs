//! Reads a file of weights: named tensors in the safetensors format, and strings about them.

use std::str::FromStr;

use safetensors::tensor::{Dtype, SafeTensorError, SafeTensors, TensorView};

/// Why a file of weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum WeightsError {
    /// The file is cut, or no safetensors file.
    #[error("no file of weights: {0}")]
    Format(#[from] SafeTensorError),
    /// A string about the weights is missing or means nothing.
    #[error("the file of weights does not say its `{0}`")]
    Metadata(&'static str),
    /// A tensor has numbers of another type than expected.
    #[error("the tensor `{name}` is of type {found:?}, not {expected:?}")]
    Type { name: String, expected: Dtype, found: Dtype },
    /// A tensor has other lengths than the rest of the file tells.
    #[error("the tensor `{name}` has the shape {found:?}, not {expected}")]
    Shape { name: String, expected: String, found: Vec<usize> },
    /// A tensor has infinities or what is no number.
    #[error("the tensor `{0}` has numbers that are not finite")]
    NotFinite(String),
    /// The vocabulary is no list of lines of UTF-8, or lacks the special tokens at its start.
    #[error("the vocabulary is broken: {0}")]
    Vocabulary(&'static str),
}

/// An opened file of weights.
pub(super) struct Weights<'a> {
    tensors: SafeTensors<'a>,
    metadata: safetensors::tensor::Metadata,
}

/// What is told of an encoder before its weights are read, which takes some milliseconds.
#[derive(Debug)]
pub(super) struct About {
    /// Its name with that of its arithmetic: vectors of another are not compared with its own.
    pub(super) name: String,
    /// Numbers of a vector.
    pub(super) width: usize,
}

/// A matrix of 8-bit codes with a scale a row.
#[derive(Debug)]
pub(super) struct Codes {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) codes: Vec<i8>,
    pub(super) scales: Vec<f32>,
}

impl<'a> Weights<'a> {
    /// Reads the header of a file; tensors stay where they are.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, WeightsError> {
        let (_, metadata) = SafeTensors::read_metadata(bytes)?;
        Ok(Self { tensors: SafeTensors::deserialize(bytes)?, metadata })
    }

    /// A string about the weights, read as what it means.
    pub(super) fn about<T: FromStr>(&self, key: &'static str) -> Result<T, WeightsError> {
        let strings = self.metadata.metadata().as_ref();
        strings
            .and_then(|strings| strings.get(key))
            .and_then(|text| text.parse().ok())
            .ok_or(WeightsError::Metadata(key))
    }

    /// What is told of the encoder of this arithmetic, a vector of which has as many numbers as `matrix` has columns.
    pub(super) fn about_encoder(
        &self,
        arithmetic: u32,
        matrix: &str,
    ) -> Result<About, WeightsError> {
        let tensor = self.tensors.tensor(matrix)?;
        let Some(width) = tensor.shape().last().copied() else {
            return Err(shape(matrix, &tensor, "of two lengths"));
        };
        Ok(About { name: format!("{}/{arithmetic}", self.about::<String>("name")?), width })
    }

    /// The tokens in the order of their ids: UTF-8, a line feed after each.
    pub(super) fn vocabulary(&self) -> Result<&'a str, WeightsError> {
        let bytes = self.tensor("vocabulary", Dtype::U8)?.data();
        str::from_utf8(bytes).map_err(|_| WeightsError::Vocabulary("it is not UTF-8"))
    }

    /// The floats `name`, `count` of them.
    pub(super) fn floats(&self, name: &str, count: usize) -> Result<Vec<f32>, WeightsError> {
        let tensor = self.tensor(name, Dtype::F32)?;
        if tensor.shape() != [count] {
            return Err(shape(name, &tensor, &format!("[{count}]")));
        }
        let floats: Vec<f32> =
            tensor.data().as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
        let finite = floats.iter().all(|number| number.is_finite());
        if finite { Ok(floats) } else { Err(WeightsError::NotFinite(name.to_owned())) }
    }

    /// The matrix of `name.codes` and `name.scales`; `None` leaves a length open.
    pub(super) fn codes(
        &self,
        name: &str,
        rows: Option<usize>,
        columns: Option<usize>,
    ) -> Result<Codes, WeightsError> {
        let full = format!("{name}.codes");
        let tensor = self.tensor(&full, Dtype::I8)?;
        let &[found_rows, found_columns] = tensor.shape() else {
            return Err(shape(&full, &tensor, "of two lengths"));
        };
        let fits = |found: usize, expected: Option<usize>| {
            found > 0 && expected.is_none_or(|expected| expected == found)
        };
        if !(fits(found_rows, rows) && fits(found_columns, columns)) {
            let side = |length: Option<usize>| length.map_or("any".to_owned(), |n| n.to_string());
            return Err(shape(&full, &tensor, &format!("[{}, {}]", side(rows), side(columns))));
        }
        Ok(Codes {
            rows: found_rows,
            columns: found_columns,
            codes: tensor.data().iter().map(|byte| byte.cast_signed()).collect(),
            scales: self.floats(&format!("{name}.scales"), found_rows)?,
        })
    }

    /// Layers that have tensors, named `layer.0.…` and so on.
    pub(super) fn layers(&self) -> usize {
        let names = self.tensors.names();
        let layers = names.iter().filter_map(|name| name.strip_prefix("layer.")?.split('.').next());
        layers
            .filter_map(|layer| layer.parse::<usize>().ok())
            .max()
            .map_or(0, |last| last.saturating_add(1))
    }

    fn tensor(&self, name: &str, expected: Dtype) -> Result<TensorView<'a>, WeightsError> {
        let tensor = self.tensors.tensor(name)?;
        let found = tensor.dtype();
        if found == expected {
            Ok(tensor)
        } else {
            Err(WeightsError::Type { name: name.to_owned(), expected, found })
        }
    }
}

impl Codes {
    /// The codes and the scale of a row; nothing for a row that is not there.
    pub(super) fn row(&self, row: usize) -> (&[i8], f32) {
        let start = row.saturating_mul(self.columns);
        let codes = self.codes.get(start..start.saturating_add(self.columns)).unwrap_or_default();
        (codes, self.scales.get(row).copied().unwrap_or_default())
    }
}

/// The error for a tensor of another shape than `expected`.
fn shape(name: &str, tensor: &TensorView<'_>, expected: &str) -> WeightsError {
    WeightsError::Shape {
        name: name.to_owned(),
        expected: expected.to_owned(),
        found: tensor.shape().to_vec(),
    }
}
