//! Cases of a tool that is in the catalog, and of the same tool left out of it.

use std::collections::BTreeMap;

use mcp_insights_searches::{Catalog, Offer, Question, Signs, Standing};
use mcp_insights_text::Embedder;
use ndarray::{Array2, ArrayView1};

use crate::gaps::bm25::{Bm25, stems};
use crate::quality::labelled::Line;
use crate::quality::sample::shuffled;

/// Folds of the tools: a model is fitted on all but one, and tested on that.
pub const FOLDS: usize = 5;
/// So many cases are made of a tool, and so many halves of the catalog.
const REPEATS: usize = 10;

/// What is left out of the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Regime {
    /// The tool alone.
    Alone,
    /// A random half of the tools, with or without the tool.
    Halves,
}

/// One cluster of queries of one tool against one catalog.
#[derive(Clone, Debug)]
pub struct Case {
    /// The fold of the tool.
    pub fold: usize,
    /// What was left out.
    pub regime: Regime,
    /// Queries in the cluster.
    pub texts: usize,
    /// Whether the tool is in the catalog.
    pub exists: bool,
    /// What the model looks at.
    pub signs: Signs,
    /// Where the tool stands in the ranking, and the best score: of the engine, of the cosine alone, of BM25.
    pub ranks: [(Option<usize>, f64); 3],
}

/// Labelled queries, ready to draw cases from.
pub struct Labelled {
    offer: Offer,
    bm25: Bm25,
    /// Of name and description, as one text.
    whole: Array2<f32>,
    queries: Vec<(String, usize)>,
    vectors: Array2<f32>,
    tools: usize,
}

impl Labelled {
    /// Queries (`tool<TAB>query`) and the catalog of their tools; queries of other tools are left out.
    #[must_use]
    pub fn new(catalog: &Catalog, lines: &[Line], embedder: &dyn Embedder) -> Self {
        let names: BTreeMap<&str, usize> = catalog
            .tools()
            .iter()
            .enumerate()
            .map(|(place, tool)| (tool.name.as_str(), place))
            .collect();
        let queries: Vec<(String, usize)> = lines
            .iter()
            .filter_map(|line| {
                Some((mcp_insights_searches::asked(&line.text), *names.get(line.label.as_str())?))
            })
            .collect();
        let texts: Vec<&str> = queries.iter().map(|(text, _)| text.as_str()).collect();
        let whole: Vec<String> = catalog
            .tools()
            .iter()
            .map(|tool| {
                format!(
                    "{}: {}",
                    mcp_insights_text::name_words(&tool.name).join(" "),
                    tool.description
                )
            })
            .collect();
        let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
        Self {
            offer: Offer::new(catalog, [], embedder),
            bm25: Bm25::new(catalog),
            whole: embedder.embed(&whole),
            vectors: embedder.embed(&texts),
            queries,
            tools: catalog.len(),
        }
    }

    /// How many queries there are.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.queries.len()
    }

    /// Cases of clusters of so many queries, with the tool in the catalog and without it.
    #[must_use]
    pub fn cases(&self, texts: usize, regime: Regime) -> Vec<Case> {
        let mut cases = Vec::new();
        for repeat in 0..REPEATS {
            let half = shuffled((0..self.tools).collect(), self.tools / 2, 1_000 + repeat as u64);
            let halves: Vec<bool> = (0..self.tools).map(|tool| half.contains(&tool)).collect();
            let half_offer = self.offer.only(|tool, _| halves[tool]);
            for tool in 0..self.tools {
                let own: Vec<usize> = (0..self.queries.len())
                    .filter(|query| self.queries[*query].1 == tool)
                    .collect();
                let seed = (repeat * self.tools + tool) as u64;
                let rows = shuffled(own, texts, seed);
                if rows.len() < texts {
                    continue;
                }
                let mut add = |offer: &Offer, is_there: &[bool]| {
                    cases.extend(self.case(&rows, tool, offer, is_there, regime));
                };
                match regime {
                    Regime::Halves => add(&half_offer, &halves),
                    Regime::Alone => {
                        let mut is_there = vec![true; self.tools];
                        add(&self.offer, &is_there);
                        is_there[tool] = false;
                        add(&self.offer.only(|other, _| other != tool), &is_there);
                    }
                }
            }
        }
        cases
    }

    fn case(
        &self,
        rows: &[usize],
        tool: usize,
        offer: &Offer,
        is_there: &[bool],
        regime: Regime,
    ) -> Option<Case> {
        let vector = |row: usize| self.vectors.row(row).to_slice().unwrap_or_default();
        let questions: Vec<Question<'_>> =
            rows.iter().map(|row| Question::new(&self.queries[*row].0, vector(*row))).collect();
        let Standing { nearest, signs } = offer.standing(&questions, &[]);
        let there: Vec<usize> = (0..self.tools).filter(|tool| is_there[*tool]).collect();
        let place = nearest.iter().position(|near| there[near.index] == tool);
        let best = nearest.first().map_or(0.0, |near| near.similarity);
        let cosines: Vec<Option<f64>> = (0..self.tools)
            .map(|tool| is_there[tool].then(|| self.cosine(rows, self.whole.row(tool))))
            .collect();
        let words: Vec<Vec<String>> = rows.iter().map(|row| stems(&self.queries[*row].0)).collect();
        let lexical = self.bm25.scores(&words, is_there);
        Some(Case {
            fold: tool % FOLDS,
            regime,
            texts: rows.len(),
            exists: is_there[tool],
            signs: signs?,
            ranks: [(place, best), ranked(&cosines, tool), ranked(&lexical, tool)],
        })
    }

    fn cosine(&self, rows: &[usize], tool: ArrayView1<'_, f32>) -> f64 {
        let sum: f64 = rows.iter().map(|row| f64::from(self.vectors.row(*row).dot(&tool))).sum();
        sum / rows.len() as f64
    }
}

/// Where a tool stands among scores, and the best score.
#[must_use]
pub fn ranked(scores: &[Option<f64>], tool: usize) -> (Option<usize>, f64) {
    let own = scores.get(tool).copied().flatten();
    let above = |own: f64| scores.iter().flatten().filter(|score| **score > own).count();
    let best = scores.iter().flatten().fold(f64::NEG_INFINITY, |best, score| best.max(*score));
    (own.map(above), best)
}

#[cfg(test)]
mod tests {
    use mcp_insights_text::HashedNgrams;

    use super::*;

    #[test]
    fn a_tool_left_out_is_in_no_ranking() {
        let catalog = crate::gaps::catalog(&[
            ("create_refund", "Refunds an invoice"),
            ("get_weather", "Tells the weather of a city"),
            ("send_mail", "Sends a mail"),
        ]);
        let line = |label: &str, text: &str| Line { label: label.into(), text: text.into() };
        let lines = [
            line("create_refund", "refund an invoice"),
            line("get_weather", "weather of the city"),
            line("send_mail", "send a mail"),
            line("unknown", "x"),
        ];
        let labelled = Labelled::new(&catalog, &lines, &HashedNgrams);
        assert_eq!(labelled.queries(), 3);
        let cases = labelled.cases(1, Regime::Alone);
        assert_eq!(cases.len(), 2 * 3 * REPEATS);
        for case in cases {
            for (place, _) in case.ranks {
                assert_eq!(place.is_some(), case.exists);
                assert!(place.is_none_or(|place| place == 0));
            }
        }
    }
}
