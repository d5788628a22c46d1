#![expect(clippy::unwrap_used, reason = "tests")]
use ndarray::{Array2, array};
use proptest::prelude::*;

use super::*;

/// Numbers that look random and are the same everywhere.
fn noise(seed: u64) -> f32 {
    let mixed = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed >> 40) as f32 / (1 << 23) as f32 - 1.0
}

/// `meanings` directions far from each other, each with `each` rows around it, one after the other in turn.
fn meanings(meanings: usize, each: usize, spread: f32, seed: u64) -> Array2<f32> {
    Array2::from_shape_fn((meanings * each, 64), |(row, column)| {
        let meaning = (row % meanings * 64 + column) as u64;
        noise(seed + meaning) + spread * noise(seed + 1_000_000 + (row * 64 + column) as u64)
    })
}

fn grouped(vectors: &Array2<f32>) -> Vec<Option<u32>> {
    cluster(vectors.view(), &vec![1; vectors.nrows()], &Settings::default())
}

#[test]
fn one_row_belongs_nowhere() {
    assert_eq!(grouped(&array![[1.0, 0.0]]), [None]);
}

#[test]
fn no_rows_are_no_groups() {
    assert!(grouped(&Array2::zeros((0, 5))).is_empty());
    assert_eq!(grouped(&Array2::zeros((2, 0))), [None, None]);
}

#[test]
fn two_near_rows_are_a_group() {
    assert_eq!(grouped(&array![[1.0, 0.0], [0.9, 0.1]]), [Some(0), Some(0)]);
}

#[test]
fn two_equal_rows_are_a_group() {
    assert_eq!(grouped(&array![[1.0, 0.0], [1.0, 0.0]]), [Some(0), Some(0)]);
}

#[test]
fn two_strangers_are_none() {
    assert_eq!(grouped(&array![[1.0, 0.0], [0.0, 1.0]]), [None, None]);
}

#[test]
fn rows_without_length_or_number_belong_nowhere() {
    let vectors = array![
        [0.0, 0.0],
        [1.0, 0.0],
        [f32::NAN, 1.0],
        [1.0, 0.0],
        [f32::INFINITY, 0.0],
        [0.0, 0.0]
    ];
    assert_eq!(grouped(&vectors), [None, Some(0), None, Some(0), None, None]);
}

#[test]
fn hundred_rows_of_twenty_meanings_fall_into_twenty_groups() {
    let groups = grouped(&meanings(20, 5, 0.5, 0));
    let expected: Vec<Option<u32>> = (0..100).map(|row| Some(row % 20)).collect();
    assert_eq!(groups, expected);
}

#[test]
fn more_rows_of_one_meaning_than_neighbours_stay_one_group() {
    let mut vectors = Array2::zeros((60, 3));
    vectors.column_mut(1).fill(1.0);
    assert_eq!(grouped(&vectors), vec![Some(0); 60]);
}

#[test]
fn higher_resolution_gives_no_fewer_groups() {
    let vectors = meanings(6, 40, 1.2, 3);
    let count = |resolution: f64| {
        let settings = Settings::default().with_resolution(resolution).unwrap();
        cluster(vectors.view(), &[], &settings).into_iter().flatten().max()
    };
    assert!(count(30.0) > count(1.0));
}

#[test]
fn number_of_threads_does_not_matter() {
    let vectors = meanings(30, 20, 1.0, 7);
    let with_threads = |threads: usize| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap()
            .install(|| grouped(&vectors))
    };
    assert_eq!(with_threads(1), with_threads(4));
}

/// The same partition: equal once numbered by first members.
fn renumbered(groups: &[Option<u32>]) -> Vec<Option<u32>> {
    without_lone(groups)
}

#[test]
fn thousands_of_rows_fall_into_their_meanings() {
    // More than are compared pair by pair.
    let groups = grouped(&meanings(100, 45, 0.6, 11));
    let expected: Vec<Option<u32>> = (0..4500).map(|row| Some(row % 100)).collect();
    assert_eq!(groups, expected);
}

#[test]
fn more_rows_of_known_meanings_leave_groups_as_they_are() {
    let vectors = meanings(12, 20, 0.8, 5);
    let old = vectors.slice(ndarray::s![..200, ..]).to_owned();
    let before: Vec<Option<u32>> =
        grouped(&old).iter().map(|group| group.map(|g| g + 30)).collect();
    let after = cluster_from(vectors.view(), &[], &before, &Settings::default());
    assert_eq!(after[..200], before);
    let expected: Vec<Option<u32>> = (200..240).map(|row| before[row % 12]).collect();
    assert_eq!(after[200..], expected);
}

#[test]
fn new_meanings_get_new_numbers() {
    let vectors = meanings(12, 20, 0.8, 5);
    let before: Vec<Option<u32>> = (0..240).map(|row| (row % 12 < 9).then_some(row % 12)).collect();
    let after = cluster_from(vectors.view(), &[], &before, &Settings::default());
    let expected: Vec<Option<u32>> = (0..240).map(|row| Some(row % 12)).collect();
    assert_eq!(after, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn order_of_rows_does_not_matter_to_continued_groups(seed in 0..1000_u64, shift in 1..39_usize) {
        let vectors = meanings(8, 5, 1.0, seed);
        let mut before = grouped(&vectors.slice(ndarray::s![..30, ..]).to_owned());
        before.resize(40, None);
        let order: Vec<usize> = (0..40).map(|row| (row * 7 + shift) % 40).collect();
        let groups = cluster_from(vectors.view(), &[], &before, &Settings::default());
        let moved: Vec<Option<u32>> = order.iter().map(|&row| groups[row]).collect();
        let before_moved: Vec<Option<u32>> = order.iter().map(|&row| before[row]).collect();
        let found = cluster_from(
            vectors.select(ndarray::Axis(0), &order).view(),
            &[],
            &before_moved,
            &Settings::default(),
        );
        prop_assert_eq!(renumbered(&found), renumbered(&moved));
    }

    #[test]
    fn order_of_rows_does_not_matter(seed in 0..1000_u64, shift in 1..39_usize) {
        let vectors = meanings(8, 5, 1.0, seed);
        let order: Vec<usize> = (0..40).map(|row| (row * 7 + shift) % 40).collect();
        let groups = grouped(&vectors);
        let moved: Vec<Option<u32>> = order.iter().map(|&row| groups[row]).collect();
        prop_assert_eq!(grouped(&vectors.select(ndarray::Axis(0), &order)), renumbered(&moved));
    }

    #[test]
    fn equal_rows_are_in_one_group(seed in 0..1000_u64, copies in 2..20_usize) {
        let mut vectors = meanings(12, 3, 1.5, seed);
        let first = vectors.row(0).to_owned();
        for _ in 1..copies {
            vectors.push_row(first.view()).unwrap();
        }
        let groups = grouped(&vectors);
        prop_assert!(groups[0].is_some());
        prop_assert!(groups[36..].iter().all(|group| *group == groups[0]));
    }

    #[test]
    fn numbers_come_in_order_of_first_rows(seed in 0..1000_u64) {
        let groups = grouped(&meanings(10, 4, 1.2, seed));
        prop_assert_eq!(renumbered(&groups), groups);
    }
}
