//! The refinement that gives Leiden its name.

use super::partition::Partition;
use crate::graph::{Graph, Links};

/// Splits every community into parts that hang together: from single nodes, each is merged into the part of its community
/// that gains most, where both it and the part are well connected to the rest of the community.
pub(super) fn refine(graph: &Graph, community_of: &[u32], resolution: f64) -> Vec<u32> {
    let nodes = graph.nodes() as u32;
    let mut parts = Partition::new(graph, (0..nodes).collect(), resolution);
    let mut totals = vec![0.0; nodes as usize];
    for (&community, degree) in community_of.iter().zip(graph.degrees()) {
        totals[community as usize] += degree;
    }
    let within = |node: u32| {
        let own = community_of[node as usize];
        graph.edges_of(node).filter(move |&(other, _)| community_of[other as usize] == own)
    };
    // Weight of the edges from a part to the rest of its community; at first a part is a node.
    let mut outward: Vec<f64> =
        (0..nodes).map(|node| within(node).map(|(_, weight)| weight).sum()).collect();
    let mut links = Links::new(nodes as usize);
    for node in 0..nodes {
        if parts.community(node) != node || parts.members(node) != 1 {
            continue;
        }
        let degree = graph.degrees()[node as usize];
        let total = totals[community_of[node as usize] as usize];
        let is_connected = |part: u32, degrees: f64| {
            outward[part as usize] >= parts.penalty * degrees * (total - degrees)
        };
        if !is_connected(node, degree) {
            continue;
        }
        links.clear();
        for (other, weight) in within(node) {
            links.add(parts.community(other), weight);
        }
        let mut best: Option<(f64, u32)> = None;
        for &candidate in links.groups() {
            let degrees = parts.total(candidate);
            let gained = links.weight(candidate) - parts.penalty * degree * degrees;
            let better = best.is_none_or(|(most, smallest)| {
                gained > most || (gained == most && candidate < smallest)
            });
            if candidate != node
                && gained > parts.least_gain
                && better
                && is_connected(candidate, degrees)
            {
                best = Some((gained, candidate));
            }
        }
        let Some((_, target)) = best else { continue };
        outward[target as usize] += outward[node as usize] - 2.0 * links.weight(target);
        parts.shift(node, target);
    }
    parts.communities().to_vec()
}
