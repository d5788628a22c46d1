//! Scores of one clustering.

use std::collections::BTreeSet;
use std::time::Instant;

use mcp_insights_cluster::{Settings, cluster};
use ndarray::Array2;

use super::QualityError;
use crate::agreement::{Agreement, agreement, each_alone};
#[cfg(feature = "k-means")]
use crate::k_means::k_means;

/// What finds the groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// [`cluster`], which finds their number, too.
    Cluster,
    /// linfa's k-means, told the number of labels.
    #[cfg(feature = "k-means")]
    KMeans,
}

/// How a clustering compares with labels. Rows in no group count as groups of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Rows.
    pub rows: usize,
    /// Groups of two rows or more.
    pub groups: usize,
    /// Rows in no group.
    pub alone: usize,
    /// Agreement with the labels.
    pub agreement: Agreement,
    /// Wall time.
    pub seconds: f64,
}

impl Scores {
    /// The share of rows in no group.
    #[must_use]
    pub fn share_alone(&self) -> f64 {
        if self.rows == 0 { 0.0 } else { self.alone as f64 / self.rows as f64 }
    }
}

/// Groups the rows and compares the groups with the labels.
///
/// # Errors
/// Where k-means fails: without rows.
pub fn measure<L: Ord>(
    method: Method,
    vectors: &Array2<f32>,
    labels: &[L],
    settings: &Settings,
) -> Result<Scores, QualityError> {
    let begin = Instant::now();
    let groups: Vec<Option<u32>> = match method {
        Method::Cluster => cluster(vectors.view(), &vec![1; vectors.nrows()], settings),
        #[cfg(feature = "k-means")]
        Method::KMeans => {
            let number = labels.iter().collect::<BTreeSet<_>>().len();
            k_means(vectors, number)?.into_iter().map(Some).collect()
        }
    };
    let seconds = begin.elapsed().as_secs_f64();
    Ok(Scores {
        rows: groups.len(),
        groups: groups.iter().flatten().collect::<BTreeSet<_>>().len(),
        alone: groups.iter().filter(|group| group.is_none()).count(),
        agreement: agreement(labels, &each_alone(&groups)),
        seconds,
    })
}

#[cfg(all(test, feature = "k-means"))]
mod tests {
    use super::*;

    #[test]
    fn both_methods_find_what_is_plain() -> Result<(), QualityError> {
        let vectors =
            ndarray::array![[1.0, 0.0], [0.99, 0.1], [0.0, 1.0], [0.1, 0.99], [-1.0, -0.5]];
        let labels = ["a", "a", "b", "b", "c"];
        let found = measure(Method::Cluster, &vectors, &labels, &Settings::default())?;
        assert_eq!((found.rows, found.groups, found.alone), (5, 2, 1));
        assert!((found.share_alone() - 0.2).abs() < 1e-9);
        let told = measure(Method::KMeans, &vectors, &labels, &Settings::default())?;
        assert_eq!((told.groups, told.alone), (3, 0));
        assert!((told.agreement.adjusted_rand - 1.0).abs() < 1e-9);
        Ok(())
    }
}
