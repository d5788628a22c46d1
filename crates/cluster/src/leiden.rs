//! Communities of a graph by the Leiden algorithm.
//!
//! Traag, Waltman and van Eck, "From Louvain to Leiden: guaranteeing well-connected communities" (Scientific Reports 9,
//! 2019), for the quality of Reichardt and Bornholdt with a configuration null model:
//!
//! ```text
//! Q = Σ over communities c of  W(c) − resolution · K(c)² / (4 m)
//! ```
//!
//! with `W(c)` the weight of the edges within, `K(c)` the sum of degrees and `m` the weight of all edges. Where the
//! original draws lots, this takes the best, and of equals the smallest number; nodes are visited in their order.

use std::collections::VecDeque;

use crate::graph::Graph;

/// Rounds over the whole graph; two or three suffice before nothing moves any more.
const ROUNDS: usize = 10;

/// A move must gain at least so much, relative to the mean degree: sums of floats are not exact.
const LEAST_GAIN: f64 = 1e-10;

/// The community of every node, numbered from 0 in the order of first nodes.
pub(crate) fn communities(graph: &Graph, resolution: f64) -> Vec<u32> {
    let mut of: Vec<u32> = (0..graph.nodes() as u32).collect();
    for _ in 0..ROUNDS {
        let next = round(graph, &of, resolution);
        if next == of {
            break;
        }
        of = next;
    }
    of
}

/// Moves, refines and joins until every community is one node, starting from a partition.
fn round(graph: &Graph, start: &[u32], resolution: f64) -> Vec<u32> {
    // For each node of the first graph, its node in the present one.
    let mut place: Vec<u32> = (0..graph.nodes() as u32).collect();
    let mut level = graph.clone();
    let mut of = start.to_vec();
    loop {
        let mut partition = Partition::new(&level, of, resolution);
        partition.move_nodes();
        let moved = numbered(&partition.of);
        let count = distinct(&moved);
        if count == level.nodes() {
            return numbered(&through(&place, &moved));
        }
        let refined = numbered(&refine(&level, &moved, resolution));
        let parts = distinct(&refined);
        // Without progress of the refinement the communities themselves are joined.
        let (joined, parts) =
            if parts == level.nodes() { (moved.clone(), count) } else { (refined, parts) };
        let mut community_of_part = vec![0; parts];
        for (&part, &community) in joined.iter().zip(&moved) {
            if let Some(known) = community_of_part.get_mut(part as usize) {
                *known = community;
            }
        }
        place = through(&place, &joined);
        level = level.joined(&joined, parts);
        of = community_of_part;
    }
}

fn through(place: &[u32], of: &[u32]) -> Vec<u32> {
    place.iter().map(|&node| of.get(node as usize).copied().unwrap_or_default()).collect()
}

/// The same partition with numbers from 0 in the order of first members.
pub(crate) fn numbered(of: &[u32]) -> Vec<u32> {
    let mut names: Vec<Option<u32>> =
        vec![None; of.iter().max().map_or(0, |&largest| largest as usize + 1)];
    let mut next = 0;
    of.iter()
        .map(|&community| match names.get_mut(community as usize) {
            Some(name) => *name.get_or_insert_with(|| {
                next += 1;
                next - 1
            }),
            None => 0,
        })
        .collect()
}

/// Communities of a numbered partition.
fn distinct(numbered: &[u32]) -> usize {
    numbered.iter().max().map_or(0, |&largest| largest as usize + 1)
}

/// A partition and the sums that tell what a move gains.
struct Partition<'a> {
    graph: &'a Graph,
    of: Vec<u32>,
    degrees: Vec<f64>,
    /// Sum of degrees by community.
    totals: Vec<f64>,
    members: Vec<u32>,
    /// resolution / 2m
    penalty: f64,
    least_gain: f64,
    links: Links,
}

