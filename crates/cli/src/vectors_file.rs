//! The file that keeps vectors of texts between runs, so that a second run embeds new texts only.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use etcetera::BaseStrategy as _;
use mcp_insights::{Accurate, Embedder, Fast, KeptVectors, KeptVectorsError};

use crate::arguments::choices::Encoder;
use crate::arguments::reading::Reading;
use crate::messages;
use crate::progress::Meter;
use crate::registry_file::write_whole;

/// Where vectors stand in a folder of data.
const IN_FOLDER: &str = "vectors";

/// Vectors in use, and where they are kept.
pub(crate) struct VectorsFile {
    /// What the engine embeds with.
    pub(crate) vectors: Arc<KeptVectors>,
    /// None where nothing is kept.
    path: Option<PathBuf>,
}

impl VectorsFile {
    /// Reads the vectors that an earlier run kept: beside the registry, else in the user's cache folder.
    ///
    /// They only save time, so that a file that is of no use is named and then made anew.
    pub(crate) fn open(arguments: &Reading, encoder: Encoder, meter: &Meter) -> Self {
        let embedder = embedder(encoder);
        let path = if arguments.no_cache {
            None
        } else {
            place(arguments.registry.as_deref(), embedder.name(), cache_folder())
        };
        Self::at(path, embedder, meter)
    }

    /// Those that stand in a folder of data.
    pub(crate) fn in_folder(folder: &Path, encoder: Encoder, meter: &Meter) -> Self {
        let embedder = embedder(encoder);
        let path = folder.join(IN_FOLDER).join(file_name(embedder.name()));
        Self::at(Some(path), embedder, meter)
    }

    fn at(path: Option<PathBuf>, embedder: Arc<dyn Embedder>, meter: &Meter) -> Self {
        let meter = meter.clone();
        let vectors = KeptVectors::new(embedder)
            .with_progress(move |done, total| meter.show_embedding(done, total));
        if let Some(path) = &path
            && let Err(error) = read(&vectors, path)
        {
            let path = path.display();
            messages::warning(format_args!("{path} is not used and made anew: {error}"));
        }
        Self { vectors: Arc::new(vectors), path }
    }

    /// Where they are kept.
    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Writes the vectors, where that is worth it. What cannot be written is named and costs time, no answer.
    pub(crate) fn save(&self) {
        let Some(path) = self.path.as_deref().filter(|_| self.vectors.is_worth_writing()) else {
            return;
        };
        let mut bytes = Vec::new();
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = folder.and_then(|()| self.vectors.write(&mut bytes));
        let written = written
            .map_err(|error| error.to_string())
            .and_then(|()| write_whole(path, &bytes).map_err(|failure| failure.to_string()));
        if let Err(error) = written {
            messages::warning(format_args!(
                "vectors were not kept in {} for the next run: {error}; --no-cache keeps none",
                path.display()
            ));
        }
    }
}

/// What an encoder is in the engine.
pub(crate) fn embedder(encoder: Encoder) -> Arc<dyn Embedder> {
    match encoder {
        Encoder::Accurate => Arc::new(Accurate),
        Encoder::Fast => Arc::new(Fast),
    }
}

fn read(vectors: &KeptVectors, path: &Path) -> Result<(), KeptVectorsError> {
    match File::open(path) {
        Ok(file) => vectors.read(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The folder for what can be computed again; none where the system names no home.
fn cache_folder() -> Option<PathBuf> {
    Some(etcetera::choose_base_strategy().ok()?.cache_dir())
}

fn place(registry: Option<&Path>, embedder: &str, cache: Option<PathBuf>) -> Option<PathBuf> {
    if let Some(registry) = registry {
        let mut name: OsString = registry.into();
        name.push(format!(".{}", file_name(embedder)));
        return Some(name.into());
    }
    Some(cache?.join("mcp-insights").join(file_name(embedder)))
}

fn file_name(embedder: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
    let embedder: String =
        embedder.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect();
    format!("{embedder}.vectors")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_stand_beside_the_registry_else_in_the_cache() {
        let cache = || Some(PathBuf::from("/home/a/.cache"));
        let beside = place(Some(Path::new("ids.json")), "fast-1", cache());
        assert_eq!(beside, Some(PathBuf::from("ids.json.fast-1.vectors")));
        let cached = place(None, "fast/1", cache());
        assert_eq!(cached, Some(PathBuf::from("/home/a/.cache/mcp-insights/fast-1.vectors")));
        assert_eq!(place(None, "fast-1", None), None);
    }
}
