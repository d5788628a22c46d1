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
    let degrees = graph.degrees();
    let twice: f64 = degrees.iter().sum::<f64>().max(1.0);
    let mut quality = 0.0;
    for node in 0..graph.nodes() {
        for (other, weight) in graph.edges_of(node as u32) {
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
    let graph = Graph::of_edges(34, &edges);
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
        edges.extend(
            (0..5).flat_map(|left| {
                (left + 1..5).map(move |right| (first + left, first + right, 1.0))
            }),
        );
        let next = (clique + 1) % 8 * 5;
        edges.push((first.min(next), first.max(next), 1.0));
    }
    let expected: Vec<u32> = (0..40).map(|node| node / 5).collect();
    assert_eq!(communities(&Graph::of_edges(40, &edges), 1.0), expected);
}

#[test]
fn nodes_without_edges_are_alone() {
    assert_eq!(communities(&Graph::of_edges(3, &[]), 1.0), [0, 1, 2]);
    assert!(communities(&Graph::of_edges(0, &[]), 1.0).is_empty());
}

#[test]
fn numbers_follow_first_members() {
    assert_eq!(numbered(&[7, 7, 2, 7, 0]), [0, 0, 1, 0, 2]);
}

#[test]
fn continued_communities_take_in_new_nodes_and_stay() {
    // Two cliques of old nodes, a new node at each, and a clique of new ones.
    let clique = |nodes: [u32; 4]| {
        let pairs = (0..4).flat_map(move |left| (left + 1..4).map(move |right| (left, right)));
        pairs.map(move |(left, right)| (nodes[left], nodes[right], 4.0))
    };
    let mut edges: Vec<(u32, u32, f64)> = clique([0, 1, 2, 3]).collect();
    edges.extend(clique([4, 5, 6, 7]).chain(clique([10, 11, 12, 13])));
    edges.extend([(0, 4, 1.0), (8, 1, 4.0), (8, 2, 4.0), (9, 5, 4.0), (9, 6, 4.0), (9, 10, 1.0)]);
    let graph = Graph::of_edges(14, &edges);
    let start = Start {
        of: vec![7, 7, 7, 7, 3, 3, 3, 3, 7, 3, 14, 15, 16, 17],
        is_old: (0..14).map(|node| node < 8).collect(),
    };
    assert_eq!(continued(&graph, &start, 1.0), [0, 0, 0, 0, 1, 1, 1, 1, 0, 1, 2, 2, 2, 2]);
}

#[test]
fn continuing_a_bad_partition_mends_it() {
    let edges: Vec<(u32, u32, f64)> = vec![(0, 1, 1.0), (2, 3, 1.0), (1, 2, 0.1)];
    let graph = Graph::of_edges(4, &edges);
    let start = Start { of: vec![0, 1, 0, 1], is_old: vec![true; 4] };
    assert_eq!(continued(&graph, &start, 1.0), [0, 0, 1, 1]);
}

#[test]
fn an_old_node_between_two_communities_stays_and_a_new_one_goes_where_more_leads() {
    let clique = |first: u32| {
        let pairs = (0..4).flat_map(move |left| (left + 1..4).map(move |right| (left, right)));
        pairs.map(move |(left, right)| (first + left, first + right, 4.0))
    };
    let continued_with = |towards: f64, is_old: bool| {
        let mut edges: Vec<(u32, u32, f64)> = clique(0).chain(clique(4)).collect();
        edges.extend([(0, 8, 4.0), (4, 8, towards)]);
        let start = Start {
            of: vec![0, 0, 0, 0, 4, 4, 4, 4, 0],
            is_old: (0..9).map(|node| node < 8 || is_old).collect(),
        };
        continued(&Graph::of_edges(9, &edges), &start, 0.2)
    };
    let (stays, goes) = ([0, 0, 0, 0, 1, 1, 1, 1, 0], [0, 0, 0, 0, 1, 1, 1, 1, 1]);
    assert_eq!(continued_with(4.2, true), stays);
    assert_eq!(continued_with(4.2, false), goes);
    // Where clearly more leads elsewhere, an old one goes, too.
    assert_eq!(continued_with(6.0, true), goes);
}

fn graphs() -> impl Strategy<Value = Graph> {
    (2..24_u32).prop_flat_map(|nodes| {
        proptest::collection::vec((0..nodes, 0..nodes, 1..8_u32), 0..60).prop_map(move |edges| {
            let edges: Vec<_> = edges
                .into_iter()
                .filter(|(left, right, _)| left != right)
                .map(|(left, right, weight)| (left.min(right), left.max(right), f64::from(weight)))
                .collect();
            Graph::of_edges(nodes as usize, &edges)
        })
    })
}

proptest! {
    #[test]
    fn continuing_what_cannot_be_better_changes_nothing(graph in graphs(), resolution in 0.2..4.0) {
        let of = communities(&graph, resolution);
        let is_old = vec![true; graph.nodes()];
        prop_assert_eq!(&continued(&graph, &Start { of: of.clone(), is_old }, resolution), &of);
    }

    #[test]
    fn every_community_hangs_together(graph in graphs(), resolution in 0.2..4.0) {
        let of = communities(&graph, resolution);
        for community in 0..distinct(&of) as u32 {
            let members: Vec<u32> = (0..graph.nodes() as u32).filter(|&node| of[node as usize] == community).collect();
            let mut reached = vec![members[0]];
            let mut next = 0;
            while let Some(&node) = reached.get(next) {
                for (other, _) in graph.edges_of(node) {
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
