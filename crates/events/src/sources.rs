//! Raw events again, from where they stand.

use std::io::{self, Read};
use std::sync::Arc;

use crate::json::decode_inner;
use crate::source::{Handle, Packing, Source, skip};
use crate::spill::Spilled;
use crate::{Place, TraceAccess};

/// Why raw events cannot be given again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The source is not what it was when it was read.
    #[error("{name} has changed since it was read; read it again")]
    Changed {
        /// Name of the source.
        name: String,
    },
    /// The source cannot be read any more.
    #[error("cannot read {name} again: {error}; put it back or read the sources again")]
    Unreadable {
        /// Name of the source.
        name: String,
        /// What the system said.
        error: io::Error,
    },
    /// Nothing was kept, as chosen before reading.
    #[error("raw events were not kept; choose how to keep them before reading")]
    NotKept,
    /// The place belongs to another reading.
    #[error(
        "there is no record at byte {offset} of source {source_index}; places hold for one reading only"
    )]
    UnknownPlace {
        /// Index of the source.
        source_index: u32,
        /// Offset of the record.
        offset: u64,
    },
}

/// Gives raw events again, wherever they are kept.
pub trait RawEvents: std::fmt::Debug + Send + Sync {
    /// The raw JSON of records, in the order asked for.
    ///
    /// # Errors
    /// [`SourceError::Unreadable`] where a record is gone or cannot be read.
    fn fetch(&self, places: &[Place]) -> Result<Vec<Vec<u8>>, SourceError>;
}

/// The sources of one reading, able to give raw events again.
///
/// While events are gathered it gives them under every [`TraceAccess`], because duplicates are compared by their
/// JSON. [`release`](Self::release) then lets go of what the choice does not need.
#[derive(Debug)]
pub struct Sources {
    traces: TraceAccess,
    sources: Vec<Source>,
    spilled: Option<Spilled>,
    kept: Option<Arc<dyn RawEvents>>,
}

impl Sources {
    pub(crate) fn new(traces: TraceAccess, sources: Vec<Source>, spilled: Option<Spilled>) -> Self {
        Self { traces, sources, spilled, kept: None }
    }

    /// Events that someone else keeps; what a [`Place`] means is up to him.
    #[must_use]
    pub fn kept(events: Arc<dyn RawEvents>) -> Self {
        Self { kept: Some(events), ..Self::new(TraceAccess::Reread, Vec::new(), None) }
    }

    /// Sources that give nothing.
    #[must_use]
    pub fn none() -> Self {
        Self::new(TraceAccess::None, Vec::new(), None)
    }

    /// How raw events are kept, as chosen before reading.
    #[must_use]
    pub fn traces(&self) -> TraceAccess {
        self.traces
    }

    /// The name of a source, by the index that a [`Place`] gives.
    #[must_use]
    pub fn name(&self, source: u32) -> Option<&str> {
        self.sources.get(source as usize).map(|source| source.name.as_str())
    }

    /// The raw JSON of records, in the order asked for. A packed source is unpacked once, up to the last place.
    ///
    /// # Errors
    /// [`SourceError::Changed`] where a file is not what it was when it was read (length, time of change or
    /// identity), [`SourceError::Unreadable`] where it is gone, [`SourceError::NotKept`] where nothing was kept,
    /// [`SourceError::UnknownPlace`] for places of another reading.
    pub fn fetch(&self, places: &[Place]) -> Result<Vec<Vec<u8>>, SourceError> {
        if let Some(kept) = &self.kept {
            return kept.fetch(places);
        }
        let mut order: Vec<(usize, Place)> = places.iter().copied().enumerate().collect();
        order.sort_unstable_by_key(|(_, place)| (place.source, place.offset, place.length));
        let mut found = vec![Vec::new(); places.len()];
        for group in order.chunk_by(|left, right| left.1.source == right.1.source) {
            for (index, bytes) in self.fetch_group(group)? {
                if let Some(slot) = found.get_mut(index) {
                    *slot = unescape(bytes);
                }
            }
        }
        Ok(found)
    }

    fn fetch_group(&self, group: &[(usize, Place)]) -> Result<Vec<(usize, Vec<u8>)>, SourceError> {
        let Some((_, first)) = group.first() else { return Ok(Vec::new()) };
        if let Some(spilled) = &self.spilled {
            return group
                .iter()
                .map(|(index, place)| Ok((*index, spilled.fetch(*place)?)))
                .collect();
        }
        let Some(source) = self.sources.get(first.source as usize) else {
            return Err(if self.sources.is_empty() {
                SourceError::NotKept
            } else {
                unknown(*first)
            });
        };
        let handle = source.open()?;
        let found = if source.packing == Packing::Plain {
            fetch_plain(source, &handle, group)?
        } else {
            fetch_packed(source, group)?
        };
        // It may have changed while it was read.
        if let Handle::File(file) = &handle {
            source.check(file)?;
        }
        Ok(found)
    }

    /// Lets go of what only the build needed: everything under [`TraceAccess::None`], the sources
    /// themselves under [`TraceAccess::Spill`], nothing under [`TraceAccess::Reread`].
    #[must_use]
    pub fn release(mut self) -> Self {
        if self.traces == TraceAccess::None || self.spilled.is_some() {
            self.sources.iter_mut().for_each(Source::release);
        }
        self
    }
}

fn unknown(place: Place) -> SourceError {
    SourceError::UnknownPlace { source_index: place.source, offset: place.offset }
}

fn fetch_plain(
    source: &Source,
    handle: &Handle<'_>,
    group: &[(usize, Place)],
) -> Result<Vec<(usize, Vec<u8>)>, SourceError> {
    let fetch = |(index, place): &(usize, Place)| {
        let mut bytes = Vec::new();
        let read = handle.append(&mut bytes, place.offset, place.length as usize);
        let count = read.map_err(|error| source.unreadable(error))?;
        if count == place.length as usize { Ok((*index, bytes)) } else { Err(unknown(*place)) }
    };
    group.iter().map(fetch).collect()
}

fn fetch_packed(
    source: &Source,
    group: &[(usize, Place)],
) -> Result<Vec<(usize, Vec<u8>)>, SourceError> {
    let mut content = source.content(0, None)?;
    let mut at = 0_u64;
    let mut found: Vec<(usize, Vec<u8>)> = Vec::with_capacity(group.len());
    let mut last: Option<Place> = None;
    for (index, place) in group {
        if last == Some(*place) {
            let same = found.last().map(|(_, bytes)| bytes.clone()).unwrap_or_default();
            found.push((*index, same));
            continue;
        }
        let distance = place.offset.checked_sub(at).ok_or_else(|| unknown(*place))?;
        let mut bytes = vec![0; place.length as usize];
        let read = skip(&mut content, distance).and_then(|()| content.read_exact(&mut bytes));
        read.map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => unknown(*place),
            _ => source.unreadable(error),
        })?;
        at = place.offset + u64::from(place.length);
        found.push((*index, bytes));
        last = Some(*place);
    }
    Ok(found)
}

/// A record out of a body that is a text stands escaped in its source: then its first quote has a backslash,
/// which no JSON has.
fn unescape(bytes: Vec<u8>) -> Vec<u8> {
    let quote = memchr::memchr2(b'"', b'\\', &bytes);
    if quote.and_then(|at| bytes.get(at)) != Some(&b'\\') {
        return bytes;
    }
    let decoded = std::str::from_utf8(&bytes)
        .ok()
        .and_then(decode_inner)
        .map(|text| text.into_owned().into_bytes());
    decoded.unwrap_or(bytes)
}
