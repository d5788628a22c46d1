//! Quantiles of durations, from counts in buckets that grow with the value.

/// Values below are counted each for itself.
const EXACT: u64 = 2 * STEPS;
/// So many buckets stand between a power of two and the next.
const STEPS: u64 = 1 << STEP_BITS;
const STEP_BITS: u32 = 6;

/// A mergeable sketch of whole numbers, such as milliseconds, that knows every quantile to within 1 %.
///
/// Values below 128 are exact. Above, each power of two is cut into 64 buckets of one width; a bucket stands for its
/// middle, which is at most 1/128 of a value away from all of its values. Buckets never collapse and counts are
/// integers, so that merging is associative and commutative to the bit, and no floating-point logarithm decides where
/// a value falls.
///
/// It takes 8 bytes for each bucket from its least value to its greatest: of durations up to seven days at most 13 KB.
///
/// ```
/// use mcp_insights_kpis::Sketch;
///
/// let mut latencies = Sketch::default();
/// for millis in [0, 12, 20, 1000] {
///     latencies.add(millis);
/// }
/// assert_eq!(latencies.quantile(50, 100), Some(12)); // the 2nd of 4
/// let p95 = latencies.quantile(95, 100).unwrap();
/// assert!(p95.abs_diff(1000) <= 10);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sketch {
    /// Number of the first bucket that holds something.
    first: u16,
    /// What each bucket holds, from the first that holds something to the last.
    counts: Vec<u64>,
}

impl Sketch {
    /// Counts a value.
    pub fn add(&mut self, value: u64) {
        let bucket = bucket_of(value);
        self.reach(bucket, bucket);
        if let Some(count) = self.counts.get_mut(usize::from(bucket - self.first)) {
            *count += 1;
        }
    }

    /// Counts everything that another sketch has counted.
    pub fn merge(&mut self, other: &Self) {
        let Some(last) = other.last() else { return };
        self.reach(other.first, last);
        let start = usize::from(other.first - self.first);
        for (count, more) in self.counts.iter_mut().skip(start).zip(&other.counts) {
            *count += more;
        }
    }

    /// Makes room for the buckets from one to another, both of which are to hold something.
    fn reach(&mut self, first: u16, last: u16) {
        if self.counts.is_empty() {
            self.first = first;
        }
        if first < self.first {
            let missing = usize::from(self.first - first);
            self.counts.splice(..0, std::iter::repeat_n(0, missing));
            self.first = first;
        }
        let length = usize::from(last - self.first) + 1;
        if length > self.counts.len() {
            self.counts.resize(length, 0);
        }
    }

    /// Number of the last bucket that holds something.
    fn last(&self) -> Option<u16> {
        let length = u16::try_from(self.counts.len()).ok()?;
        Some(self.first + length.checked_sub(1)?)
    }

    /// How many values it has counted.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The value at the quantile `numerator / denominator`, within 1 %, rounded half up; none of no values.
    ///
    /// Of `n` values in order it is the one at the rank `⌈n · numerator / denominator⌉`, from 1 (nearest rank): a value
    /// that was counted, never one between two.
    #[must_use]
    pub fn quantile(&self, numerator: u64, denominator: u64) -> Option<u64> {
        let estimate = self.estimate(numerator, denominator)?;
        Some(estimate.low + (estimate.high - estimate.low).div_ceil(2))
    }

    /// The bucket of the value at a quantile.
    pub(crate) fn estimate(&self, numerator: u64, denominator: u64) -> Option<Estimate> {
        let rank = u128::from(self.count()) * u128::from(numerator);
        let rank = rank.div_ceil(u128::from(denominator.max(1))).max(1);
        let mut below: u128 = 0;
        for (bucket, count) in self.entries() {
            below += u128::from(count);
            if below >= rank {
                return Some(bounds(bucket));
            }
        }
        None
    }

    fn entries(&self) -> impl Iterator<Item = (u16, u64)> {
        (self.first..).zip(self.counts.iter().copied())
    }
}

