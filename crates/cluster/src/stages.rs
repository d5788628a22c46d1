//! The stages of [`cluster`](crate::cluster) one by one, for benches and measurements. No part of the interface.

use ndarray::ArrayView2;

use crate::directions::Directions;
use crate::{Settings, edges, graph, leiden, neighbours};

/// Rows in steps and in order.
pub struct Prepared(Directions);

/// The neighbours of every row.
pub struct Nearest(neighbours::Neighbours);

/// The neighbour graph.
pub struct Graph(graph::Graph);

/// The distinct directions.
#[must_use]
pub fn prepare(vectors: ArrayView2<'_, f32>) -> Prepared {
    Prepared(Directions::of(vectors, |_| true))
}

impl Prepared {
    /// Neighbours as [`cluster`](crate::cluster) finds them.
    #[must_use]
    pub fn nearest(&self, settings: &Settings) -> Nearest {
        let Directions { codes, hashes, .. } = &self.0;
        let (most, least) = (settings.neighbours(), settings.minimum_similarity());
        Nearest(neighbours::nearest(codes, hashes, most, least))
    }

    /// Neighbours by comparing all pairs, however many rows there are.
    #[must_use]
    pub fn nearest_of_all(&self, settings: &Settings) -> Nearest {
        let (most, least) = (settings.neighbours(), settings.minimum_similarity());
        Nearest(neighbours::exactly(&self.0.codes, most, least))
    }

    /// Neighbours by the search for many rows, however few there are.
    #[must_use]
    pub fn nearest_of_many(&self, settings: &Settings) -> Nearest {
        let Directions { codes, hashes, .. } = &self.0;
        let (most, least) = (settings.neighbours(), settings.minimum_similarity());
        Nearest(neighbours::nearly(codes, hashes, most, least))
    }

    /// The node of every row given.
    #[must_use]
    pub fn nodes(&self) -> &[Option<u32>] {
        &self.0.of
    }
}

impl Nearest {
    /// The graph of the neighbours.
    #[must_use]
    pub fn graph(&self) -> Graph {
        Graph(edges::of_neighbours(&self.0))
    }

    /// Share of the neighbours in `exact` that are among these.
    #[must_use]
    pub fn recall(&self, exact: &Self) -> f64 {
        let (mut found, mut all) = (0, 0);
        for row in 0..exact.0.rows() as u32 {
            let own = self.0.of(row);
            let is_found = |other: &&neighbours::Neighbour| own.contains(other);
            found += exact.0.of(row).iter().filter(is_found).count();
            all += exact.0.of(row).len();
        }
        if all == 0 { 1.0 } else { f64::from(found as u32) / f64::from(all as u32) }
    }
}

impl Graph {
    /// The community of every node.
    #[must_use]
    pub fn communities(&self, settings: &Settings) -> Vec<u32> {
        leiden::communities(&self.0, crate::resolution(&self.0, settings))
    }
}
