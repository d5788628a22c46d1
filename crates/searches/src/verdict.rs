//! Whether what was looked for is missing, or was only not found.

use crate::{GapKind, Signs};

/// Odds that a session adds which, after its search, called the nearest tool with success: such an agent has found what
/// it looked for. Not fitted, for the labelled queries have no sessions.
const USE: f64 = 3.0;

/// A logistic model of the probability that the nearest tool is the one that was looked for, at even odds.
///
/// `mcp-insights-benches gaps --fit` prints the weights: fitted on MetaTool, where people's queries name the tool that
/// serves them; leaving that tool out of the catalog makes it missing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Model {
    /// Weights of [`Model::inputs`].
    pub weights: [f64; Model::INPUTS],
}

impl Model {
    /// How many inputs there are.
    pub const INPUTS: usize = 7;

    /// The model for the vectors of an embedder. For one that it was not fitted for, words alone decide.
    #[must_use]
    pub fn of(embedder: &str) -> &'static Self {
        MODELS
            .iter()
            .find(|(name, _)| embedder.starts_with(name))
            .map_or(&BY_WORDS, |(_, model)| model)
    }

    /// What the weights weigh: 1, lead, coverage, closest, texts, coverage · texts, lead · texts.
    #[must_use]
    pub fn inputs(signs: &Signs) -> [f64; Self::INPUTS] {
        let Signs { lead, coverage, closest, texts } = *signs;
        [1.0, lead, coverage, closest, texts, coverage * texts, lead * texts]
    }

    /// The logarithm of the odds that the nearest tool is the one, where a share of `prior` of all gaps is undiscoverable.
    #[must_use]
    pub fn log_odds(&self, signs: &Signs, prior: f64) -> f64 {
        let prior = prior.clamp(0.001, 0.999);
        let inputs = Self::inputs(signs);
        let sum: f64 = inputs.iter().zip(&self.weights).map(|(input, weight)| input * weight).sum();
        sum + (prior / (1.0 - prior)).ln()
    }
}

/// The models by the beginning of the embedder's name.
const MODELS: &[(&str, Model)] = &[
    (
        "minilm-l6-20k-1/",
        Model { weights: [-3.0823, 5.5459, 2.2777, 5.0630, -0.7778, 2.8717, 1.7584] },
    ),
    (
        "static-256-1/",
        Model { weights: [-3.7891, 2.7718, 2.6425, 6.5394, -0.9572, 3.1030, 2.4977] },
    ),
];

/// Words alone.
const BY_WORDS: Model = Model { weights: [-0.9424, 0.0, 5.6594, 0.0, -0.6642, 5.8463, 0.0] };

/// What is said of a cluster, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict {
    /// `missing` or `undiscoverable`.
    pub kind: GapKind,
    /// The probability that the kind is right, four decimals.
    pub confidence: f64,
}

impl Verdict {
    /// Says it, by the logarithm of the odds that the nearest tool is the one, and the share of the sessions that called it
    /// with success after their search.
    #[must_use]
    pub fn of(log_odds: f64, used: f64) -> Self {
        let log_odds = log_odds + used.clamp(0.0, 1.0) * USE.ln();
        // Nothing here is ever certain.
        let exists = (1.0 / (1.0 + (-log_odds).exp())).clamp(0.01, 0.99);
        let (kind, confidence) = if exists > 0.5 {
            (GapKind::Undiscoverable, exists)
        } else {
            (GapKind::Missing, 1.0 - exists)
        };
        Self { kind, confidence: crate::priority::round(confidence) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Signs = Signs { lead: 0.4, coverage: 0.6, closest: 0.8, texts: 1.0 };
    const BAD: Signs = Signs { lead: 0.02, coverage: 0.05, closest: 0.2, texts: 1.0 };

    #[test]
    fn every_model_tells_good_signs_from_bad_ones() {
        for embedder in ["minilm-l6-20k-1/1", "static-256-1/1", "another"] {
            let model = Model::of(embedder);
            let exists = Verdict::of(model.log_odds(&GOOD, 0.5), 0.0);
            let lacks = Verdict::of(model.log_odds(&BAD, 0.5), 0.0);
            assert_eq!(exists.kind, GapKind::Undiscoverable, "{embedder}");
            assert_eq!(lacks.kind, GapKind::Missing, "{embedder}");
            assert!(exists.confidence >= 0.7 && lacks.confidence >= 0.7, "{embedder}");
        }
    }

    #[test]
    fn use_and_prior_move_the_odds() {
        let odds = |prior| BY_WORDS.log_odds(&Signs { coverage: 0.1, ..GOOD }, prior);
        assert!((odds(0.8) - odds(0.5) - 4.0_f64.ln()).abs() < 1e-9);
        let (unused, used) = (Verdict::of(0.0, 0.0), Verdict::of(0.0, 1.0));
        assert_eq!((unused.confidence, used.confidence), (0.5, 0.75));
        assert_eq!(Verdict::of(-0.5, 1.0).kind, GapKind::Undiscoverable);
    }

    #[test]
    fn nothing_is_certain() {
        assert_eq!(Verdict::of(99.0, 1.0).confidence, 0.99);
        assert_eq!(Verdict::of(-99.0, 0.0), Verdict { kind: GapKind::Missing, confidence: 0.99 });
    }
}
