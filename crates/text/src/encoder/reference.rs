//! The encoders against `tests/encoder_reference.json`, which `models/fixture.py` makes of the same weights.

#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::Value;

use super::vocabulary::Vocabulary;
use super::weights::Weights;
use super::{Accurate, Fast};
use crate::Embedder;

/// Compares the ids of all texts and returns the cosines with the vectors that are there.
fn compare(encoder: &str, weights: &[u8], embedder: &dyn Embedder) -> Vec<f64> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/encoder_reference.json");
    let reference: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let weights = Weights::open(weights).unwrap();
    // Otherwise the reference is of other weights than these: `models/fixture.py` writes it anew.
    assert_eq!(reference[encoder], weights.about::<String>("name").unwrap());
    let vocabulary = Vocabulary::read(weights.vocabulary().unwrap()).unwrap();
    let mut cosines = Vec::new();
    for case in reference["cases"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let expected: Vec<u32> =
            serde_json::from_value(case[format!("{encoder}_ids")].clone()).unwrap();
        let mut ids = Vec::new();
        vocabulary.encode(text, usize::MAX, &mut String::new(), &mut ids);
        assert_eq!(ids, expected, "{text}");
        if let Some(expected) = case[format!("{encoder}_vector")].as_array() {
            let vector = embedder.embed(&[text]);
            assert_eq!(vector.len(), expected.len());
            let pairs = vector.iter().zip(expected);
            let products = pairs.map(|(ours, value)| f64::from(*ours) * value.as_f64().unwrap());
            cosines.push(products.sum());
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
