//! A log file that is read: where its records stand, and what is wrong with it.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::files::{At, Identity, read_at_most, read_range};
use crate::log::format::{self, Found, HEADER, Header, Part};
use crate::log::index::Index;
use crate::record;
use crate::{NewEvent, StoreError};

/// Where the payload of a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) offset: u64,
    pub(crate) length: u32,
}

impl Place {
    fn range(self) -> Range<usize> {
        let start = self.offset as usize;
        start..start + self.length as usize
    }

    /// The payload in the content of its file; none where its checksum does not fit.
    fn payload_in(self, bytes: &[u8]) -> Option<&[u8]> {
        let payload = bytes.get(self.range())?;
        let stored = bytes.get(..self.range().start)?.last_chunk()?;
        (u32::from_le_bytes(*stored) == format::checksum(payload)).then_some(payload)
    }
}

/// The records of one log file. The file stays readable when its name is removed.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    pub(crate) path: PathBuf,
    file: Arc<File>,
    /// The first sequence that it may hold.
    pub(crate) first: u64,
    /// The sequence after its last one.
    pub(crate) next: u64,
    /// Bytes up to the index, or else the end of the last whole group.
    pub(crate) end: u64,
    places: Vec<Place>,
    /// Which sequences the places have: begin of a run of consecutive sequences and where it begins in `places`. There is one run,
    /// but in a file from which damaged records were cut.
    runs: Vec<(u64, usize)>,
    /// The records that records of this file replace.
    pub(crate) replaces: Vec<u64>,
    /// The file as it was, where it was opened by its index.
    by_index: Option<Identity>,
}

/// What was found when a log file was read.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) log: Arc<Log>,
    /// Bytes after the last whole group, where they are neither the index nor just the zeros that are written ahead: a torn write.
    pub(crate) torn: Option<Range<u64>>,
    /// What else is wrong.
    pub(crate) damage: Vec<Damage>,
}

impl Loaded {
    /// A file with which nothing is wrong, as far as is known.
    pub(crate) fn good(log: Arc<Log>) -> Self {
        Self { log, torn: None, damage: Vec::new() }
    }
}

const OTHER_INDEX: &str = "its index is not that of its records";

/// A damaged place of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Damage {
    pub(crate) path: PathBuf,
    pub(crate) detail: String,
}

impl From<Damage> for StoreError {
    fn from(damage: Damage) -> Self {
        Self::Damaged { path: damage.path, detail: damage.detail }
    }
}

/// The first sequence that a log file may hold, as its name says.
pub(crate) fn named_first(path: &Path) -> Option<u64> {
    path.file_stem().and_then(|name| name.to_str()?.parse().ok())
}

/// The records of a file that are what was written. An index tells of them even where the header of their group is damaged.
fn good_records(bytes: &[u8], parts: &[Part], index: Option<&Index>) -> Vec<(u64, Place)> {
    let index = index.filter(|_| !parts.iter().all(Part::is_whole));
    if let Some(mut records) = index.and_then(Index::records) {
        records.retain(|(_, place)| place.payload_in(bytes).is_some());
        return records;
    }
    let records = parts.iter().flat_map(|part| match part {
        Part::Group { records, .. } => records.as_slice(),
        Part::Noise(_) => &[],
    });
    records
        .filter(|found| found.good)
        .map(|Found { sequence, payload, .. }| {
            let (offset, length) = (payload.start as u64, payload.len() as u32);
            (*sequence, Place { offset, length })
        })
        .collect()
}

impl Log {
    /// A file that was just created.
    pub(crate) fn empty(path: PathBuf, file: Arc<File>, first: u64) -> Self {
        let end = HEADER as u64;
        let (places, runs, replaces) = (Vec::new(), Vec::new(), Vec::new());
        Self { path, file, first, next: first, end, places, runs, replaces, by_index: None }
    }

    /// Opens a log file. One with an index is not read: damage of its records is found where they are.
    ///
    /// # Errors
    /// Those of [`Log::load`].
    pub(crate) fn open(path: &Path) -> Result<Loaded, StoreError> {
        match Self::by_index(path) {
            Some(log) => Ok(Loaded::good(Arc::new(log))),
            // Whatever is the matter, reading all of it tells.
            None => Self::load(path),
        }
    }