impl<'a> Partition<'a> {
    fn new(graph: &'a Graph, of: Vec<u32>, resolution: f64) -> Self {
        let nodes = graph.nodes();
        let degrees: Vec<f64> = (0..nodes as u32).map(|node| graph.degree(node)).collect();
        let twice_all: f64 = degrees.iter().sum();
        let mut totals = vec![0.0; nodes];
        let mut members = vec![0; nodes];
        for (&community, degree) in of.iter().zip(&degrees) {
            if let (Some(total), Some(count)) =
                (totals.get_mut(community as usize), members.get_mut(community as usize))
            {
                *total += degree;
                *count += 1;
            }
        }
        let penalty = if twice_all > 0.0 { resolution / twice_all } else { 0.0 };
        let least_gain = LEAST_GAIN * twice_all / nodes.max(1) as f64;
        Self { graph, of, degrees, totals, members, penalty, least_gain, links: Links::new(nodes) }
    }

    /// Moves nodes to the neighbouring community that gains most until none gains; the neighbours of one that moved
    /// are looked at again.
    fn move_nodes(&mut self) {
        let nodes = self.graph.nodes();
        let mut waiting = vec![true; nodes];
        let mut queue: VecDeque<u32> = (0..nodes as u32).collect();
        // Communities without members, for nodes that are better off alone.
        let mut empty: Vec<u32> =
            (0..nodes as u32).rev().filter(|&community| self.members_of(community) == 0).collect();
        while let Some(node) = queue.pop_front() {
            if let Some(waits) = waiting.get_mut(node as usize) {
                *waits = false;
            }
            let Some(community) = self.best_move(node, &mut empty) else { continue };
            for &(other, _) in self.graph.edges_of(node) {
                if self.community(other) == community {
                    continue;
                }
                if let Some(waits) = waiting.get_mut(other as usize).filter(|waits| !**waits) {
                    *waits = true;
                    queue.push_back(other);
                }
            }
        }
    }

    /// Moves the node where that gains; its new community.
    fn best_move(&mut self, node: u32, empty: &mut Vec<u32>) -> Option<u32> {
        let own = self.community(node);
        let degree = self.degrees.get(node as usize).copied().unwrap_or_default();
        let of = &self.of;
        self.links.gather(
            self.graph.edges_of(node).iter().map(|&(other, weight)| {
                (of.get(other as usize).copied().unwrap_or_default(), weight)
            }),
        );
        let gain = |community: u32, total: f64| {
            self.links.weight(community) - self.penalty * degree * total
        };
        let total =
            |community: u32| self.totals.get(community as usize).copied().unwrap_or_default();
        let stay = gain(own, total(own) - degree);
        let mut best = (stay, own);
        for &community in self.links.communities() {
            if community == own {
                continue;
            }
            let gained = gain(community, total(community));
            let better = gained > best.0 + self.least_gain;
            // The first that beats staying; then the largest, of equals the smallest number.
            if better || (best.1 != own && gained == best.0 && community < best.1) {
                best = (gained, community);
            }
        }
        if 0.0 > best.0 + self.least_gain && self.members_of(own) > 1 {
            best = (0.0, empty.pop()?);
        }
        let community = best.1;
        if community == own {
            return None;
        }
        self.shift(degree, own, community);
        if self.members_of(own) == 0 {
            empty.push(own);
        }
        if let Some(place) = self.of.get_mut(node as usize) {
            *place = community;
        }
        Some(community)
    }

    fn community(&self, node: u32) -> u32 {
        self.of.get(node as usize).copied().unwrap_or_default()
    }

    fn members_of(&self, community: u32) -> u32 {
        self.members.get(community as usize).copied().unwrap_or_default()
    }

    /// Takes a node of this degree from one community to another.
    fn shift(&mut self, degree: f64, from: u32, to: u32) {
        if let (Some(total), Some(count)) =
            (self.totals.get_mut(from as usize), self.members.get_mut(from as usize))
        {
            *total -= degree;
            *count -= 1;
        }
        if let (Some(total), Some(count)) =
            (self.totals.get_mut(to as usize), self.members.get_mut(to as usize))
        {
            *total += degree;
            *count += 1;
        }
    }
}

