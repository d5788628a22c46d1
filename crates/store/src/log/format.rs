//! A log file as bytes. All numbers are little-endian.
//!
//! ```text
//! header   "MCPI-LOG"  u32 format  u64 first sequence  u32 crc32c of what came before
//! group    u32 marker  u32 bytes of records  u32 number of records  u64 first sequence  u32 crc32c of what came before
//!          and the records
//! record   u32 bytes of the payload  u32 crc32c of these and the payload  payload (see `record`)
//! index    at the end of a file that takes no more groups (see `index`)
//! ```
//!
//! A group is what was written and synced at once. It counts as a whole or not at all: after a crash the last group may be torn,
//! and then none of it was ever acknowledged. Zeros may follow the last group: room for more.

use std::ops::Range;

use memchr::memmem;

/// The newest format of log files that is known.
pub(crate) const FORMAT: u32 = 1;
/// Bytes of the header of a file.
pub(crate) const HEADER: usize = 24;
/// Bytes of the header of a group.
pub(crate) const GROUP: usize = 24;
/// Bytes before the payload of a record.
pub(crate) const RECORD: usize = 8;

const MAGIC: &[u8; 8] = b"MCPI-LOG";
/// A byte that no UTF-8 text holds begins a group, so that JSON never looks like one.
const MARKER: [u8; 4] = [0xFE, b'G', b'R', b'P'];

/// Writes the header of a file.
pub(crate) fn header(first: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER);
    bytes.extend(MAGIC);
    bytes.extend(FORMAT.to_le_bytes());
    bytes.extend(first.to_le_bytes());
    bytes.extend(crc32c::crc32c(&bytes).to_le_bytes());
    bytes
}

/// What the header of a file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Header {
    /// It can be read.
    Known {
        /// The first sequence that the file may hold.
        first: u64,
    },
    /// Another version wrote it.
    Other(u32),
    /// It is damaged, or no header at all.
    Bad,
}

/// Reads the header of a file.
pub(crate) fn read_header(bytes: &[u8]) -> Header {
    let Some((head, checksum)) = bytes.get(..HEADER).and_then(|head| head.split_last_chunk())
    else {
        return Header::Bad;
    };
    if !head.starts_with(MAGIC) || crc32c::crc32c(head) != u32::from_le_bytes(*checksum) {
        return Header::Bad;
    }
    match (u32_at(head, 8), u64_at(head, 12)) {
        (Some(FORMAT), Some(first)) => Header::Known { first },
        (Some(format), _) => Header::Other(format),
        (None, _) => Header::Bad,
    }
}

/// The checksum of a record. It covers the length, so that zeros are no record.
pub(crate) fn checksum(payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&(payload.len() as u32).to_le_bytes()), payload)
}

/// Writes one record.
pub(crate) fn push_record(
    bytes: &mut Vec<u8>,
    payload_length: u32,
    write: impl FnOnce(&mut Vec<u8>),
) {
    let start = bytes.len();
    bytes.extend(payload_length.to_le_bytes());
    bytes.extend([0; 4]);
    write(bytes);
    let checksum = checksum(bytes.get(start + RECORD..).unwrap_or_default());
    if let Some(place) = bytes.get_mut(start + 4..start + RECORD) {
        place.copy_from_slice(&checksum.to_le_bytes());
    }
}

/// Writes the header of a group of records.
pub(crate) fn group_header(length: u32, count: u32, first: u64) -> [u8; GROUP] {
    let mut bytes = [0; GROUP];
    let fields: [&[u8]; 4] =
        [&MARKER, &length.to_le_bytes(), &count.to_le_bytes(), &first.to_le_bytes()];
    for (place, byte) in bytes.iter_mut().zip(fields.into_iter().flatten()) {
        *place = *byte;
    }
    let checksum = bytes.get(..GROUP - 4).map_or(0, crc32c::crc32c);
    if let Some(place) = bytes.get_mut(GROUP - 4..) {
        place.copy_from_slice(&checksum.to_le_bytes());
    }
    bytes
}

/// A record that was found, good or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) sequence: u64,
    /// Where its payload stands in the file.
    pub(crate) payload: Range<usize>,
    /// Whether its checksum fits.
    pub(crate) good: bool,
}

/// A part of a file, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// A group of which the header is good. Its records may be damaged one by one, or break off.
    Group {
        /// Bytes that it takes.
        range: Range<usize>,
        /// Its records as far as they can be told apart.
        records: Vec<Found>,
        /// How many it should have.
        count: u32,
    },
    /// Bytes that are no group.
    Noise(Range<usize>),
}

impl Part {
    /// Whether it is a group of which every record is good.
    pub(crate) fn is_whole(&self) -> bool {
        match self {
            Self::Group { range, records, count } => {
                let end = records.last().map_or(range.start + GROUP, |last| last.payload.end);
                end == range.end
                    && records.len() == *count as usize
                    && records.iter().all(|record| record.good)
            }
            Self::Noise(_) => false,
        }
    }

    /// Where it stands.
    pub(crate) fn range(&self) -> Range<usize> {
        match self {
            Self::Group { range, .. } | Self::Noise(range) => range.clone(),
        }
    }
}

