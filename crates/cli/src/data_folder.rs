//! The folder that `serve` and `import` write.

use std::path::Path;
use std::sync::Arc;

use clap::ValueEnum;
use mcp_insights::{DocumentName, Documents, DurableEngine, Options, Registry};

use crate::arguments::choices::Encoder;
use crate::failure::Failure;
use crate::progress::Meter;
use crate::vectors_file::{VectorsFile, embedder};

/// A folder that is open for writing.
pub(crate) struct DataFolder {
    /// The engine over it.
    pub(crate) engine: DurableEngine,
    vectors: VectorsFile,
}

impl DataFolder {
    /// Opens a folder, which is made where there is none.
    pub(crate) fn open(
        folder: &Path,
        encoder: Option<Encoder>,
        mut options: Options,
        meter: &Meter,
    ) -> Result<Self, Failure> {
        let encoder = if folder.exists() {
            self::encoder(folder, encoder)?
        } else {
            encoder.unwrap_or_default()
        };
        let vectors = VectorsFile::in_folder(folder, encoder, meter);
        options.embedder = Arc::clone(&vectors.vectors) as _;
        let engine = DurableEngine::open(folder, options)?;
        Ok(Self { engine, vectors })
    }

    /// Texts that were embedded since it was opened.
    pub(crate) fn embedded(&self) -> usize {
        self.vectors.vectors.computed()
    }

    /// Keeps the vectors of texts that were embedded since it was opened.
    pub(crate) fn save_vectors(&self) {
        self.vectors.save();
    }
}

/// The encoder for a folder: see [`encoder_for`].
pub(crate) fn encoder(folder: &Path, asked: Option<Encoder>) -> Result<Encoder, Failure> {
    let documents = Documents::open_read_only(folder)?;
    let registry = documents.read(DocumentName::Registry)?;
    let Some(registry) = registry else { return Ok(asked.unwrap_or_default()) };
    let registry = Registry::from_json(&String::from_utf8_lossy(&registry))
        .map_err(mcp_insights::Error::from)?;
    encoder_for(&registry, asked, folder)
}

/// The encoder that is asked for, else the one that the ids of a registry were made with, else the default.
pub(crate) fn encoder_for(
    registry: &Registry,
    asked: Option<Encoder>,
    place: &Path,
) -> Result<Encoder, Failure> {
    let is_of = |encoder: &Encoder| registry.embedder() == Some(embedder(*encoder).name());
    let known = Encoder::value_variants().iter().copied().find(is_of);
    match (asked, known) {
        (Some(asked), Some(known)) if asked != known => {
            let (place, made_with) = (place.to_owned(), known.name());
            Err(Failure::OtherEncoder { place, made_with })
        }
        _ => Ok(asked.or(known).unwrap_or_default()),
    }
}