/// Splits every community into parts that hang together: from single nodes, each is merged into the part of its community
/// that gains most, where both it and the part are well connected to the rest of the community.
fn refine(graph: &Graph, community_of: &[u32], resolution: f64) -> Vec<u32> {
    let nodes = graph.nodes();
    let mut parts = Partition::new(graph, (0..nodes as u32).collect(), resolution);
    let mut totals = vec![0.0; nodes];
    for (&community, degree) in community_of.iter().zip(&parts.degrees) {
        if let Some(total) = totals.get_mut(community as usize) {
            *total += degree;
        }
    }
    let community = |node: u32| community_of.get(node as usize).copied().unwrap_or_default();
    // Weight of the edges from a part to the rest of its community; at first a part is a node.
    let mut outward: Vec<f64> = (0..nodes as u32)
        .map(|node| {
            let within = graph
                .edges_of(node)
                .iter()
                .filter(|&&(other, _)| community(other) == community(node));
            within.fold(0.0, |sum, &(_, weight)| sum + weight)
        })
        .collect();
    for node in 0..nodes as u32 {
        let part = parts.community(node);
        if part != node || parts.members_of(part) != 1 {
            continue;
        }
        let degree = parts.degrees.get(node as usize).copied().unwrap_or_default();
        let total = totals.get(community(node) as usize).copied().unwrap_or_default();
        let out = |part: u32| outward.get(part as usize).copied().unwrap_or_default();
        let is_connected =
            |part: u32, degrees: f64| out(part) >= parts.penalty * degrees * (total - degrees);
        if !is_connected(part, degree) {
            continue;
        }
        let of = &parts.of;
        let within =
            graph.edges_of(node).iter().filter(|&&(other, _)| community(other) == community(node));
        parts.links.gather(
            within.map(|&(other, weight)| {
                (of.get(other as usize).copied().unwrap_or_default(), weight)
            }),
        );
        let mut best: Option<(f64, u32)> = None;
        for &candidate in parts.links.communities() {
            let degrees = parts.totals.get(candidate as usize).copied().unwrap_or_default();
            let gained = parts.links.weight(candidate) - parts.penalty * degree * degrees;
            let better = best.is_none_or(|(most, smallest)| {
                gained > most || (gained == most && candidate < smallest)
            });
            if candidate != part
                && gained > parts.least_gain
                && better
                && is_connected(candidate, degrees)
            {
                best = Some((gained, candidate));
            }
        }
        let Some((_, target)) = best else { continue };
        let moved = out(node) - 2.0 * parts.links.weight(target);
        parts.shift(degree, part, target);
        if let Some(place) = parts.of.get_mut(node as usize) {
            *place = target;
        }
        if let Some(out) = outward.get_mut(target as usize) {
            *out += moved;
        }
    }
    parts.of
}

/// Weights of a node's edges by the community at their other end; the list is cleared at the cost of its length.
struct Links {
    weights: Vec<f64>,
    touched: Vec<u32>,
}

impl Links {
    fn new(nodes: usize) -> Self {
        Self { weights: vec![0.0; nodes], touched: Vec::new() }
    }

    fn gather(&mut self, links: impl Iterator<Item = (u32, f64)>) {
        for community in self.touched.drain(..) {
            if let Some(weight) = self.weights.get_mut(community as usize) {
                *weight = 0.0;
            }
        }
        for (community, weight) in links.filter(|&(_, weight)| weight > 0.0) {
            if let Some(sum) = self.weights.get_mut(community as usize) {
                if *sum == 0.0 {
                    self.touched.push(community);
                }
                *sum += weight;
            }
        }
    }

    fn weight(&self, community: u32) -> f64 {
        self.weights.get(community as usize).copied().unwrap_or_default()
    }