/// A value known to lie between two, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Estimate {
    pub(crate) low: u64,
    pub(crate) high: u64,
}

/// The number of the bucket that a value falls into.
fn bucket_of(value: u64) -> u16 {
    let bucket = if value < EXACT {
        value
    } else {
        // The value without all but its first seven bits lies in 64..128.
        let dropped = value.ilog2() - STEP_BITS;
        u64::from(dropped) * STEPS + (value >> dropped)
    };
    // At most 57 · 64 + 127.
    bucket as u16
}

/// The values that fall into a bucket.
fn bounds(bucket: u16) -> Estimate {
    let bucket = u64::from(bucket);
    if bucket < EXACT {
        return Estimate { low: bucket, high: bucket };
    }
    let dropped = bucket / STEPS - 1;
    let low = (bucket % STEPS + STEPS) << dropped;
    Estimate { low, high: low + ((1 << dropped) - 1) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sketch(values: &[u64]) -> Sketch {
        let mut sketch = Sketch::default();
        for value in values {
            sketch.add(*value);
        }
        sketch
    }

    fn merged(left: &Sketch, right: &Sketch) -> Sketch {
        let mut both = left.clone();
        both.merge(right);
        both
    }

    /// Values of every size.
    fn values() -> impl Strategy<Value = Vec<u64>> {
        let value = (any::<u64>(), 0_u32..64).prop_map(|(value, shift)| value >> shift);
        prop::collection::vec(value, 0..60)
    }

    #[test]
    fn nothing_has_no_quantile_and_no_time_is_exact() {
        assert_eq!(Sketch::default().quantile(50, 100), None);
        assert_eq!(sketch(&[0, 0, 127]).quantile(50, 100), Some(0));
        assert_eq!(sketch(&[0, 0, 127]).quantile(100, 100), Some(127));
    }

    #[test]
    fn the_median_of_two_is_the_lower() {
        assert_eq!(sketch(&[10, 20]).quantile(50, 100), Some(10));
        assert_eq!(sketch(&[10, 20, 30]).quantile(50, 100), Some(20));
        let twenty: Vec<u64> = (1..=20).collect();
        assert_eq!(sketch(&twenty).quantile(95, 100), Some(19));
        assert_eq!(sketch(&twenty).quantile(0, 100), Some(1));
    }

    #[test]
    fn buckets_follow_one_another_without_a_gap() {
        let last = bucket_of(u64::MAX);
        assert_eq!(bounds(0), Estimate { low: 0, high: 0 });
        assert_eq!(bounds(last).high, u64::MAX);
        for bucket in 1..=last {
            let Estimate { low, high } = bounds(bucket);
            assert_eq!(low, bounds(bucket - 1).high + 1);
            assert_eq!((bucket_of(low), bucket_of(high)), (bucket, bucket));
        }
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_one_per_cent_of_the_nearest_rank(
            mut values in values(),
            per_cent in 0_u64..=100,
        ) {
            prop_assume!(!values.is_empty());
            let estimate = sketch(&values).quantile(per_cent, 100).unwrap_or(u64::MAX);
            values.sort_unstable();
            let rank = (values.len() * per_cent as usize).div_ceil(100).max(1);
            let exact = values[rank - 1];
            prop_assert!(u128::from(estimate.abs_diff(exact)) * 100 <= u128::from(exact));
        }

        #[test]
        fn merging_is_adding_in_any_order(one in values(), two in values(), three in values()) {
            let (left, middle, right) = (sketch(&one), sketch(&two), sketch(&three));
            let all = sketch(&[one.clone(), two, three].concat());
            prop_assert_eq!(&merged(&merged(&left, &middle), &right), &all);
            prop_assert_eq!(&merged(&left, &merged(&middle, &right)), &all);
            prop_assert_eq!(&merged(&right, &merged(&middle, &left)), &all);
            prop_assert_eq!(&merged(&all, &Sketch::default()), &all);
            prop_assert_eq!(merged(&Sketch::default(), &left).count(), one.len() as u64);
        }
    }
}
