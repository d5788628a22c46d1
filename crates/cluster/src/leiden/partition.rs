//! A partition of a graph, and moves of single nodes.

use std::collections::VecDeque;

use crate::graph::{Graph, Links};

/// A move must gain at least so much, relative to the mean degree: gains are rounded, though the sums they come from
/// are not.
const LEAST_GAIN: f64 = 1e-10;

/// A partition and the sums that tell what a move gains.
pub(super) struct Partition<'a> {
    pub(super) graph: &'a Graph,
    of: Vec<u32>,
    /// Sum of degrees by community.
    totals: Vec<f64>,
    members: Vec<u32>,
    /// resolution / 2m
    pub(super) penalty: f64,
    pub(super) least_gain: f64,
    links: Links,
}

impl<'a> Partition<'a> {
    /// `of` names a community below the number of nodes for each of them.
    pub(super) fn new(graph: &'a Graph, of: Vec<u32>, resolution: f64) -> Self {
        let nodes = graph.nodes();
        let twice_all: f64 = graph.degrees().iter().sum();
        let mut totals = vec![0.0; nodes];
        let mut members = vec![0; nodes];
        for (&community, degree) in of.iter().zip(graph.degrees()) {
            totals[community as usize] += degree;
            members[community as usize] += 1;
        }
        let penalty = if twice_all > 0.0 { resolution / twice_all } else { 0.0 };
        let least_gain = LEAST_GAIN * twice_all / nodes.max(1) as f64;
        Self { graph, of, totals, members, penalty, least_gain, links: Links::new(nodes) }
    }

    pub(super) fn communities(&self) -> &[u32] {
        &self.of
    }

    /// Moves nodes to the neighbouring community that gains most until none gains; the neighbours of one that moved
    /// are looked at again.
    pub(super) fn move_nodes(&mut self, resistance: &[f64]) {
        let nodes = self.graph.nodes() as u32;
        let mut waiting = vec![true; nodes as usize];
        let mut queue: VecDeque<u32> = (0..nodes).collect();
        // Communities without members, for nodes that are better off alone.
        let mut empty: Vec<u32> =
            (0..nodes).rev().filter(|&community| self.members[community as usize] == 0).collect();
        while let Some(node) = queue.pop_front() {
            waiting[node as usize] = false;
            let Some(community) = self.best_move(node, resistance[node as usize], &mut empty)
            else {
                continue;
            };
            for (other, _) in self.graph.edges_of(node) {
                if self.of[other as usize] != community && !waiting[other as usize] {
                    waiting[other as usize] = true;
                    queue.push_back(other);
                }
            }
        }
    }

    /// Moves the node where that gains; its new community.
    fn best_move(&mut self, node: u32, resistance: f64, empty: &mut Vec<u32>) -> Option<u32> {
        let own = self.of[node as usize];
        let degree = self.graph.degrees()[node as usize];
        self.links.clear();
        for (other, weight) in self.graph.edges_of(node) {
            self.links.add(self.of[other as usize], weight);
        }
        let gain = |community: u32, total: f64| {
            self.links.weight(community) - self.penalty * degree * total
        };
        let stay = gain(own, self.totals[own as usize] - degree) + resistance;
        let mut best = (stay, own);
        for &community in self.links.groups() {
            if community == own {
                continue;
            }
            let gained = gain(community, self.totals[community as usize]);
            let better = gained > best.0 + self.least_gain;
            // The first that beats staying; then the largest, of equals the smallest number.
            if better || (best.1 != own && gained == best.0 && community < best.1) {
                best = (gained, community);
            }
        }
        if 0.0 > best.0 + self.least_gain && self.members[own as usize] > 1 {
            best = (0.0, empty.pop()?);
        }
        let community = best.1;
        if community == own {
            return None;
        }
        self.shift(node, community);
        if self.members[own as usize] == 0 {
            empty.push(own);
        }
        Some(community)
    }

    /// Puts a node into another community.
    pub(super) fn shift(&mut self, node: u32, community: u32) {
        let degree = self.graph.degrees()[node as usize];
        let own = std::mem::replace(&mut self.of[node as usize], community);
        self.totals[own as usize] -= degree;
        self.members[own as usize] -= 1;
        self.totals[community as usize] += degree;
        self.members[community as usize] += 1;
    }

    pub(super) fn community(&self, node: u32) -> u32 {
        self.of[node as usize]
    }

    pub(super) fn members(&self, community: u32) -> u32 {
        self.members[community as usize]
    }

    pub(super) fn total(&self, community: u32) -> f64 {
        self.totals[community as usize]
    }
}
