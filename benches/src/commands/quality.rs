//! `quality`: how well topics agree with what people labelled, at the settings that the engine has.

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use mcp_insights_benches::quality::labelled::{self, Line};
use mcp_insights_benches::quality::sample::{self, shuffled};
use mcp_insights_benches::quality::{Method, Scores, few, measure, stability, vectors};
use mcp_insights_cluster::Settings;
use mcp_insights_text::{Accurate, Embedder, Fast, HashedNgrams, fold};
use ndarray::{Array2, Axis};

/// Texts of a sample.
const SAMPLE: usize = 6_000;
/// The seed of every sample.
const SEED: u64 = 1;

#[derive(Args)]
pub(crate) struct Quality {
    /// Folder with the labelled sets: NAME.tsv.gz with `label<TAB>text` a line
    #[arg(long, value_name = "DIR", default_value = "fixtures/labelled")]
    sets: PathBuf,
    /// Other labelled sets to measure instead
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Embedders to measure (may be repeated) [default: accurate and fast]
    #[arg(long, value_enum, value_name = "NAME")]
    encoder: Vec<Encoder>,
    /// Folder with NAME.f32, the teacher's vectors of the texts of NAME, which models/teacher_vectors.py writes; measured too
    #[arg(long, value_name = "DIR")]
    teacher: Option<PathBuf>,
    /// Only every second line: settings are chosen on the even ones (counted from 0)
    #[arg(long, value_enum)]
    half: Option<Half>,
    /// Leave out the full sets
    #[arg(long)]
    samples_only: bool,
    /// Leave out k-means, which is slow on large sets
    #[cfg(feature = "k-means")]
    #[arg(long)]
    without_k_means: bool,
    /// Another number of neighbours, smallest cosine and resolution than the defaults
    #[arg(long, num_args = 3, value_names = ["NEIGHBOURS", "COSINE", "RESOLUTION"])]
    settings: Option<Vec<f64>>,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Encoder {
    Accurate,
    Fast,
    /// Hashed n-grams, without a trained model
    Hashed,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Half {
    Even,
    Odd,
}

impl From<Half> for sample::Half {
    fn from(half: Half) -> Self {
        match half {
            Half::Even => Self::Even,
            Half::Odd => Self::Odd,
        }
    }
}

/// One labelled set.
struct Set {
    name: String,
    lines: Vec<Line>,
    /// The teacher's vectors, one row a line.
    teacher: Option<Array2<f32>>,
}

pub(crate) fn run(options: &Quality) -> Result<(), Box<dyn Error>> {
    let settings = settings(options)?;
    let sets = sets(options)?;
    println!(
        "{:<16} {:>6} {:<18} {:>6} {:>7} {:>6} {:>6} {:>6} {:>8}",
        "set", "texts", "vectors", "topics", "alone %", "AMI", "V", "ARI", "seconds"
    );
    for set in &sets {
        let rows = sample::half(set.lines.len(), options.half.map(Into::into));
        let sampled = shuffled(rows.clone(), SAMPLE, SEED);
        if sampled.len() < rows.len() {
            measure_rows(options, set, &sampled, &settings)?;
        }
        if !options.samples_only || sampled.len() == rows.len() {
            measure_rows(options, set, &shuffled(rows, usize::MAX, SEED), &settings)?;
        }
    }
    Ok(())
}

fn settings(options: &Quality) -> Result<Settings, Box<dyn Error>> {
    let settings = Settings::default();
    Ok(match options.settings.as_deref() {
        Some(&[neighbours, cosine, resolution]) => settings
            .with_neighbours(neighbours as usize)?
            .with_minimum_similarity(cosine as f32)?
            .with_resolution(resolution)?,
        _ => settings,
    })
}

fn sets(options: &Quality) -> Result<Vec<Set>, Box<dyn Error>> {
    if !options.files.is_empty() {
        return options.files.iter().map(|file| set(options, file)).collect();
    }
    let named = |name: &str| set(options, &options.sets.join(format!("{name}.tsv.gz")));
    let (clinc, strangers) = (named("clinc150")?, named("clinc150_oos")?);
    let mixed = mixed(&clinc, strangers)?;
    Ok(vec![named("banking77")?, clinc, mixed, named("metatool_a")?])
}

fn set(options: &Quality, file: &Path) -> Result<Set, Box<dyn Error>> {
    let lines = labelled::read(file)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let name = name.split('.').next().unwrap_or_default().to_owned();
    let teacher = options.teacher.as_ref().map(|folder| folder.join(format!("{name}.f32")));
    let teacher = teacher.map(|file| vectors::read(&file, lines.len())).transpose()?;
    Ok(Set { name, lines, teacher })
}

/// A set with texts of no topic mixed in, each of which is a group of one.
fn mixed(set: &Set, strangers: Set) -> Result<Set, Box<dyn Error>> {
    let teacher = match (&set.teacher, &strangers.teacher) {
        (Some(own), Some(other)) => {
            Some(ndarray::concatenate(Axis(0), &[own.view(), other.view()])?)
        }
        _ => None,
    };
    let mut lines = set.lines.clone();
    lines.extend(labelled::strangers(strangers.lines));
    Ok(Set { name: format!("{}+oos", set.name), lines, teacher })
}

fn measure_rows(
    options: &Quality,
    set: &Set,
    rows: &[usize],
    settings: &Settings,
) -> Result<(), Box<dyn Error>> {
    let lines: Vec<&Line> = rows.iter().map(|row| &set.lines[*row]).collect();
    let labels: Vec<&str> = lines.iter().map(|line| line.label.as_str()).collect();
    let folded: Vec<String> = lines.iter().map(|line| fold(&line.text)).collect();
    let folded: Vec<&str> = folded.iter().map(String::as_str).collect();
    let chosen = if options.encoder.is_empty() {
        &[Encoder::Accurate, Encoder::Fast]
    } else {
        options.encoder.as_slice()
    };
    let mut all: Vec<(&str, Array2<f32>)> = Vec::new();
    if let Some(teacher) = &set.teacher {
        all.push(("teacher", teacher.select(Axis(0), rows)));
    }
    for encoder in chosen {
        let (name, embedder): (_, &dyn Embedder) = match encoder {
            Encoder::Accurate => ("accurate", &Accurate),
            Encoder::Fast => ("fast", &Fast),
            Encoder::Hashed => ("hashed", &HashedNgrams),
        };
        all.push((name, embedder.embed(&folded)));
    }
    for (name, vectors) in &all {
        print(set, name, &measure(Method::Cluster, vectors, &labels, settings)?);
        let found = stability(vectors, &labels, settings);
        println!(
            "{:<16} {:>6} {:<18} {:.1} % of the old texts keep their topic when a tenth more come ({:.1} % grouped from nothing); AMI {:.3} ({:.3} from nothing)",
            "",
            "",
            "",
            found.kept * 100.0,
            found.kept_from_nothing * 100.0,
            found.all,
            found.all_from_nothing
        );
        let scores = few::few(vectors, &labels, settings);
        let scores = few::SIZES.iter().zip(scores).map(|(size, ami)| format!("{ami:.3} of {size}"));
        let scores = scores.collect::<Vec<_>>().join(", ");
        println!("{:<16} {:>6} {:<18} of few texts: AMI {scores}", "", "", "");
        #[cfg(feature = "k-means")]
        if !options.without_k_means {
            let told = measure(Method::KMeans, vectors, &labels, settings)?;
            print(set, &format!("{name} k-means"), &told);
        }
    }
    Ok(())
}

fn print(set: &Set, vectors: &str, scores: &Scores) {
    println!(
        "{:<16} {:>6} {vectors:<18} {:>6} {:>7.1} {:>6.3} {:>6.3} {:>6.3} {:>8.2}",
        set.name,
        scores.rows,
        scores.groups,
        scores.share_alone() * 100.0,
        scores.agreement.adjusted_mutual_information,
        scores.agreement.v_measure,
        scores.agreement.adjusted_rand,
        scores.seconds,
    );
}
