//! The stages that are counted: what the criterion benches time, on inputs that valgrind runs in seconds.

use std::error::Error;
use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use mcp_insights::{Engine, Options, Registry, Timestamp, api};
use mcp_insights_calls::{Extractor, Rules, ShareExtractor, Shares, SharesPart};
use mcp_insights_cluster::{Settings, cluster, stages as parts};
use mcp_insights_events::{Input, Place, ReadError, ReadSettings, Reading, read};
use mcp_insights_sessions::sessionize_shares;
use mcp_insights_text::{
    Accurate, Background, Embedder, Fast, GroupText, HashedNgrams, KeyPhraseLabeler, NamelessGroup,
    fold, name_groups,
};
use ndarray::Array2;

use super::measured::measure;
use crate::generate::{self, Generator, distinct_intents};

/// Events of a dump.
const EVENTS: u64 = 4_000;
/// Events of a part that is merged with others.
const EVENTS_OF_PART: usize = 250;
/// Distinct intents of a dump.
const INTENTS: usize = 200;
/// Answers of a query. One alone is short, and how the seeds of its hash maps fall would move it by a per cent.
const ANSWERS: usize = 20;
/// Texts to embed with the transformer, which takes a thousand times what the others take.
const FEW_TEXTS: usize = 24;
/// Texts of every other stage.
const TEXTS: usize = 1_500;

type Done = Result<(), Box<dyn Error>>;

/// A part of the engine and how to run it.
#[derive(Debug, Clone, Copy)]
pub struct Stage {
    /// What it is called in the baseline.
    pub name: &'static str,
    pub(super) work: fn() -> Done,
}

impl Stage {
    /// The stage of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        stages().iter().find(|stage| stage.name == name).copied()
    }

    /// Prepares the input and runs the stage once, on this thread alone. To be called once in a process.
    ///
    /// # Errors
    /// Where the process has its threads already; none that the input can cause.
    pub fn run(&self) -> Done {
        // Not a pool of one: its thread would be another one, and who waits for it would be counted.
        rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
        (self.work)()
    }
}

/// All stages, in the order in which data passes them.
// To add one: a row here, and the function that it names.
#[must_use]
pub fn stages() -> &'static [Stage] {
    &[
        Stage { name: "read", work: read_plain },
        Stage { name: "read-gzip", work: read_gzip },
        Stage { name: "merge", work: merge },
        Stage { name: "deduplicate", work: deduplicate },
        Stage { name: "sessionize", work: sessions },
        Stage { name: "embed-accurate", work: || embed(&Accurate, FEW_TEXTS) },
        Stage { name: "embed-fast", work: || embed(&Fast, TEXTS) },
        Stage { name: "embed-hashed", work: || embed(&HashedNgrams, TEXTS) },
        Stage { name: "prepare", work: prepare },
        Stage { name: "neighbours", work: neighbours },
        Stage { name: "neighbours-of-many", work: neighbours_of_many },
        Stage { name: "graph", work: graph },
        Stage { name: "leiden", work: leiden },
        Stage { name: "background", work: background },
        Stage { name: "label", work: label },
        Stage { name: "overview", work: overview },
        Stage { name: "topics", work: topics },
        Stage { name: "trace", work: trace },
    ]
}

fn read_plain() -> Done {
    let dump = dump()?;
    measure(|| reading(dump)).transpose()?;
    Ok(())
}

fn read_gzip() -> Done {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&dump()?)?;
    let packed = gzip.finish()?;
    measure(|| reading(packed)).transpose()?;
    Ok(())
}

fn merge() -> Done {
    // As many parts as there are inputs, since each is less than one block.
    let dump = dump()?;
    let events: Vec<&[u8]> = dump.split_inclusive(|byte| *byte == b'\n').collect();
    let inputs = events.chunks(EVENTS_OF_PART).map(<[&[u8]]>::concat);
    let parts = reading_of(inputs.map(input).collect())?.parts;
    measure(|| Shares::merge(parts));
    Ok(())
}

fn deduplicate() -> Done {
    let Reading { parts, sources, .. } = reading(dump()?)?;
    let mut shares = Shares::merge(parts);
    let fetch = |places: &[Place]| -> Result<_, Box<dyn Error>> { Ok(sources.fetch(places)?) };
    measure(|| shares.deduplicate(&fetch)).transpose()?;
    Ok(())
}

fn sessions() -> Done {
    let Reading { parts, sources, .. } = reading(dump()?)?;
    let mut shares = Shares::merge(parts);
    let fetch = |places: &[Place]| -> Result<_, Box<dyn Error>> { Ok(sources.fetch(places)?) };
    shares.deduplicate(&fetch)?;
    let settings = mcp_insights_sessions::Settings::default();
    measure(|| sessionize_shares(shares, &settings)).transpose()?;
    Ok(())
}

fn embed(embedder: &dyn Embedder, count: usize) -> Done {
    let texts = folded(&distinct_intents(count, 1)?);
    let texts = borrowed(&texts);
    // The weights are read on first use, which is no cost of the texts.
    embedder.embed(texts.get(..1).unwrap_or_default());
    measure(|| embedder.embed(&texts));
    Ok(())
}

