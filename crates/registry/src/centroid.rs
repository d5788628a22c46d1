//! The mean direction of texts, in few bytes, compared in exact arithmetic.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::hexadecimal;

/// A direction: a unit vector of which each number is kept in 1/127 steps.
///
/// Comparing two of them is integer arithmetic up to the last division, so that the answer is the same on every machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Centroid {
    /// In 16 bits, whose products processors add up many at once.
    steps: Box<[i16]>,
    /// Sums of the squares of all steps and of their second half.
    squares: [i32; 2],
}

impl Centroid {
    /// The direction of `Σ weight · vector`, summed in the order given; none where that is zero.
    #[must_use]
    pub fn of<'a>(rows: impl IntoIterator<Item = (&'a [f32], u32)>) -> Self {
        let mut sum: Vec<f64> = Vec::new();
        for (vector, weight) in rows {
            if sum.len() < vector.len() {
                sum.resize(vector.len(), 0.0);
            }
            for (total, number) in sum.iter_mut().zip(vector) {
                *total += f64::from(*number) * f64::from(weight.max(1));
            }
        }
        let norm = sum.iter().map(|number| number * number).sum::<f64>().sqrt();
        if !norm.is_finite() || norm <= 0.0 {
            return Self::default();
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a part of a unit vector times 127 fits"
        )]
        let steps: Box<[i16]> =
            sum.iter().map(|number| (number / norm * 127.0).round() as i16).collect();
        Self::new(steps)
    }

    fn new(steps: Box<[i16]>) -> Self {
        let second_half = steps.get(half(&steps)..).unwrap_or_default();
        let squares = [product(&steps, &steps), product(second_half, second_half)];
        Self { steps, squares }
    }

    /// Sums of the squares of all steps and of their second half.
    pub(crate) fn squares(&self) -> [i32; 2] {
        self.squares
    }

    /// What the first half adds to the product of two directions of one dimension.
    pub(crate) fn first_half(&self, other: &Self) -> i32 {
        let end = half(&self.steps);
        let own = self.steps.get(..end).unwrap_or_default();
        product(own, other.steps.get(..end).unwrap_or_default())
    }

    /// Whether there is no direction, as of texts without a vector.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.steps.is_empty()
    }

    /// The cosine of two directions, 0 where either has none or their dimensions differ.
    #[must_use]
    pub fn similarity(&self, other: &Self) -> f64 {
        if self.steps.len() != other.steps.len() || self.steps.is_empty() {
            return 0.0;
        }
        let ([own, _], [others, _]) = (self.squares, other.squares);
        let squares = i64::from(own) * i64::from(others);
        let product = f64::from(product(&self.steps, &other.steps));
        if squares == 0 { 0.0 } else { product / (squares as f64).sqrt() }
    }
}

/// Steps that are multiplied at once: by so many, compilers use instructions for many numbers.
const LANES: usize = 16;

/// Where the second half of steps begins.
fn half(steps: &[i16]) -> usize {
    steps.len() / 2 / LANES * LANES
}

fn product(left: &[i16], right: &[i16]) -> i32 {
    let (left, left_rest) = left.as_chunks::<LANES>();
    let (right, right_rest) = right.as_chunks::<LANES>();
    let lanes: i32 = left.iter().zip(right).map(|(left, right)| sum_of_products(left, right)).sum();
    lanes + sum_of_products(left_rest, right_rest)
}

fn sum_of_products(left: &[i16], right: &[i16]) -> i32 {
    left.iter().zip(right).map(|(left, right)| i32::from(*left) * i32::from(*right)).sum()
}

impl Serialize for Centroid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut text = String::with_capacity(self.steps.len() * 2);
        for step in &self.steps {
            let [byte, _] = step.to_le_bytes();
            hexadecimal::push(&mut text, byte);
        }
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Centroid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let broken = || serde::de::Error::custom("a centroid is pairs of hexadecimal digits");
        let digits: Option<Vec<u8>> = text
            .bytes()
            .map(|byte| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect();
        let digits = digits.filter(|digits| digits.len() % 2 == 0).ok_or_else(broken)?;
        let step = |pair: &[u8]| {
            i16::from(pair.iter().fold(0_u8, |byte, half| byte << 4 | half).cast_signed())
        };
        Ok(Self::new(digits.chunks(2).map(step).collect()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn similarity_is_the_cosine() {
        let right = Centroid::of([(&[1.0, 0.0][..], 1)]);
        let up = Centroid::of([(&[0.0, 1.0][..], 1)]);
        let both = Centroid::of([(&[1.0, 0.0][..], 2), (&[0.0, 1.0][..], 2)]);
        assert!((right.similarity(&right) - 1.0).abs() < 1e-9);
        assert!(right.similarity(&up).abs() < 1e-9);
        assert!((right.similarity(&both) - 0.5_f64.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn texts_without_vectors_have_no_direction() {
        let none = Centroid::of([(&[][..], 3), (&[0.0, 0.0][..], 1)]);
        assert!(none.is_none());
        assert!(none.similarity(&none).abs() < 1e-9);
        assert!(Centroid::of([(&[f32::NAN][..], 1)]).is_none());
    }

    #[test]
    fn other_dimensions_compare_as_nothing() {
        let (short, long) = (Centroid::of([(&[1.0][..], 1)]), Centroid::of([(&[1.0, 0.0][..], 1)]));
        assert!(short.similarity(&long).abs() < 1e-9);
    }

    #[test]
    fn it_is_written_as_hexadecimal_digits() {
        let centroid = Centroid::of([(&[0.6, -0.8][..], 1)]);
        let json = serde_json::to_string(&centroid).unwrap();
        assert_eq!(json, "\"4c9a\"");
        assert_eq!(serde_json::from_str::<Centroid>(&json).unwrap(), centroid);
        for steps in ["7f", "81", "80", "ff01"] {
            let json = format!("\"{steps}\"");
            let read: Centroid = serde_json::from_str(&json).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
        let right = Centroid::of([(&[1.0][..], 1)]);
        let left: Centroid = serde_json::from_str("\"81\"").unwrap();
        assert!((right.similarity(&left) + 1.0).abs() < 1e-9);
        assert!(serde_json::from_str::<Centroid>("\"4c9\"").is_err());
        assert!(serde_json::from_str::<Centroid>("\"4g\"").is_err());
    }
}
