//! How good a probability is.

/// The probability that a true case scores above a false one, ties counting half: the area under the ROC curve, by the
/// ranks of Mann and Whitney. None where there is only one kind of case.
#[must_use]
pub fn auc(cases: &[(f64, bool)]) -> Option<f64> {
    let mut order: Vec<&(f64, bool)> = cases.iter().collect();
    order.sort_by(|left, right| left.0.total_cmp(&right.0));
    let truths = cases.iter().filter(|(_, truth)| *truth).count() as f64;
    let others = cases.len() as f64 - truths;
    let (mut ranks, mut before) = (0.0, 0.0);
    for equal in order.chunk_by(|left, right| left.0 == right.0) {
        let length = equal.len() as f64;
        let rank = before + (length + 1.0) / 2.0;
        ranks += rank * equal.iter().filter(|(_, truth)| *truth).count() as f64;
        before += length;
    }
    (truths > 0.0 && others > 0.0)
        .then(|| (ranks - truths * (truths + 1.0) / 2.0) / (truths * others))
}

/// The expected calibration error over ten bins: how far the mean probability of a bin lies from the share of true cases
/// in it, weighted by its cases. Cases weigh so that true and false ones have equal weight together.
#[must_use]
pub fn calibration_error(cases: &[(f64, bool)]) -> f64 {
    const BINS: usize = 10;
    let truths = cases.iter().filter(|(_, truth)| *truth).count() as f64;
    let others = cases.len() as f64 - truths;
    let mut bins = [(0.0, 0.0, 0.0); BINS];
    for (probability, truth) in cases {
        let weight = if *truth { 0.5 / truths } else { 0.5 / others };
        let bin = ((probability * BINS as f64) as usize).min(BINS - 1);
        let (all, sum, right) = &mut bins[bin];
        *all += weight;
        *sum += weight * probability;
        *right += if *truth { weight } else { 0.0 };
    }
    bins.iter().map(|(_, sum, right)| (sum - right).abs()).sum()
}

/// How often what is true stands first, and among the first three.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hits {
    all: u32,
    first: u32,
    first_three: u32,
}

impl Hits {
    /// Counts one ranking; `place` is where the true one stands in it.
    pub fn add(&mut self, place: Option<usize>) {
        self.all += 1;
        self.first += u32::from(place == Some(0));
        self.first_three += u32::from(place.is_some_and(|place| place < 3));
    }

    /// The share of rankings with the true one first.
    #[must_use]
    pub fn first(&self) -> f64 {
        f64::from(self.first) / f64::from(self.all.max(1))
    }

    /// The share of rankings with the true one among the first three.
    #[must_use]
    pub fn first_three(&self) -> f64 {
        f64::from(self.first_three) / f64::from(self.all.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_count_pairs_in_order() {
        let case = |rows: &[(f64, bool)]| auc(rows);
        assert_eq!(case(&[(0.9, true), (0.1, false)]), Some(1.0));
        assert_eq!(case(&[(0.1, true), (0.9, false)]), Some(0.0));
        assert_eq!(case(&[(0.5, true), (0.5, false)]), Some(0.5));
        assert_eq!(case(&[(0.9, true), (0.5, false), (0.4, true), (0.1, false)]), Some(0.75));
        assert_eq!(case(&[(0.9, true)]), None);
    }

    #[test]
    fn calibration_weighs_both_kinds_alike() {
        let sure = [(0.99, true), (0.01, false), (0.01, false)];
        assert!((calibration_error(&sure) - 0.01).abs() < 1e-9);
        let wrong = [(1.0, false), (0.0, true)];
        assert!((calibration_error(&wrong) - 1.0).abs() < 1e-9);
        let unsure = [(0.5, true), (0.5, false), (0.5, false)];
        assert!(calibration_error(&unsure) < 1e-9);
    }

    #[test]
    fn hits_are_shares() {
        let mut hits = Hits::default();
        for place in [Some(0), Some(2), Some(3), None] {
            hits.add(place);
        }
        assert_eq!((hits.first(), hits.first_three()), (0.25, 0.5));
    }
}
