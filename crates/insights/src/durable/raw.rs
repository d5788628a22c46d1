//! Raw events of a storage, for traces.

use std::io;
use std::sync::Arc;

use mcp_insights_events::{Place, RawEvents, SourceError};
use mcp_insights_store::{Sequence, Storage};

/// The source of all events of a storage.
const SOURCE: u32 = 0;

/// Gives raw events by the places that [`place`] makes.
#[derive(Debug)]
pub(crate) struct StoredRaw(pub(crate) Arc<dyn Storage>);

/// The place of a record.
pub(crate) fn place(sequence: Sequence, json: &[u8]) -> Place {
    let length = u32::try_from(json.len()).unwrap_or(u32::MAX);
    Place { source: SOURCE, length, offset: sequence.0 }
}

/// The record at a place.
pub(crate) fn sequence(place: Place) -> Sequence {
    Sequence(place.offset)
}

impl RawEvents for StoredRaw {
    fn fetch(&self, places: &[Place]) -> Result<Vec<Vec<u8>>, SourceError> {
        let sequences: Vec<Sequence> = places.iter().copied().map(sequence).collect();
        self.0.fetch(&sequences).map_err(|error| SourceError::Unreadable {
            name: "the storage".to_owned(),
            error: io::Error::other(error),
        })
    }
}
