//! Groups that there were before: where the search for communities starts, and what its groups are called.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::graph::Graph;
use crate::leiden::Start;

/// The community in which every direction starts: its previous group, that to which most of the weight of its edges
/// leads where it had none, or its own. Where rows of one direction differ, most of them decide, of equals the smaller number.
pub(crate) fn start(
    graph: &Graph,
    direction_of: &[Option<u32>],
    previous: &[Option<u32>],
) -> Option<Start> {
    let nodes = graph.nodes() as u32;
    if previous.iter().all(Option::is_none) {
        return None;
    }
    let names: Vec<u32> =
        previous.iter().copied().flatten().collect::<BTreeSet<_>>().into_iter().collect();
    let rank = |group: u32| names.partition_point(|&name| name < group) as u32;
    let mut named: Vec<(u32, u32)> = direction_of
        .iter()
        .zip(previous)
        .filter_map(|(direction, group)| Some(((*direction)?, rank((*group)?))))
        .collect();
    named.sort_unstable();
    let mut known: Vec<Option<u32>> = vec![None; nodes as usize];
    for of_direction in named.chunk_by(|left, right| left.0 == right.0) {
        let groups = of_direction.chunk_by(|left, right| left == right);
        let most = groups.max_by_key(|equal| (equal.len(), Reverse(equal.first())));
        if let Some(&(direction, group)) = most.and_then(|equal| equal.first())
            && let Some(place) = known.get_mut(direction as usize)
        {
            *place = Some(group);
        }
    }
    let of = (0..nodes)
        .zip(&known)
        .map(|(node, group)| {
            let strongest = || {
                let mut weights: BTreeMap<u32, f64> = BTreeMap::new();
                for (other, weight) in graph.edges_of(node) {
                    if let Some(group) = known.get(other as usize).copied().flatten() {
                        *weights.entry(group).or_default() += weight;
                    }
                }
                let most = weights
                    .into_iter()
                    .max_by(|left, right| left.1.total_cmp(&right.1).then(right.0.cmp(&left.0)));
                most.map(|(group, _)| group)
            };
            group.or_else(strongest).unwrap_or(names.len() as u32 + node)
        })
        .collect();
    Some(Start { of, is_old: known.iter().map(Option::is_some).collect() })
}

/// The same groups with the numbers of those that they continue.
pub(crate) fn keep_numbers(groups: Vec<Option<u32>>, previous: &[Option<u32>]) -> Vec<Option<u32>> {
    let Some(largest) = previous.iter().copied().flatten().max() else { return groups };
    let mut shared: BTreeMap<(u32, u32), usize> = BTreeMap::new();
    for (old, new) in previous.iter().zip(&groups) {
        if let (Some(old), Some(new)) = (*old, *new) {
            *shared.entry((old, new)).or_default() += 1;
        }
    }
    let mut pairs: Vec<(Reverse<usize>, u32, u32)> =
        shared.into_iter().map(|((old, new), rows)| (Reverse(rows), old, new)).collect();
    pairs.sort_unstable();
    let mut name_of: BTreeMap<u32, u32> = BTreeMap::new();
    let mut gone: BTreeSet<u32> = BTreeSet::new();
    for (_, old, new) in pairs {
        // What an old group has most of decides, and only that: a smaller part of it does not inherit its number.
        if gone.insert(old) {
            name_of.entry(new).or_insert(old);
        }
    }
    let mut next = largest;
    groups
        .into_iter()
        .map(|group| {
            let group = group?;
            Some(*name_of.entry(group).or_insert_with(|| {
                next = next.wrapping_add(1);
                next
            }))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_previous_groups_there_is_no_start() {
        assert_eq!(start(&Graph::of_edges(2, &[]), &[Some(0), Some(1)], &[None, None]), None);
        assert_eq!(start(&Graph::of_edges(2, &[]), &[Some(0), Some(1)], &[]), None);
    }

    #[test]
    fn new_rows_start_where_most_weight_leads_and_else_alone() {
        let edges = [(0, 2, 3.0), (1, 2, 2.0), (1, 3, 1.0), (0, 3, 1.0)];
        let graph = Graph::of_edges(5, &edges);
        let nodes: Vec<Option<u32>> = (0..5).map(Some).collect();
        let found = start(&graph, &nodes, &[Some(9), Some(4)]);
        // Of equals the smaller number: 4 comes before 9.
        let is_old = vec![true, true, false, false, false];
        assert_eq!(found, Some(Start { of: vec![1, 0, 1, 0, 2 + 4], is_old }));
    }

    #[test]
    fn most_rows_of_a_direction_decide() {
        let graph = Graph::of_edges(1, &[]);
        let found = start(&graph, &[Some(0); 4], &[Some(8), Some(3), Some(3), None]);
        assert_eq!(found.map(|start| start.of), Some(vec![0]));
        let tied = start(&graph, &[Some(0); 2], &[Some(8), Some(3)]);
        assert_eq!(tied.map(|start| start.of), Some(vec![0]));
    }

    #[test]
    fn numbers_go_to_the_largest_parts() {
        let previous = [Some(5), Some(5), Some(5), Some(6), Some(6), None];
        // 5 is split in two and one, 6 is joined by a new row.
        let groups = vec![Some(0), Some(0), Some(1), Some(2), Some(2), Some(2)];
        let expected = [Some(5), Some(5), Some(7), Some(6), Some(6), Some(6)];
        assert_eq!(keep_numbers(groups, &previous), expected);
        // 5 and 6 are joined: the one with more rows gives the number.
        let groups = vec![Some(0); 6];
        assert_eq!(keep_numbers(groups, &previous), [Some(5); 6]);
    }

    #[test]
    fn rows_without_a_group_have_no_number() {
        assert_eq!(keep_numbers(vec![None, Some(0)], &[Some(2)]), [None, Some(3)]);
        assert_eq!(keep_numbers(vec![None, Some(0)], &[]), [None, Some(0)]);
    }
}
