//! What each stage of clustering costs, and how many of the neighbours it finds.

use std::time::Instant;

use mcp_insights_cluster::{Settings, SettingsError, stages};
use ndarray::Array2;

/// Wall time of the stages in seconds, and what they find.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Costs {
    /// Rows brought into steps and into order.
    pub prepare: f64,
    /// Neighbours.
    pub nearest: f64,
    /// Their graph.
    pub graph: f64,
    /// Leiden.
    pub communities: f64,
    /// Communities, those of one row among them.
    pub number: usize,
}

impl Costs {
    /// Seconds from vectors to communities.
    #[must_use]
    pub fn all(&self) -> f64 {
        self.prepare + self.nearest + self.graph + self.communities
    }
}

/// Runs the stages one after the other.
#[must_use]
pub fn costs(vectors: &Array2<f32>, settings: &Settings) -> Costs {
    let (prepared, prepare) = timed(|| stages::prepare(vectors.view()));
    let (near, nearest) = timed(|| prepared.nearest(settings));
    let (joined, graph) = timed(|| near.graph());
    let (of, communities) = timed(|| joined.communities(settings));
    let number = of.iter().max().map_or(0, |&largest| largest as usize + 1);
    Costs { prepare, nearest, graph, communities, number }
}

fn timed<T>(what: impl FnOnce() -> T) -> (T, f64) {
    let begin = Instant::now();
    let done = what();
    (done, begin.elapsed().as_secs_f64())
}

/// The share of the nearest rows, whatever their similarity, that the search for many rows finds. Takes the time of all pairs.
///
/// # Errors
/// None that these settings can cause.
pub fn recall(vectors: &Array2<f32>, settings: &Settings) -> Result<f64, SettingsError> {
    let settings = settings.clone().with_minimum_similarity(-1.0)?;
    let prepared = stages::prepare(vectors.view());
    Ok(prepared.nearest_of_many(&settings).recall(&prepared.nearest_of_all(&settings)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_find_what_cluster_finds() {
        let vectors = Array2::from_shape_fn((60, 6), |(row, column)| {
            if row % 6 == column { 1.0 } else { (row * 5 + column) as f32 % 7.0 / 100.0 }
        });
        let found = costs(&vectors, &Settings::default());
        assert_eq!(found.number, 6);
        assert!(found.all() > 0.0);
        assert!(recall(&vectors, &Settings::default()).is_ok_and(|recall| recall > 0.99));
    }
}