    fn by_index(path: &Path) -> Option<Self> {
        let file = File::open(path).ok()?;
        let metadata = file.metadata().ok()?;
        let Header::Known { first } = format::read_header(&read_range(&file, 0, HEADER).ok()?)
        else {
            return None;
        };
        let index = Index::read(&file, metadata.len()).ok()??;
        let mut log = Self::empty(path.to_owned(), Arc::new(file), first);
        for (sequence, place) in index.records()? {
            if sequence < log.next {
                return None;
            }
            log.push(sequence, place, None);
        }
        log.end = index.end();
        log.replaces = index.replaces;
        log.by_index = Some(Identity::of(&metadata));
        named_first(path).is_none_or(|named| named == first).then_some(log)
    }

    /// Whether it was opened by its index, and so takes no more groups.
    pub(crate) fn is_closed(&self) -> bool {
        self.by_index.is_some()
    }

    /// Whether it was, and its name still stands for the same file as then.
    pub(crate) fn is_closed_and_the_same(&self) -> bool {
        let metadata = std::fs::metadata(&self.path).ok();
        self.is_closed() && self.by_index == metadata.as_ref().map(Identity::of)
    }

    /// That every record is what was written, and replaces what is known.
    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let bytes = self.bytes()?;
        let mut replaces = Vec::with_capacity(self.replaces.len());
        for (_, place) in self.records() {
            let event = self.decode(self.payload_in(&bytes, place)?)?;
            replaces.extend(event.replaces.map(|replaced| replaced.0));
        }
        if replaces == self.replaces { Ok(()) } else { Err(self.damaged(OTHER_INDEX.to_owned())) }
    }

    /// Reads all of a log file.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Version`]. Damage is no error here.
    pub(crate) fn load(path: &Path) -> Result<Loaded, StoreError> {
        let loaded = Self::load_once(path)?;
        // What looks damaged may have been written while it was read.
        if loaded.damage.is_empty() { Ok(loaded) } else { Self::load_once(path) }
    }

    fn load_once(path: &Path) -> Result<Loaded, StoreError> {
        let file = File::open(path).at("open", path)?;
        let size = file.metadata().at("read", path)?.len();
        // Meanwhile its writer may cut off the zeros that it wrote ahead.
        let bytes = read_at_most(&file, size).at("read", path)?;
        let size = bytes.len() as u64;
        let named = named_first(path);
        let mut damage = Vec::new();
        let mut damaged = |detail| damage.push(Damage { path: path.to_owned(), detail });

        let index = Index::at_end_of(&bytes);
        let end = index.as_ref().map_or(bytes.len(), |index| index.end() as usize);
        let written = bytes.get(..end).unwrap_or_default();
        let mut parts = format::parts(written, HEADER.min(end));
        if index.is_none() {
            let last_whole = parts.iter().rposition(Part::is_whole);
            parts.truncate(last_whole.map_or(0, |last| last + 1));
        }
        let first = match format::read_header(&bytes) {
            Header::Known { first } => {
                if named.is_some_and(|named| named != first) {
                    damaged(format!("its header says that it begins with record {first}"));
                }
                first
            }
            Header::Other(found) => {
                let known = u64::from(format::FORMAT);
                return Err(StoreError::Version {
                    path: path.to_owned(),
                    found: found.into(),
                    known,
                });
            }
            Header::Bad => {
                // Without a whole group after it the file was torn while it was being created.
                if !parts.is_empty() {
                    damaged("its header is not what was written".to_owned());
                }
                named.unwrap_or_default()
            }
        };
        let mut log = Self::empty(path.to_owned(), Arc::new(file), first);
        for part in &parts {
            let Range { start, end } = part.range();
            if !part.is_whole() {
                damaged(format!("bytes {start} to {end} are not what was written"));
            }
            log.end = end as u64;
        }
        for (sequence, place) in good_records(&bytes, &parts, index.as_ref()) {
            match bytes.get(place.range()).and_then(record::decode) {
                Some(_) if sequence < log.next => {
                    damaged(format!("record {sequence} is there twice"));
                }
                Some(event) => log.push(sequence, place, event.replaces.map(|replaced| replaced.0)),
                None => damaged(format!("record {sequence} cannot be decoded")),
            }
        }
        if index.is_some() && damage.is_empty() && index != Index::of(&log) {
            damage.push(Damage { path: path.to_owned(), detail: OTHER_INDEX.to_owned() });
        }
        let rest = bytes.get(log.end as usize..).unwrap_or_default();
        let is_torn = index.is_none() && rest.iter().any(|byte| *byte != 0);
        let torn = is_torn.then_some(log.end..size);
        Ok(Loaded { log: Arc::new(log), torn, damage })
    }

    /// Adds a record that was made durable.
    pub(crate) fn push(&mut self, sequence: u64, place: Place, replaces: Option<u64>) {
        if self.runs.is_empty() || sequence != self.next {
            self.runs.push((sequence, self.places.len()));
        }
        self.places.push(place);
        self.replaces.extend(replaces);
        self.next = sequence + 1;
    }

    /// How many records there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Its records: sequence and place.
    pub(crate) fn records(&self) -> impl Iterator<Item = (u64, Place)> + '_ {
        self.runs.iter().enumerate().flat_map(|(index, (sequence, start))| {
            let end = self.runs.get(index + 1).map_or(self.places.len(), |(_, start)| *start);
            let places = self.places.get(*start..end).unwrap_or_default();
            (*sequence..).zip(places.iter().copied())
        })
    }

    /// Ranges of consecutive sequences.
    pub(crate) fn ranges(&self) -> Vec<Range<u64>> {
        let ends = self.runs.iter().skip(1).map(|(_, start)| *start).chain([self.places.len()]);
        let lengths = self.runs.iter().zip(ends).map(|((_, start), end)| (end - start) as u64);
        self.runs.iter().zip(lengths).map(|((first, _), length)| *first..first + length).collect()
    }

    /// Where a record stands; none where it is not in this file.
    pub(crate) fn place(&self, sequence: u64) -> Option<Place> {
        let run = self.runs.partition_point(|(first, _)| *first <= sequence).checked_sub(1)?;
        let (first, start) = self.runs.get(run)?;
        let end = self.runs.get(run + 1).map_or(self.places.len(), |(_, start)| *start);
        self.places.get(..end)?.get(start + (sequence - first) as usize).copied()
    }

    /// Reads the payload of a record and checks it.
    pub(crate) fn payload(&self, place: Place) -> Result<Vec<u8>, StoreError> {
        let start = place.offset - format::RECORD as u64;
        let length = place.length as usize + format::RECORD;
        let mut bytes = read_range(&self.file, start, length).at("read", &self.path)?;
        let own = Place { offset: format::RECORD as u64, ..place };
        own.payload_in(&bytes).ok_or_else(|| self.not_written(place))?;
        Ok(bytes.split_off(format::RECORD))
    }

    /// Decodes a payload of this file.
    pub(crate) fn decode<'a>(&self, payload: &'a [u8]) -> Result<NewEvent<'a>, StoreError> {
        record::decode(payload).ok_or_else(|| self.damaged("a record cannot be decoded".to_owned()))
    }

    /// The whole content up to the last group, to look into with [`Log::payload_in`].
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, StoreError> {
        read_range(&self.file, 0, self.end as usize).at("read", &self.path)
    }

    /// The payload of a record in [`Log::bytes`], checked.
    pub(crate) fn payload_in<'a>(
        &self,
        bytes: &'a [u8],
        place: Place,
    ) -> Result<&'a [u8], StoreError> {
        place.payload_in(bytes).ok_or_else(|| self.not_written(place))
    }

    fn not_written(&self, place: Place) -> StoreError {
        let start = place.offset - format::RECORD as u64;
        self.damaged(format!("the record at byte {start} is not what was written"))
    }

    fn damaged(&self, detail: String) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), detail }
    }
}
