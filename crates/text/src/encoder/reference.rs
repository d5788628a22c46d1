//! The encoders against `tests/encoder_reference.json`: the same weights outside of Rust.

#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;

use super::vocabulary::Vocabulary;
use super::weights::Weights;
use super::{Accurate, Fast};
use crate::Embedder;

fn rows(encoder: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/encoder_reference.json");
    let all: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    all[encoder].as_array().unwrap().clone()
}

/// Compares the ids of all texts and returns the cosines with the vectors that are there.
fn compare(encoder: &str, weights: &[u8], embedder: &dyn Embedder) -> Vec<f64> {
    let vocabulary =
        Vocabulary::read(Weights::open(weights).unwrap().vocabulary().unwrap()).unwrap();
    let mut cosines = Vec::new();
    for row in rows(encoder) {
        let text = row["text"].as_str().unwrap();
        let expected: Vec<u32> = serde_json::from_value(row["ids"].clone()).unwrap();
        let mut ids = Vec::new();
        vocabulary.encode(text, usize::MAX, &mut String::new(), &mut ids);
        assert_eq!(ids, expected, "{text}");
        if let Some(expected) = row["vector"].as_array() {
            let vector = embedder.embed(&[text]);
            assert_eq!(vector.len(), expected.len());
            let pairs = vector.iter().zip(expected);
            cosines
                .push(pairs.map(|(ours, value)| f64::from(*ours) * value.as_f64().unwrap()).sum());
        }
    }
    assert!(cosines.len() > 10);
    cosines
}

#[test]
fn accurate_agrees_with_the_reference() {
    // The reference does not round activations. Rounding them costs some .0006, of punctuation without words .006.
    let cosines = compare("accurate", mcp_insights_model::ACCURATE, &Accurate);
    let mean = cosines.iter().sum::<f64>() / cosines.len() as f64;
    assert!(mean > 0.998 && cosines.iter().all(|cosine| *cosine > 0.99), "{cosines:?}");
}

#[test]
fn fast_agrees_with_the_reference() {
    let cosines = compare("fast", mcp_insights_model::FAST, &Fast);
    assert!(cosines.iter().all(|cosine| *cosine > 0.9999), "{cosines:?}");
}
