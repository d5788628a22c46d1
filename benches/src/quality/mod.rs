//! How well clustering finds what people labelled, how steady its groups are, and what it costs.
//!
//! All of it takes vectors and labels, wherever these come from: an embedder, or a file of another program's
//! ([`vectors::read`]), so that all go through the same code.
//!
//! ```
//! use mcp_insights_benches::quality::{Method, measure};
//! use mcp_insights_cluster::Settings;
//!
//! let vectors = ndarray::array![[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]];
//! let scores = measure(Method::Cluster, &vectors, &["a", "a", "b", "b"], &Settings::default())?;
//! assert_eq!((scores.groups, scores.alone), (2, 0));
//! assert!((scores.agreement.adjusted_mutual_information - 1.0).abs() < 1e-9);
//! # Ok::<(), mcp_insights_benches::quality::QualityError>(())
//! ```

mod costs;
pub mod few;
pub mod labelled;
mod measure;
pub mod sample;
mod stability;
pub mod vectors;

pub use costs::{Costs, costs, recall};
pub use measure::{Method, Scores, measure};
pub use stability::{Stability, stability};

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why something could not be measured.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum QualityError {
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The length of a file of vectors does not fit.
    #[error("{path}: {bytes} bytes are no {rows} rows of equally many 32-bit floats")]
    Length {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: usize,
        /// The rows that were expected.
        rows: usize,
    },
    /// The baseline failed.
    #[cfg(feature = "k-means")]
    #[error("k-means: {0}")]
    KMeans(#[from] linfa_clustering::KMeansError),
}