/// Tells the parts of a log file apart, from an offset on. After bytes that make no sense it goes on at the next group.
pub(crate) fn parts(bytes: &[u8], from: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = from;
    while at < bytes.len() {
        let part = match read_group(bytes, at) {
            Some(group) => group,
            None => Part::Noise(at..next_group(bytes, at + 1)),
        };
        at = part.range().end;
        parts.push(part);
    }
    parts
}

fn next_group(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    memmem::find_iter(rest, &MARKER)
        .map(|at| from + at)
        .find(|at| read_group_header(bytes, *at).is_some())
        .unwrap_or(bytes.len())
}

fn read_group_header(bytes: &[u8], at: usize) -> Option<(u32, u32, u64)> {
    let header = bytes.get(at..at.checked_add(GROUP)?)?;
    let (head, checksum) = header.split_last_chunk()?;
    if !head.starts_with(&MARKER) || crc32c::crc32c(head) != u32::from_le_bytes(*checksum) {
        return None;
    }
    Some((u32_at(head, 4)?, u32_at(head, 8)?, u64_at(head, 12)?))
}

fn read_group(bytes: &[u8], at: usize) -> Option<Part> {
    let (length, count, first) = read_group_header(bytes, at)?;
    let start = at + GROUP;
    let end = start.checked_add(length as usize)?.min(bytes.len());
    let mut records = Vec::new();
    let mut place = start;
    for sequence in first..first.checked_add(u64::from(count))? {
        let payload = place + RECORD;
        let Some(length) = u32_at(bytes, place) else { break };
        let Some(next) = payload.checked_add(length as usize).filter(|next| *next <= end) else {
            break;
        };
        let good = bytes.get(payload..next).map(checksum) == u32_at(bytes, place + 4);
        records.push(Found { sequence, payload: payload..next, good });
        place = next;
    }
    Some(Part::Group { range: at..end, records, count })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|number| u32::from_le_bytes(*number))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|number| u64::from_le_bytes(*number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(groups: &[&[&[u8]]]) -> Vec<u8> {
        let mut bytes = header(7);
        let mut sequence = 7;
        for group in groups {
            let mut records = Vec::new();
            for payload in *group {
                push_record(&mut records, payload.len() as u32, |bytes| bytes.extend(*payload));
            }
            bytes.extend(group_header(records.len() as u32, group.len() as u32, sequence));
            bytes.extend(records);
            sequence += group.len() as u64;
        }
        bytes
    }

    fn good(bytes: &[u8]) -> Vec<(u64, &[u8])> {
        let mut found = Vec::new();
        for part in parts(bytes, HEADER) {
            if let Part::Group { records, .. } = part {
                let records = records.into_iter().filter(|record| record.good);
                found.extend(records.map(|record| (record.sequence, &bytes[record.payload])));
            }
        }
        found
    }

    #[test]
    fn groups_read_back_with_their_sequences() {
        let bytes = file(&[&[b"a", b"bc"], &[b"d"]]);
        assert_eq!(read_header(&bytes), Header::Known { first: 7 });
        assert_eq!(good(&bytes), [(7, &b"a"[..]), (8, b"bc"), (9, b"d")]);
        assert!(parts(&bytes, HEADER).iter().all(Part::is_whole));
    }

    #[test]
    fn after_a_flipped_byte_every_other_record_is_found() {
        let bytes = file(&[&[b"first", b"second"], &[b"third"], &[b"fourth"]]);
        for at in HEADER..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            let all_whole = parts(&damaged, HEADER).iter().all(Part::is_whole);
            assert!(!all_whole, "byte {at} flipped unseen");
            // A group of which the header is damaged is lost as a whole; the others are not.
            assert!(good(&damaged).len() >= 2, "byte {at}: {:?}", good(&damaged));
        }
        for at in 0..HEADER {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_ne!(read_header(&damaged), Header::Known { first: 7 });
        }
    }

    #[test]
    fn a_file_of_another_version_says_so() {
        let mut bytes = header(0);
        bytes[8..12].copy_from_slice(&9_u32.to_le_bytes());
        let checksum = crc32c::crc32c(&bytes[..HEADER - 4]);
        bytes[HEADER - 4..].copy_from_slice(&checksum.to_le_bytes());
        assert_eq!(read_header(&bytes), Header::Other(9));
    }

    proptest! {
        #[test]
        fn any_bytes_are_told_apart_without_a_gap(
            start in prop::collection::vec(any::<u8>(), 0..80),
            cut in 0_usize..200,
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        ) {
            let mut bytes = start;
            bytes.extend(file(&[&[b"one", b"two"], &[], &[b"three"]]));
            bytes.truncate(cut);
            for (at, value) in flips {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = value;
                }
            }
            let _ = read_header(&bytes);
            let mut at = 0;
            for part in parts(&bytes, 0) {
                prop_assert_eq!(part.range().start, at);
                prop_assert!(part.range().end > at);
                at = part.range().end;
            }
            prop_assert_eq!(at, bytes.len());
        }
    }
}
