//! The baseline of grouping: linfa's k-means, which has to be told the number of groups.
//!
//! ```
//! use mcp_insights_benches::k_means::k_means;
//!
//! let groups = k_means(&ndarray::array![[1.0, 0.0], [0.0, 1.0], [0.9, 0.1]], 2)?;
//! assert_eq!(groups[0], groups[2]);
//! assert_ne!(groups[0], groups[1]);
//! # Ok::<(), linfa_clustering::KMeansError>(())
//! ```

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::{KMeans, KMeansError};
use ndarray::Array2;

/// Rounds of one run.
const MOST_ROUNDS: u64 = 50;

/// Puts every row into one of `groups` groups, the same at every call: one run from k-means++ with linfa's own fixed seed.
///
/// # Errors
/// Where there are fewer rows than groups, or none.
pub fn k_means(vectors: &Array2<f32>, groups: usize) -> Result<Vec<u32>, KMeansError> {
    let rows = DatasetBase::from(vectors.view());
    let model = KMeans::params(groups).n_runs(1).max_n_iterations(MOST_ROUNDS).fit(&rows)?;
    Ok(model.predict(vectors).into_iter().map(|group| group as u32).collect())
}