    fn communities(&self) -> &[u32] {
        &self.touched
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Zachary's karate club: the graph that every method of communities is tried on. Nodes from 1.
    #[rustfmt::skip]
    const KARATE: &[(u32, u32)] = &[
        (1,2),(1,3),(1,4),(1,5),(1,6),(1,7),(1,8),(1,9),(1,11),(1,12),(1,13),(1,14),(1,18),(1,20),(1,22),(1,32),(2,3),(2,4),
        (2,8),(2,14),(2,18),(2,20),(2,22),(2,31),(3,4),(3,8),(3,9),(3,10),(3,14),(3,28),(3,29),(3,33),(4,8),(4,13),(4,14),(5,7),
        (5,11),(6,7),(6,11),(6,17),(7,17),(9,31),(9,33),(9,34),(10,34),(14,34),(15,33),(15,34),(16,33),(16,34),(19,33),(19,34),
        (20,34),(21,33),(21,34),(23,33),(23,34),(24,26),(24,28),(24,30),(24,33),(24,34),(25,26),(25,28),(25,32),(26,32),(27,30),
        (27,34),(28,34),(29,32),(29,34),(30,33),(30,34),(31,33),(31,34),(32,33),(32,34),(33,34),
    ];

    fn modularity(graph: &Graph, of: &[u32], resolution: f64) -> f64 {
        let degrees: Vec<f64> = (0..graph.nodes() as u32).map(|node| graph.degree(node)).collect();
        let twice: f64 = degrees.iter().sum::<f64>().max(1.0);
        let mut quality = 0.0;
        for node in 0..graph.nodes() {
            for &(other, weight) in graph.edges_of(node as u32) {
                quality += if of[node] == of[other as usize] { weight / twice } else { 0.0 };
            }
            for other in 0..graph.nodes() {
                if of[node] == of[other] {
                    quality -= resolution * degrees[node] * degrees[other] / (twice * twice);
                }
            }
        }
        quality
    }

    #[test]
    fn karate_club_reaches_the_best_modularity_known() {
        let edges: Vec<(u32, u32, f64)> =
            KARATE.iter().map(|&(left, right)| (left - 1, right - 1, 1.0)).collect();
        let graph = Graph::new(34, &edges);
        let of = communities(&graph, 1.0);
        assert_eq!(distinct(&of), 4);
        assert!(
            (modularity(&graph, &of, 1.0) - 0.4198).abs() < 5e-4,
            "{}",
            modularity(&graph, &of, 1.0)
        );
    }

    #[test]
    fn ring_of_cliques_falls_into_its_cliques() {
        let mut edges = Vec::new();
        for clique in 0..8_u32 {
            let first = clique * 5;
            edges.extend((0..5).flat_map(|left| {
                (left + 1..5).map(move |right| (first + left, first + right, 1.0))
            }));
            let next = (clique + 1) % 8 * 5;
            edges.push((first.min(next), first.max(next), 1.0));
        }
        let expected: Vec<u32> = (0..40).map(|node| node / 5).collect();
        assert_eq!(communities(&Graph::new(40, &edges), 1.0), expected);
    }

    #[test]
    fn nodes_without_edges_are_alone() {
        assert_eq!(communities(&Graph::new(3, &[]), 1.0), [0, 1, 2]);
        assert!(communities(&Graph::new(0, &[]), 1.0).is_empty());
    }

    #[test]
    fn numbers_follow_first_members() {
        assert_eq!(numbered(&[7, 7, 2, 7, 0]), [0, 0, 1, 0, 2]);
    }

    fn graphs() -> impl Strategy<Value = Graph> {
        (2..24_u32).prop_flat_map(|nodes| {
            proptest::collection::vec((0..nodes, 0..nodes, 1..8_u32), 0..60).prop_map(
                move |edges| {
                    let edges: Vec<_> = edges
                        .into_iter()
                        .filter(|(left, right, _)| left != right)
                        .map(|(left, right, weight)| {
                            (left.min(right), left.max(right), f64::from(weight))
                        })
                        .collect();
                    Graph::new(nodes as usize, &edges)
                },
            )
        })
    }

    proptest! {
        #[test]
        fn every_community_hangs_together(graph in graphs(), resolution in 0.2..4.0) {
            let of = communities(&graph, resolution);
            for community in 0..distinct(&of) as u32 {
                let members: Vec<u32> = (0..graph.nodes() as u32).filter(|&node| of[node as usize] == community).collect();
                let mut reached = vec![members[0]];
                let mut next = 0;
                while let Some(&node) = reached.get(next) {
                    for &(other, _) in graph.edges_of(node) {
                        if of[other as usize] == community && !reached.contains(&other) {
                            reached.push(other);
                        }
                    }
                    next += 1;
                }
                prop_assert_eq!(reached.len(), members.len());
            }
        }

        #[test]
        fn no_single_move_gains(graph in graphs(), resolution in 0.2..4.0) {
            let of = communities(&graph, resolution);
            let quality = modularity(&graph, &of, resolution);
            for node in 0..graph.nodes() {
                for community in 0..=distinct(&of) as u32 {
                    let mut moved = of.clone();
                    moved[node] = community;
                    prop_assert!(modularity(&graph, &moved, resolution) <= quality + 1e-9);
                }
            }
        }
    }
}