fn prepare() -> Done {
    let vectors = vectors()?;
    measure(|| parts::prepare(vectors.view()));
    Ok(())
}

fn neighbours() -> Done {
    let prepared = parts::prepare(vectors()?.view());
    measure(|| prepared.nearest_of_all(&Settings::default()));
    Ok(())
}

fn neighbours_of_many() -> Done {
    let prepared = parts::prepare(vectors()?.view());
    measure(|| prepared.nearest_of_many(&Settings::default()));
    Ok(())
}

fn graph() -> Done {
    let nearest = parts::prepare(vectors()?.view()).nearest(&Settings::default());
    measure(|| nearest.graph());
    Ok(())
}

fn leiden() -> Done {
    let settings = Settings::default();
    let graph = parts::prepare(vectors()?.view()).nearest(&settings).graph();
    measure(|| graph.communities(&settings));
    Ok(())
}

fn background() -> Done {
    let texts = folded(&distinct_intents(TEXTS, 1)?);
    measure(|| Background::from_texts(texts.iter().map(|text| (text.as_str(), 1))));
    Ok(())
}

fn label() -> Done {
    let originals = distinct_intents(TEXTS, 1)?;
    let folded = folded(&originals);
    let texts = borrowed(&folded);
    let vectors = Fast.embed(&texts);
    let group_of = cluster(vectors.view(), &vec![1; texts.len()], &Settings::default());
    let number = group_of.iter().flatten().max().map_or(0, |largest| *largest as usize + 1);
    let mut groups = vec![NamelessGroup::default(); number];
    for ((folded, original), group) in texts.iter().zip(&originals).zip(&group_of) {
        if let Some(group) = group.and_then(|group| groups.get_mut(group as usize)) {
            group.texts.push(GroupText { folded, original, weight: 1 });
        }
    }
    let background = Background::from_texts(texts.iter().map(|text| (*text, 1)));
    measure(|| name_groups(&groups, &KeyPhraseLabeler, &background, &[], "Other requests"));
    Ok(())
}

fn overview() -> Done {
    let (engine, now) = engine()?;
    let query = api::OverviewQuery::default();
    answers(|| engine.overview(&query, now))
}

fn topics() -> Done {
    let (engine, now) = engine()?;
    let query = api::TopicsQuery::default();
    answers(|| engine.topics(&query, now))
}

/// The trace of the longest session of the first page.
fn trace() -> Done {
    let (engine, now) = engine()?;
    let page = engine.sessions(&api::SessionsQuery::default(), now)?.sessions;
    let longest = page.into_iter().max_by_key(|session| session.event_count);
    let longest = longest.ok_or("no session")?;
    answers(|| engine.trace(&longest.id))
}

/// Measures a query that is asked [`ANSWERS`] times.
fn answers<T>(query: impl Fn() -> Result<T, mcp_insights::Error>) -> Done {
    measure(|| (0..ANSWERS).try_for_each(|_| query().map(drop))).transpose()?;
    Ok(())
}

fn dump() -> std::io::Result<Vec<u8>> {
    let settings = generate::Settings {
        events: EVENTS,
        distinct_intents: INTENTS,
        ..generate::Settings::default()
    };
    let mut dump = Vec::new();
    Generator::new(settings).write(&mut dump)?;
    Ok(dump)
}

fn input(bytes: Vec<u8>) -> Input {
    Input::Bytes { name: "dump".to_owned(), bytes }
}

fn reading(bytes: Vec<u8>) -> Result<Reading<SharesPart>, ReadError> {
    reading_of(vec![input(bytes)])
}

fn reading_of(inputs: Vec<Input>) -> Result<Reading<SharesPart>, ReadError> {
    let extractor = ShareExtractor::new(Extractor::new(Rules::default()), usize::MAX);
    read(inputs, &ReadSettings::default(), &extractor, &|_| {})
}

fn folded(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| fold(text)).collect()
}

fn borrowed(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

fn vectors() -> std::io::Result<Array2<f32>> {
    Ok(HashedNgrams.embed(&borrowed(&folded(&distinct_intents(TEXTS, 1)?))))
}

fn engine() -> Result<(Engine, Timestamp), Box<dyn Error>> {
    // The accurate embedder would take most of the time, and none of it is counted.
    let options = Options { embedder: Arc::new(Fast), ..Options::default() };
    let engine = Engine::read(vec![input(dump()?)], &options, Registry::default(), &|_| {})?;
    let now = engine.default_now().ok_or("no events")?;
    Ok((engine, now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_are_found_by_their_names() {
        for (place, stage) in stages().iter().enumerate() {
            assert!(Stage::named(stage.name).is_some_and(|found| found.name == stage.name));
            assert!(stages()[..place].iter().all(|other| other.name != stage.name));
        }
        assert!(Stage::named("none").is_none());
    }
}
