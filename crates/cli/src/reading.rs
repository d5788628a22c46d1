//! From paths to an engine: read, say what was refused, keep the registry and vectors.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use mcp_insights::{
    Catalog, Engine, Error, Input, Options, ReadError, ReadReport, Registry, Timestamp,
};

use crate::arguments::meaning::Needs;
use crate::arguments::reading::Reading;
use crate::data_folder;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::messages;
use crate::progress::Meter;
use crate::registry_file::RegistryFile;
use crate::vectors_file::VectorsFile;

/// An engine, and what belongs to the reading that made it.
pub(crate) struct Loaded {
    /// The engine.
    pub(crate) engine: Engine,
    /// Files and streams that were read.
    pub(crate) sources: usize,
    registry: Option<RegistryFile>,
}

/// Reads the input, says what was left out, and saves the registry where there is one.
pub(crate) fn load(arguments: &Reading, needs: Needs) -> Result<Loaded, Failure> {
    let loaded = read(arguments, arguments.options(needs))?;
    messages::reading(loaded.engine.read_report());
    if arguments.strict && !loaded.engine.read_report().unreadable.is_empty() {
        return Err(Failure::Incomplete);
    }
    match loaded.save(&loaded.engine) {
        // The answers are right all the same.
        Err(changed @ Failure::RegistryChanged { .. }) => {
            messages::warning(format_args!("new ids were not kept: {changed}"));
        }
        saved => saved?,
    }
    Ok(loaded)
}

/// Reads the input for what is in it and what is wrong, and says nothing.
pub(crate) fn account(arguments: &Reading, options: &Options) -> Result<ReadReport, Failure> {
    start_threads(arguments.threads)?;
    let inputs = inputs(arguments, None)?;
    let meter = Meter::start();
    let report = ReadReport::of(inputs, options, &|progress| meter.show(&progress));
    meter.finish();
    report.map_err(refused)
}

/// Starts the threads to compute with, where their number is given.
pub(crate) fn start_threads(threads: Option<usize>) -> Result<(), Failure> {
    let Some(threads) = threads else { return Ok(()) };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    pool.build_global().map_err(|error| Failure::Threads(error.to_string()))
}

fn read(arguments: &Reading, mut options: Options) -> Result<Loaded, Failure> {
    start_threads(arguments.threads)?;
    options.catalog = catalog(&arguments.catalog)?;
    if let Some(folder) = &arguments.data {
        return read_folder(arguments, folder, options);
    }
    let meter = Meter::start();
    let (file, registry, encoder) = match &arguments.registry {
        Some(path) => {
            let (file, registry) = RegistryFile::open(path)?;
            let encoder = data_folder::encoder_for(&registry, arguments.encoder, path)?;
            (Some(file), registry, encoder)
        }
        None => (None, Registry::default(), arguments.encoder.unwrap_or_default()),
    };
    let vectors = VectorsFile::open(arguments, encoder, &meter);
    options.embedder = Arc::clone(&vectors.vectors) as _;
    let inputs = inputs(arguments, vectors.path())?;
    let sources = inputs.len();
    let engine = Engine::read(inputs, &options, registry, &|progress| meter.show(&progress));
    meter.finish();
    let engine = engine.map_err(refused)?;
    vectors.save();
    Ok(Loaded { engine, sources, registry: file })
}

/// What is to be read. Files of the command itself, and those that it was given for something else, are not, where they stand in a folder
/// that is.
fn inputs(arguments: &Reading, vectors: Option<&Path>) -> Result<Vec<Input>, Failure> {
    let mut inputs = mcp_insights::expand(&arguments.paths)?;
    let Reading { registry, catalog, .. } = arguments;
    let own = catalog.iter().chain(registry).map(PathBuf::as_path).chain(vectors);
    let own: Vec<PathBuf> = own.filter_map(|path| fs::canonicalize(path).ok()).collect();
    if !own.is_empty() {
        inputs.retain(|input| match input {
            Input::Found(path) => fs::canonicalize(path).map_or(true, |path| !own.contains(&path)),
            _ => true,
        });
    }
    Ok(inputs)
}

/// The engine over a folder of data, with the vectors that are kept there.
fn read_folder(
    arguments: &Reading,
    folder: &Path,
    mut options: Options,
) -> Result<Loaded, Failure> {
    let meter = Meter::start();
    let encoder = data_folder::encoder(folder, arguments.encoder)?;
    let vectors = VectorsFile::in_folder(folder, encoder, &meter);
    options.embedder = Arc::clone(&vectors.vectors) as _;
    let engine = Engine::open_read_only(folder, options);
    meter.finish();
    Ok(Loaded { engine: engine?, sources: 1, registry: None })
}

/// The tools of all catalogs.
pub(crate) fn catalog(paths: &[PathBuf]) -> Result<Catalog, Failure> {
    paths.iter().try_fold(Catalog::default(), |all, path| {
        let bytes =
            fs::read(path).map_err(|error| Failure::CatalogUnread { path: path.clone(), error })?;
        let own = Catalog::read(&bytes)
            .map_err(|error| Failure::CatalogBroken { path: path.clone(), error })?;
        Ok(all.merge(own))
    })
}

/// A strict reading that met a refused record ends with another exit status than one that cannot be read.
fn refused(error: Error) -> Failure {
    match error {
        Error::Read(ReadError::Rejected(rejection)) => {
            Failure::Refused(messages::in_full(&rejection))
        }
        error => Failure::Engine(error),
    }
}

impl Loaded {
    /// The end of the window: as given, else the end of the hour of the newest event.
    pub(crate) fn now(&self, given: Option<Timestamp>) -> Result<Timestamp, Failure> {
        given.or_else(|| self.engine.default_now()).ok_or(Failure::NoEvents)
    }

    /// Writes the registry of an engine, where the user keeps one.
    pub(crate) fn save(&self, engine: &Engine) -> Result<(), Failure> {
        self.registry.as_ref().map_or(Ok(()), |file| file.save(engine.registry()))
    }

    /// How the command ends where it got this far: what could not be read was named, and still is a failure.
    ///
    /// The process ends with it: the system takes back as a whole what would take a while to let go of piece by piece.
    pub(crate) fn exit(self) -> Exit {
        let is_whole = self.engine.read_report().unreadable.is_empty();
        std::mem::forget(self.engine);
        if is_whole { Exit::Done } else { Exit::Unusable }
    }
}
