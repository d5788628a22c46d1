//! The index at the end of a log file that takes no more groups: where its records stand, so that opening the file need not read them.
//!
//! ```text
//! index    u32 marker  content (postcard, see [`Index`])  u32 bytes of the content  u32 crc32c of what came before
//! ```
//!
//! It spares time, and tells of records where the header of a group is damaged. Nothing that is whole needs it: so it is written without a
//! sync, and a file of which the end is no index is read as a whole.

use std::fs::File;
use std::io;

use serde::{Deserialize, Serialize};

use crate::files::read_range;
use crate::log::file::{Log, Place};
use crate::log::format::{GROUP, HEADER, RECORD};

/// As that of a group it begins with a byte that no UTF-8 text holds.
const MARKER: [u8; 4] = [0xFE, b'I', b'D', b'X'];
/// Bytes after the content.
const TRAILER: usize = 8;

/// What the index of a log file says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Index {
    /// Bytes of the file before the index.
    end: u64,
    /// First sequence and number of records of each group.
    groups: Vec<(u64, u32)>,
    /// Bytes of the payload of each record.
    lengths: Vec<u32>,
    /// The records that records of the file replace.
    pub(crate) replaces: Vec<u64>,
}

impl Index {
    /// The index of a file; none where its groups do not follow each other without a gap.
    pub(crate) fn of(log: &Log) -> Option<Self> {
        let replaces = log.replaces.clone();
        let mut index =
            Self { end: HEADER as u64, groups: Vec::new(), lengths: Vec::new(), replaces };
        for (sequence, place) in log.records() {
            let begins = place.offset.checked_sub(index.end + RECORD as u64)? == GROUP as u64;
            if begins {
                index.groups.push((sequence, 0));
                index.end += GROUP as u64;
            }
            index.groups.last_mut()?.1 += 1;
            index.lengths.push(place.length);
            index.end += RECORD as u64;
            if index.end != place.offset {
                return None;
            }
            index.end += u64::from(place.length);
        }
        (index.end == log.end).then_some(index)
    }

    /// Its records: sequence and place. None where the index contradicts itself.
    pub(crate) fn records(&self) -> Option<Vec<(u64, Place)>> {
        let mut records = Vec::with_capacity(self.lengths.len());
        let mut lengths = self.lengths.iter();
        let mut end = HEADER as u64;
        for (first, count) in &self.groups {
            end += GROUP as u64;
            for sequence in *first..first.checked_add(u64::from(*count))? {
                let length = lengths.next()?;
                let offset = end + RECORD as u64;
                records.push((sequence, Place { offset, length: *length }));
                end = offset + u64::from(*length);
            }
        }
        (end == self.end && lengths.next().is_none()).then_some(records)
    }

    /// Bytes of the file before the index.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The index as it stands in a file.
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        framed(&postcard::to_allocvec(self).ok()?)
    }

    /// Reads the index that bytes are; none where they are none.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (checked, checksum) = bytes.split_last_chunk()?;
        let (content, length) = checked.strip_prefix(&MARKER)?.split_last_chunk()?;
        let fits = u32::from_le_bytes(*length) as usize == content.len()
            && u32::from_le_bytes(*checksum) == crc32c::crc32c(checked);
        fits.then(|| postcard::from_bytes(content).ok())?
    }

    /// The index at the end of a file so long; none where there is none.
    pub(crate) fn read(file: &File, size: u64) -> io::Result<Option<Self>> {
        let Some(trailer) = size.checked_sub(TRAILER as u64) else { return Ok(None) };
        let Some(start) = start(size, &read_range(file, trailer, TRAILER)?) else {
            return Ok(None);
        };
        // What stands there may be a text or zeros, and say that it is long.
        if read_range(file, start, MARKER.len())? != MARKER {
            return Ok(None);
        }
        let index = Self::decode(&read_range(file, start, (size - start) as usize)?);
        Ok(index.filter(|index| index.end == start))
    }

    /// The index at the end of the content of a file.
    pub(crate) fn at_end_of(bytes: &[u8]) -> Option<Self> {
        let trailer = bytes.get(bytes.len().checked_sub(TRAILER)?..)?;
        let start = start(bytes.len() as u64, trailer)?;
        Self::decode(bytes.get(start as usize..)?).filter(|index| index.end == start)
    }
}

