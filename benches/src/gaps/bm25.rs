//! Okapi BM25 over the names and descriptions of tools, as a baseline (Robertson and Zaragoza 2009; k1 = 1.2, b = .75).

use std::collections::HashMap;

use mcp_insights_searches::Catalog;
use mcp_insights_text::{is_function_word, name_words, stem, words};

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// The tools of a catalog as bags of stems.
pub struct Bm25 {
    bags: Vec<HashMap<String, f64>>,
    lengths: Vec<f64>,
}

impl Bm25 {
    /// Of a catalog.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        let (mut bags, mut lengths) = (Vec::new(), Vec::new());
        for tool in catalog.tools() {
            let mut bag: HashMap<String, f64> = HashMap::new();
            let all = name_words(&tool.name).into_iter().chain(words(&tool.description));
            for word in all.filter(|word| !is_function_word(word)) {
                *bag.entry(stem(&word).to_owned()).or_default() += 1.0;
            }
            lengths.push(bag.values().sum());
            bags.push(bag);
        }
        Self { bags, lengths }
    }

    /// The mean score of queries, given as stems, for each of the tools that are there; none for the others.
    #[must_use]
    pub fn scores(&self, queries: &[Vec<String>], is_there: &[bool]) -> Vec<Option<f64>> {
        let there =
            || is_there.iter().enumerate().filter(|(_, there)| **there).map(|(tool, _)| tool);
        let tools = there().count() as f64;
        let mean_length = there().map(|tool| self.lengths[tool]).sum::<f64>() / tools.max(1.0);
        let mut scores: Vec<Option<f64>> =
            is_there.iter().map(|there| there.then_some(0.0)).collect();
        for stem in queries.iter().flatten() {
            let holders = there().filter(|tool| self.bags[*tool].contains_key(stem)).count() as f64;
            let rarity = (1.0 + (tools - holders + 0.5) / (holders + 0.5)).ln();
            for tool in there() {
                let Some(count) = self.bags[tool].get(stem) else { continue };
                let length = 1.0 - B + B * self.lengths[tool] / mean_length;
                let score = rarity * count * (K1 + 1.0) / (count + K1 * length);
                if let Some(sum) = &mut scores[tool] {
                    *sum += score / queries.len() as f64;
                }
            }
        }
        scores
    }
}

/// The stems of a query, each once.
#[must_use]
pub fn stems(query: &str) -> Vec<String> {
    let all = words(query).into_iter().filter(|word| !is_function_word(word));
    let mut stems: Vec<String> = all.map(|word| stem(&word).to_owned()).collect();
    stems.sort_unstable();
    stems.dedup();
    stems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_words_count_most_and_tools_left_out_have_no_score() {
        let catalog = crate::gaps::catalog(&[
            ("create_refund", "Refunds an invoice"),
            ("get_invoice", "Shows an invoice"),
            ("list_invoices", "Lists invoices"),
        ]);
        let bm25 = Bm25::new(&catalog);
        let scores = bm25.scores(&[stems("refund the invoice")], &[true, true, false]);
        assert!(scores[0] > scores[1] && scores[1] > Some(0.0));
        assert_eq!(scores[2], None);
    }
}
