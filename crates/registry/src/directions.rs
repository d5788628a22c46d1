//! Many directions, to find the one that is most like another.

use crate::Centroid;

/// Numbered directions that others are compared with.
#[derive(Clone, Debug, Default)]
pub struct Directions<'a>(Vec<Compared<'a>>);

#[derive(Clone, Copy, Debug)]
struct Compared<'a> {
    number: u32,
    centroid: &'a Centroid,
    lengths: Lengths,
}

/// Lengths of a direction, in steps.
#[derive(Clone, Copy, Debug)]
struct Lengths {
    whole: f64,
    second_half: f64,
}

impl Lengths {
    fn of(centroid: &Centroid) -> Self {
        let [whole, second_half] = centroid.squares().map(|squares| f64::from(squares).sqrt());
        Self { whole, second_half }
    }
}

/// More than rounding can take from a bound or add to it.
const MARGIN: f64 = 1e-9;

impl<'a> FromIterator<(u32, &'a Centroid)> for Directions<'a> {
    fn from_iter<I: IntoIterator<Item = (u32, &'a Centroid)>>(numbered: I) -> Self {
        let compared = numbered.into_iter().map(|(number, centroid)| Compared {
            number,
            centroid,
            lengths: Lengths::of(centroid),
        });
        Self(compared.collect())
    }
}

impl Directions<'_> {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of the one with the largest [similarity](Centroid::similarity) to a direction, the first of equals, where that is at least
    /// `least`.
    ///
    /// Of most only the first half is multiplied: by the inequality of Cauchy and Schwarz the second adds at most the product of its lengths.
    #[must_use]
    pub fn most_similar(&self, own: &Centroid, least: f64) -> Option<u32> {
        let lengths = Lengths::of(own);
        let mut best: Option<(f64, u32)> = None;
        for Compared { number, centroid, lengths: other } in &self.0 {
            let wanted = best.map_or(least, |(most, _)| most);
            let first_half = f64::from(own.first_half(centroid));
            let second_half = lengths.second_half * other.second_half * (1.0 + MARGIN);
            // With one of another dimension it is 0.
            let at_most = (first_half + second_half).max(0.0);
            if at_most < wanted * lengths.whole * other.whole * (1.0 - MARGIN) {
                continue;
            }
            let similarity = own.similarity(centroid);
            if similarity >= least && best.is_none_or(|(most, _)| similarity > most) {
                best = Some((similarity, *number));
            }
        }
        best.map(|(_, number)| number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn centroid() -> impl Strategy<Value = Centroid> {
        let numbers = prop::collection::vec(-1.0_f32..1.0, 48);
        // Some are equal, some nearly, some have no direction, and some another dimension.
        (numbers, 0_usize..6).prop_map(|(mut numbers, form)| {
            match form {
                0 => numbers.fill(0.0),
                1 => numbers.fill(0.5),
                2 => numbers.iter_mut().skip(1).for_each(|number| *number = 0.0),
                3 => numbers.iter_mut().skip(1).for_each(|number| *number *= 0.1),
                4 => numbers.truncate(40),
                _ => {}
            }
            Centroid::of([(numbers.as_slice(), 1)])
        })
    }

    proptest! {
        #[test]
        fn it_is_the_first_of_those_that_are_most_similar(
            all in prop::collection::vec(centroid(), 0..12),
            own in centroid(),
            least in prop_oneof![Just(-1.0_f64), Just(0.0), Just(1.0), -1.0_f64..1.0],
        ) {
            let numbered = || (0_u32..).zip(&all);
            let mut expected: Option<(f64, u32)> = None;
            for (number, centroid) in numbered() {
                let similarity = own.similarity(centroid);
                if similarity >= least && expected.is_none_or(|(most, _)| similarity > most) {
                    expected = Some((similarity, number));
                }
            }
            let directions: Directions<'_> = numbered().collect();
            let found = directions.most_similar(&own, least);
            prop_assert_eq!(found, expected.map(|(_, number)| number));
        }
    }
}