/// Content with what stands before and behind it.
fn framed(content: &[u8]) -> Option<Vec<u8>> {
    let length = u32::try_from(content.len()).ok()?;
    let mut bytes = [MARKER.as_slice(), content, &length.to_le_bytes()].concat();
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    Some(bytes)
}

/// Where the index begins, if a file so long ends with one.
fn start(size: u64, trailer: &[u8]) -> Option<u64> {
    let length = u32::from_le_bytes(*trailer.first_chunk()?);
    let start = size.checked_sub((MARKER.len() + TRAILER) as u64 + u64::from(length))?;
    (start >= HEADER as u64).then_some(start)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use std::path::PathBuf;
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;

    /// The log of groups of records so long; what each replaces, and how many sequences are missing before each group.
    fn log(groups: &[(u64, Vec<(u32, Option<u64>)>)]) -> Log {
        let mut log = Log::empty(PathBuf::from("log"), Arc::new(tempfile::tempfile().unwrap()), 7);
        for (missing, records) in groups {
            let first = log.next + missing;
            log.end += GROUP as u64;
            for (sequence, (length, replaces)) in (first..).zip(records) {
                let offset = log.end + RECORD as u64;
                log.push(sequence, Place { offset, length: *length }, *replaces);
                log.end = offset + u64::from(*length);
            }
        }
        log
    }

    fn two_groups() -> Log {
        log(&[(0, vec![(300, None), (0, Some(3))]), (2, vec![(70_000, None)])])
    }

    proptest! {
        #[test]
        fn a_log_comes_back_from_its_index(groups in prop::collection::vec(
            (0_u64..3, prop::collection::vec((0_u32..100_000, any::<Option<u64>>()), 1..5)),
            0..6,
        )) {
            let log = log(&groups);
            let index = Index::of(&log).unwrap();
            let read = Index::decode(&index.encode().unwrap()).unwrap();
            prop_assert_eq!(&read, &index);
            prop_assert!(read.records().unwrap().into_iter().eq(log.records()));
            prop_assert_eq!(read.end(), log.end);
            prop_assert_eq!(read.replaces, log.replaces);
        }

        #[test]
        fn any_content_is_read_without_a_panic(content in prop::collection::vec(any::<u8>(), 0..60)) {
            let bytes = framed(&content).unwrap();
            if let Some(index) = Index::decode(&bytes) {
                let _ = index.records();
            }
        }
    }

    proptest! {
        #[test]
        fn any_numbers_are_records_or_none(
            groups in prop::collection::vec((any::<u64>(), 0_u32..4), 0..4),
            lengths in prop::collection::vec(any::<u32>(), 0..8),
            end in any::<u64>(),
        ) {
            let count: u64 = groups.iter().map(|(_, count)| u64::from(*count)).sum();
            let index = Index { end, groups, lengths, replaces: Vec::new() };
            let records = index.records();
            prop_assert!(records.is_none_or(|records| records.len() as u64 == count));
        }
    }

    #[test]
    fn after_a_flipped_byte_it_is_no_index() {
        let bytes = Index::of(&two_groups()).unwrap().encode().unwrap();
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(Index::decode(&damaged), None, "byte {at}");
        }
    }

    #[test]
    fn a_log_with_a_gap_has_none() {
        let mut log = two_groups();
        let offset = log.end + 2 * RECORD as u64;
        log.push(log.next, Place { offset, length: 1 }, None);
        log.end = offset + 1;
        assert_eq!(Index::of(&log), None);
    }

    #[test]
    fn an_index_that_contradicts_itself_has_no_records() {
        let index = Index::of(&two_groups()).unwrap();
        let wrong: [(&str, fn(&mut Index)); 5] = [
            ("another end", |index| index.end += 1),
            ("a record more", |index| index.groups[0].1 += 1),
            ("a record less", |index| index.groups[0].1 -= 1),
            ("a length more", |index| index.lengths.push(1)),
            ("the largest sequence", |index| index.groups[0].0 = u64::MAX),
        ];
        for (name, change) in wrong {
            let mut index = index.clone();
            change(&mut index);
            assert_eq!(index.records(), None, "{name}");
        }
    }
}
