//! A weighted graph without directions.

/// An undirected graph; the edges of a node lie side by side.
///
/// All weights are whole numbers, held in floats of 64 bits: sums of them are exact in any order.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Graph {
    starts: Vec<usize>,
    targets: Vec<u32>,
    weights: Vec<f64>,
    /// Weight of all edge ends at a node, with those within the node itself, where it stands for several.
    degrees: Vec<f64>,
}

impl Graph {
    /// The graph without loops whose node `n` has the edges from `starts[n]` up to `starts[n + 1]`; each edge stands with both its
    /// ends. What leads out of the graph is an error of the caller.
    pub(crate) fn new(starts: Vec<usize>, targets: Vec<u32>, weights: Vec<f64>) -> Self {
        let degrees = starts
            .windows(2)
            .map(|ends| weights.get(ends[0]..ends[1]).unwrap_or_default().iter().sum())
            .collect();
        Self { starts, targets, weights, degrees }
    }

    pub(crate) fn nodes(&self) -> usize {
        self.degrees.len()
    }

    pub(crate) fn degrees(&self) -> &[f64] {
        &self.degrees
    }

    /// The nodes at the other ends of a node's edges, and the edges' weights.
    pub(crate) fn edges_of(&self, node: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let node = node as usize;
        let own = self.starts[node]..self.starts[node + 1];
        self.targets[own.clone()].iter().copied().zip(self.weights[own].iter().copied())
    }

    /// The graph whose nodes are the `groups` groups of this one's.
    pub(crate) fn joined(&self, group_of: &[u32], groups: usize) -> Self {
        let (firsts, members) = by_group(group_of, groups);
        let mut starts = Vec::with_capacity(groups + 1);
        let (mut targets, mut weights) = (Vec::new(), Vec::new());
        let mut degrees = vec![0.0; groups];
        let mut links = Links::new(groups);
        starts.push(0);
        for group in 0..groups {
            links.clear();
            for &member in &members[firsts[group]..firsts[group + 1]] {
                degrees[group] += self.degrees[member as usize];
                for (other, weight) in self.edges_of(member) {
                    links.add(group_of[other as usize], weight);
                }
            }
            for &other in links.groups().iter().filter(|&&other| other as usize != group) {
                targets.push(other);
                weights.push(links.weight(other));
            }
            starts.push(targets.len());
        }
        Self { starts, targets, weights, degrees }
    }
}

/// The members of every group side by side, and where each group starts.
fn by_group(group_of: &[u32], groups: usize) -> (Vec<usize>, Vec<u32>) {
    let mut starts = vec![0; groups + 1];
    for &group in group_of {
        starts[group as usize + 1] += 1;
    }
    for group in 0..groups {
        starts[group + 1] += starts[group];
    }
    let mut ends = starts.clone();
    let mut members = vec![0; group_of.len()];
    for (node, &group) in (0..).zip(group_of) {
        let end = &mut ends[group as usize];
        members[*end] = node;
        *end += 1;
    }
    (starts, members)
}

/// Weights of edges by the group at their other end; cleared at the cost of what was added.
pub(crate) struct Links {
    weights: Vec<f64>,
    touched: Vec<u32>,
}

impl Links {
    pub(crate) fn new(groups: usize) -> Self {
        Self { weights: vec![0.0; groups], touched: Vec::new() }
    }

    pub(crate) fn clear(&mut self) {
        for group in self.touched.drain(..) {
            self.weights[group as usize] = 0.0;
        }
    }

    /// Adds a weight above 0.
    pub(crate) fn add(&mut self, group: u32, weight: f64) {
        let sum = &mut self.weights[group as usize];
        if *sum == 0.0 {
            self.touched.push(group);
        }
        *sum += weight;
    }

    pub(crate) fn weight(&self, group: u32) -> f64 {
        self.weights[group as usize]
    }

    /// In the order in which they were first added to.
    pub(crate) fn groups(&self) -> &[u32] {
        &self.touched
    }
}

#[cfg(test)]
impl Graph {
    /// A graph from edges that are given once each; repeats add up.
    pub(crate) fn of_edges(nodes: usize, edges: &[(u32, u32, f64)]) -> Self {
        use std::collections::BTreeMap;
        let mut ends: Vec<BTreeMap<u32, f64>> = vec![BTreeMap::new(); nodes];
        for &(left, right, weight) in edges {
            *ends[left as usize].entry(right).or_default() += weight;
            *ends[right as usize].entry(left).or_default() += weight;
        }
        let mut starts = vec![0];
        starts.extend(ends.iter().scan(0, |sum, own| {
            *sum += own.len();
            Some(*sum)
        }));
        let flat: Vec<(u32, f64)> = ends.into_iter().flatten().collect();
        let (targets, weights) = flat.into_iter().unzip();
        Self::new(starts, targets, weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_sums_of_edges() {
        let graph = Graph::of_edges(3, &[(0, 2, 1.0), (0, 2, 0.5), (1, 2, 2.0)]);
        assert_eq!(graph.edges_of(2).collect::<Vec<_>>(), [(0, 1.5), (1, 2.0)]);
        assert_eq!(graph.degrees(), [1.5, 2.0, 3.5]);
    }

    #[test]
    fn joining_keeps_the_weight_of_all_edges() {
        let graph = Graph::of_edges(4, &[(0, 1, 1.0), (1, 2, 2.0), (2, 3, 3.0), (0, 3, 4.0)]);
        let joined = graph.joined(&[0, 0, 1, 1], 2);
        assert_eq!(joined.edges_of(0).collect::<Vec<_>>(), [(1, 6.0)]);
        assert_eq!(joined.degrees(), [8.0, 12.0]);
    }
}
