//! The folder that `serve` and `import` write.

use std::path::Path;
use std::sync::Arc;

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
        let encoder = match encoder {
            Some(encoder) => encoder,
            None if folder.exists() => self::encoder(folder)?,
            None => Encoder::Accurate,
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

/// The encoder that the ids of a folder were made with; the default where there are none yet.
pub(crate) fn encoder(folder: &Path) -> Result<Encoder, Failure> {
    let documents = Documents::open_read_only(folder)?;
    let registry = documents.read(DocumentName::Registry)?;
    let Some(registry) = registry else { return Ok(Encoder::Accurate) };
    let registry = Registry::from_json(&String::from_utf8_lossy(&registry))
        .map_err(mcp_insights::Error::from)?;
    let is_fast = registry.embedder() == Some(embedder(Encoder::Fast).name());
    Ok(if is_fast { Encoder::Fast } else { Encoder::Accurate })
}
