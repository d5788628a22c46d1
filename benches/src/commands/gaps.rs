//! `gaps`: whether a gap is missing or only was not found, against labels.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use mcp_insights_benches::gaps::bm25::{Bm25, stems};
use mcp_insights_benches::gaps::figures::{Hits, auc, calibration_error};
use mcp_insights_benches::gaps::livemcp::{routed, third};
use mcp_insights_benches::gaps::logistic::fit;
use mcp_insights_benches::gaps::samples::{Case, FOLDS, Labelled, Regime, ranked};
use mcp_insights_benches::quality::labelled;
use mcp_insights_searches::{Catalog, Model, Offer, Question, Signs, asked};
use mcp_insights_text::{Accurate, Embedder, Fast, name_words};

/// Queries of a cluster in the cases that models are fitted on.
const FITTED: [usize; 4] = [1, 2, 4, 8];
/// Queries of a cluster in the cases that are shown.
const SHOWN: [usize; 2] = [1, 8];
/// The penalty on weights.
const RIDGE: f64 = 3.0;

#[derive(Args)]
pub(crate) struct Gaps {
    /// Queries with the tool that serves them: `tool<TAB>query` a line, plain or gzip
    #[arg(long, value_name = "FILE", default_value = "fixtures/labelled/metatool_a.tsv.gz")]
    queries: PathBuf,
    /// The catalog of these tools
    #[arg(long, value_name = "FILE", default_value = "fixtures/metatool/catalog.json")]
    catalog: PathBuf,
    /// Agents' sessions with searches for tools: native events, plain or gzip
    #[arg(long, value_name = "FILE", default_value = "fixtures/livemcp/events.ndjson.gz")]
    sessions: PathBuf,
    /// The catalog of the sessions
    #[arg(long, value_name = "FILE", default_value = "fixtures/livemcp/catalog.json")]
    sessions_catalog: PathBuf,
    /// Print the weights fitted on all labelled queries, as the engine has them
    #[arg(long)]
    fit: bool,
}

pub(crate) fn run(options: &Gaps) -> Result<(), Box<dyn Error>> {
    let catalog = catalog(&options.catalog)?;
    let lines = labelled::read(&options.queries)?;
    let encoders: [(&str, &dyn Embedder); 2] = [("accurate", &Accurate), ("fast", &Fast)];
    let mut words: Vec<Case> = Vec::new();
    for (name, embedder) in encoders {
        let data = Labelled::new(&catalog, &lines, embedder);
        let mut cases: Vec<Case> = Vec::new();
        for texts in FITTED {
            cases.extend(data.cases(texts, Regime::Alone));
            cases.extend(data.cases(texts, Regime::Halves));
        }
        if options.fit {
            println!("{name} ({}): {:.4?}", embedder.name(), fitted(cases.iter(), Model::inputs));
            words = cases;
            continue;
        }
        println!(
            "{} labelled queries, {} tools, {name}; fitted on four fifths of the tools, tested on the fifth",
            data.queries(),
            catalog.len()
        );
        labelled_table(&cases, embedder);
    }
    if options.fit {
        println!("words alone: {:.4?}", fitted(words.iter(), by_words));
        return Ok(());
    }
    for (name, embedder) in encoders {
        sessions_table(options, name, embedder)?;
    }
    Ok(())
}

/// The inputs of a model that looks at words alone.
fn by_words(signs: &Signs) -> [f64; Model::INPUTS] {
    Model::inputs(&Signs { lead: 0.0, closest: 0.0, ..*signs })
}

fn catalog(path: &Path) -> Result<Catalog, Box<dyn Error>> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Catalog::read(&bytes).map_err(|error| format!("{}: {error}", path.display()).into())
}

fn fitted<'c>(
    cases: impl Iterator<Item = &'c Case>,
    inputs: impl Fn(&Signs) -> [f64; Model::INPUTS],
) -> [f64; Model::INPUTS] {
    let cases: Vec<_> = cases.map(|case| (inputs(&case.signs), case.exists)).collect();
    fit(&cases, RIDGE)
}

fn labelled_table(cases: &[Case], embedder: &dyn Embedder) {
    let models: Vec<Model> = (0..FOLDS)
        .map(|fold| Model {
            weights: fitted(cases.iter().filter(|case| case.fold != fold), Model::inputs),
        })
        .collect();
    let shipped = Model::of(embedder.name());
    println!(
        "  {:<28} {:<9} {:>6} {:>6} {:>11} {:>6} {:>6}",
        "left out, queries a cluster", "method", "cases", "AUC", "calibration", "first", "three"
    );
    for texts in SHOWN {
        for regime in [Regime::Alone, Regime::Halves] {
            let own: Vec<&Case> =
                cases.iter().filter(|case| case.texts == texts && case.regime == regime).collect();
            let what = match regime {
                Regime::Alone => format!("each tool alone, {texts}"),
                Regime::Halves => format!("random halves, {texts}"),
            };
            let tested: Vec<(f64, bool)> = own
                .iter()
                .map(|case| (probability(&models[case.fold], &case.signs), case.exists))
                .collect();
            let constants: Vec<(f64, bool)> =
                own.iter().map(|case| (probability(shipped, &case.signs), case.exists)).collect();
            row(&what, "engine", &tested, Some(calibration_error(&tested)), &hits(&own, 0));
            row(&what, "as built", &constants, Some(calibration_error(&constants)), &hits(&own, 0));
            for (place, method) in [(1, "cosine"), (2, "BM25")] {
                let scored: Vec<(f64, bool)> =
                    own.iter().map(|case| (case.ranks[place].1, case.exists)).collect();
                row(&what, method, &scored, None, &hits(&own, place));
            }
        }
    }
}

fn probability(model: &Model, signs: &Signs) -> f64 {
    1.0 / (1.0 + (-model.log_odds(signs, 0.5)).exp())
}

fn hits(cases: &[&Case], place: usize) -> Hits {
    let mut hits = Hits::default();
    cases.iter().filter(|case| case.exists).for_each(|case| hits.add(case.ranks[place].0));
    hits
}

fn row(what: &str, method: &str, cases: &[(f64, bool)], calibration: Option<f64>, hits: &Hits) {
    let shown =
        |figure: Option<f64>| figure.map_or_else(|| "-".to_owned(), |own| format!("{own:.3}"));
    println!(
        "  {what:<28} {method:<9} {:>6} {:>6} {:>11} {:>6.3} {:>6.3}",
        cases.len(),
        shown(auc(cases)),
        shown(calibration),
        hits.first(),
        hits.first_three()
    );
}

/// The searches of real agents against the whole catalog, and with each third of the servers left out in turn.
fn sessions_table(
    options: &Gaps,
    name: &str,
    embedder: &dyn Embedder,
) -> Result<(), Box<dyn Error>> {
    let catalog = catalog(&options.sessions_catalog)?;
    let searches = routed(&labelled::contents(&options.sessions)?)?;
    let place = |server: &str, tool: &str| {
        catalog
            .tools()
            .iter()
            .position(|own| own.server.as_deref() == Some(server) && own.name == tool)
    };
    let answered: Vec<(&str, usize)> = searches
        .iter()
        .filter_map(|search| {
            let (server, tool) = search.answer.as_ref()?;
            Some((search.query.as_str(), place(server, tool)?))
        })
        .collect();
    println!(
        "{} searches of agents, {} with a call after them of a tool of the catalog ({} tools), {name}, as built",
        searches.len(),
        answered.len(),
        catalog.len()
    );
    let texts: Vec<String> = answered.iter().map(|(query, _)| asked(query)).collect();
    let vectors = embedder.embed(&texts.iter().map(String::as_str).collect::<Vec<_>>());
    let whole: Vec<String> = catalog
        .tools()
        .iter()
        .map(|tool| format!("{}: {}", name_words(&tool.name).join(" "), tool.description))
        .collect();
    let whole = embedder.embed(&whole.iter().map(String::as_str).collect::<Vec<_>>());
    let bm25 = Bm25::new(&catalog);
    let offer = Offer::new(&catalog, [], embedder);
    let model = Model::of(embedder.name());
    println!(
        "  {:<28} {:<9} {:>6} {:>6} {:>11} {:>6} {:>6}",
        "left out", "method", "cases", "AUC", "calibration", "first", "three"
    );
    let parts: [&[Option<usize>]; 2] = [&[None], &[Some(0), Some(1), Some(2)]];
    for parts in parts {
        let mut scores: [Vec<(f64, bool)>; 3] = Default::default();
        let mut placed = [Hits::default(); 3];
        for part in parts {
            let is_there: Vec<bool> = catalog
                .tools()
                .iter()
                .map(|tool| {
                    part.is_none_or(|part| third(tool.server.as_deref().unwrap_or("")) != part)
                })
                .collect();
            let kept: Vec<usize> = (0..catalog.len()).filter(|tool| is_there[*tool]).collect();
            let offer = offer.only(|tool, _| is_there[tool]);
            for (row, (query, tool)) in answered.iter().enumerate() {
                let vector = vectors.row(row);
                let question = Question::new(query, vector.to_slice().unwrap_or_default());
                let standing = offer.standing(&[question], &[]);
                let Some(signs) = standing.signs else { continue };
                let place = standing.nearest.iter().position(|near| kept[near.index] == *tool);
                let cosines: Vec<Option<f64>> = (0..catalog.len())
                    .map(|tool| is_there[tool].then(|| f64::from(vector.dot(&whole.row(tool)))))
                    .collect();
                let lexical = bm25.scores(&[stems(&asked(query))], &is_there);
                let ranks = [
                    (place, probability(model, &signs)),
                    ranked(&cosines, *tool),
                    ranked(&lexical, *tool),
                ];
                for ((scores, placed), (place, score)) in
                    scores.iter_mut().zip(&mut placed).zip(ranks)
                {
                    scores.push((score, is_there[*tool]));
                    if is_there[*tool] {
                        placed.add(place);
                    }
                }
            }
        }
        let what = if parts.len() == 1 { "nothing" } else { "a third of the servers" };
        for ((method, scores), placed) in
            ["engine", "cosine", "BM25"].into_iter().zip(&scores).zip(&placed)
        {
            let calibration =
                (method == "engine" && parts.len() > 1).then(|| calibration_error(scores));
            row(what, method, scores, calibration, placed);
        }
    }
    Ok(())
}
