//! Reads a segment. Every byte that is used was checked against its checksum.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use bytes::{Buf, Bytes};
use parquet::column::reader::{ColumnReaderImpl, get_column_reader, get_typed_column_reader};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::file::statistics::Statistics;

use crate::StoreError;
use crate::files::{At, read_range};
use crate::layout::Layout;
use crate::manifest::SegmentEntry;
use crate::segment::row::Row;
use crate::segment::schema::{self, CHECKSUMS_KEY, FORMAT, FORMAT_KEY, WIDTH};

/// What ends every Parquet file: the length of its metadata and "PAR1".
const TRAILER: usize = 8;
/// What every Parquet file begins with.
const MAGIC: &[u8] = b"PAR1";

/// A segment. The file stays readable when its name is removed.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) entry: SegmentEntry,
    file: File,
    footer: OnceLock<Footer>,
}

#[derive(Debug)]
struct Footer {
    metadata: ParquetMetaData,
    /// Of each column of each row group, in the order of the file.
    checksums: Vec<u32>,
}

impl Segment {
    /// Opens a segment of the manifest; nothing is read yet.
    pub(crate) fn open(layout: &Layout, entry: &SegmentEntry) -> Result<Self, StoreError> {
        let path = layout.segment(&entry.file);
        match File::open(&path) {
            Ok(file) => Ok(Self { path, entry: entry.clone(), file, footer: OnceLock::new() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(StoreError::Damaged {
                path,
                detail: "the manifest names it, and it is missing".into(),
            }),
            Err(error) => Err(error).at("open", &path),
        }
    }

    /// How many row groups it has.
    pub(crate) fn row_groups(&self) -> Result<usize, StoreError> {
        Ok(self.footer()?.metadata.num_row_groups())
    }

    /// The smallest and the largest sequence of a row group.
    pub(crate) fn sequences(&self, group: usize) -> Result<RangeInclusive<u64>, StoreError> {
        let statistics = self.chunk(group, schema::SEQUENCE)?.statistics();
        match statistics {
            Some(Statistics::Int64(values)) => match (values.min_opt(), values.max_opt()) {
                (Some(min), Some(max)) => Ok(*min as u64..=*max as u64),
                _ => Ok(0..=u64::MAX),
            },
            _ => Ok(0..=u64::MAX),
        }
    }

    /// The sequences of a row group, in the order of its rows.
    pub(crate) fn read_sequences(&self, group: usize) -> Result<Vec<u64>, StoreError> {
        let sequences = self.required::<Int64Type>(group, schema::SEQUENCE)?;
        Ok(sequences.into_iter().map(|sequence| sequence as u64).collect())
    }

    /// The actors of a row group, in the order of its rows.
    pub(crate) fn read_actors(&self, group: usize) -> Result<Vec<ByteArray>, StoreError> {
        self.required::<ByteArrayType>(group, schema::ACTOR_ID)
    }

    /// Shows the events of a row group in batches of so many: their rows' numbers and JSON.
    pub(crate) fn visit_events(
        &self,
        group: usize,
        batch: usize,
        mut visit: impl FnMut(usize, &[ByteArray]),
    ) -> Result<(), StoreError> {
        let mut reader = self.column::<ByteArrayType>(group, schema::EVENT)?;
        let mut events = Vec::with_capacity(batch);
        let mut row = 0;
        loop {
            events.clear();
            let read = reader.read_records(batch, None, None, &mut events);
            let (read, _, _) = read.map_err(|error| self.unreadable(&error))?;
            if read == 0 {
                return Ok(());
            }
            visit(row, &events);
            row += read;
        }
    }

    /// Reads the JSON of records that are wanted, wherever they stand, and puts it under their sequences.
    pub(crate) fn fetch(&self, wanted: &[u64]) -> Result<HashMap<u64, Vec<u8>>, StoreError> {
        let mut found = HashMap::with_capacity(wanted.len());
        for group in 0..self.row_groups()? {
            let range = self.sequences(group)?;
            if !wanted.iter().any(|sequence| range.contains(sequence)) {
                continue;
            }
            let sequences = self.read_sequences(group)?;
            let rows = sequences.iter().enumerate();
            let rows: Vec<(usize, u64)> = rows
                .filter(|(_, sequence)| wanted.binary_search(sequence).is_ok())
                .map(|(row, sequence)| (row, *sequence))
                .collect();
            if rows.is_empty() {
                continue;
            }
            let mut reader = self.column::<ByteArrayType>(group, schema::EVENT)?;
            let mut at = 0;
            for (row, sequence) in rows {
                let mut event = Vec::with_capacity(1);
                let read = reader.skip_records(row - at);
                let read = read.and_then(|_| reader.read_records(1, None, None, &mut event));
                read.map_err(|error| self.unreadable(&error))?;
                at = row + 1;
                let event =
                    event.pop().ok_or_else(|| self.damaged("a row is missing".to_owned()))?;
                found.insert(sequence, event.data().to_vec());
            }
            if found.len() == wanted.len() {
                break;
            }
        }
        Ok(found)
    }

    /// Reads a row group as a whole.
    pub(crate) fn read_rows(&self, group: usize) -> Result<Vec<Row>, StoreError> {
        let number = |number: i64| number as u64;
        let mut replaces = self.optional::<Int64Type>(group, schema::REPLACES)?.into_iter();
        let mut started_at = self.required::<Int64Type>(group, schema::STARTED_AT)?.into_iter();
        let text = |column| self.required::<ByteArrayType>(group, column).map(Vec::into_iter);
        let mut event_id = text(schema::EVENT_ID)?;
        let mut kind = text(schema::KIND)?;
        let mut actor_id = text(schema::ACTOR_ID)?;
        let mut json = text(schema::EVENT)?;
        let optional_text =
            |column| self.optional::<ByteArrayType>(group, column).map(Vec::into_iter);
        let mut mcp_server_id = optional_text(schema::MCP_SERVER_ID)?;
        let mut session_id_hint = optional_text(schema::SESSION_ID_HINT)?;
        let mut tool_name = optional_text(schema::TOOL_NAME)?;
        let mut duration_ms = self.optional::<Int64Type>(group, schema::DURATION_MS)?.into_iter();
        let mut ok = self.optional::<BoolType>(group, schema::OK)?.into_iter();
        let mut is_workflow = self.required::<BoolType>(group, schema::IS_WORKFLOW)?.into_iter();
        let rows = self.read_sequences(group)?.into_iter().map(|sequence| {
            Some(Row {
                sequence,
                replaces: replaces.next()?.map(number),
                started_at: started_at.next()?,
                event_id: event_id.next()?,
                kind: kind.next()?,
                actor_id: actor_id.next()?,
                mcp_server_id: mcp_server_id.next()?,
                session_id_hint: session_id_hint.next()?,
                tool_name: tool_name.next()?,
                duration_ms: duration_ms.next()?.map(number),
                ok: ok.next()?,
                is_workflow: is_workflow.next()?,
                json: json.next()?,
            })
        });
        let rows: Option<Vec<Row>> = rows.collect();
        rows.ok_or_else(|| self.damaged(format!("columns of row group {group} differ in length")))
    }

    fn required<T: DataType>(&self, group: usize, column: usize) -> Result<Vec<T::T>, StoreError> {
        let mut reader = self.column::<T>(group, column)?;
        let mut values = Vec::new();
        let read = reader.read_records(usize::MAX, None, None, &mut values);
        read.map_err(|error| self.unreadable(&error))?;
        Ok(values)
    }

    fn optional<T: DataType>(
        &self,
        group: usize,
        column: usize,
    ) -> Result<Vec<Option<T::T>>, StoreError> {
        let mut reader = self.column::<T>(group, column)?;
        let (mut values, mut levels) = (Vec::new(), Vec::new());
        let read = reader.read_records(usize::MAX, Some(&mut levels), None, &mut values);
        read.map_err(|error| self.unreadable(&error))?;
        let mut values = values.into_iter();
        Ok(levels.into_iter().map(|level| if level == 0 { None } else { values.next() }).collect())
    }

    /// The reader of a column, over bytes that were checked.
    fn column<T: DataType>(
        &self,
        group: usize,
        column: usize,
    ) -> Result<ColumnReaderImpl<T>, StoreError> {
        let footer = self.footer()?;
        let chunk = self.chunk(group, column)?;
        let (start, length) = chunk.byte_range();
        let bytes = read_range(&self.file, start, length as usize);
        let bytes = match bytes {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.damaged("it is shorter than it was written".to_owned()));
            }
            bytes => Bytes::from(bytes.at("read", &self.path)?),
        };
        if footer.checksums.get(group * WIDTH + column) != Some(&crc32c::crc32c(&bytes)) {
            let name = schema::name(column);
            return Err(self.damaged(format!(
                "column {name} of row group {group} (bytes {start} to {}) is not what was written",
                start + length
            )));
        }
        let rows = footer.metadata.row_group(group).num_rows() as usize;
        let window = Arc::new(Window { start, bytes });
        let pages = SerializedPageReader::new(window, chunk, rows, None);
        let pages = pages.map_err(|error| self.unreadable(&error))?;
        let reader = get_column_reader(chunk.column_descr_ptr(), Box::new(pages));
        Ok(get_typed_column_reader(reader))
    }

    fn chunk(
        &self,
        group: usize,
        column: usize,
    ) -> Result<&parquet::file::metadata::ColumnChunkMetaData, StoreError> {
        let groups = self.footer()?.metadata.row_groups();
        let chunk = groups.get(group).and_then(|group| group.columns().get(column));
        chunk.ok_or_else(|| self.damaged(format!("it has no row group {group}")))
    }

    fn footer(&self) -> Result<&Footer, StoreError> {
        if let Some(footer) = self.footer.get() {
            return Ok(footer);
        }
        // Threads that come here at once read the same.
        let footer = self.read_footer()?;
        Ok(self.footer.get_or_init(|| footer))
    }

    fn read_footer(&self) -> Result<Footer, StoreError> {
        let size = self.file.metadata().at("read", &self.path)?.len();
        if size != self.entry.bytes {
            return Err(self.damaged(format!(
                "it has {size} bytes, and was written with {}",
                self.entry.bytes
            )));
        }
        let magic = read_range(&self.file, 0, MAGIC.len()).at("read", &self.path)?;
        if magic != MAGIC {
            return Err(self.damaged("it does not begin as a Parquet file does".to_owned()));
        }
        let length = size.saturating_sub(self.entry.footer) as usize;
        let tail = read_range(&self.file, self.entry.footer, length).at("read", &self.path)?;
        if crc32c::crc32c(&tail) != self.entry.footer_crc32c {
            return Err(self.damaged("its footer is not what was written".to_owned()));
        }
        let bad = || self.damaged("its footer makes no sense".to_owned());
        let (head, trailer) =
            tail.split_at_checked(tail.len().wrapping_sub(TRAILER)).ok_or_else(bad)?;
        let length = trailer.first_chunk().map_or(0, |length| u32::from_le_bytes(*length));
        let start = head.len().checked_sub(length as usize).ok_or_else(bad)?;
        let metadata = ParquetMetaDataReader::decode_metadata(head.get(start..).ok_or_else(bad)?);
        let metadata = metadata.map_err(|error| self.unreadable(&error))?;

        let pairs = metadata.file_metadata().key_value_metadata();
        let value = |key: &str| {
            let pair = pairs.into_iter().flatten().find(|pair| pair.key == key);
            pair.and_then(|pair| pair.value.as_deref()).ok_or_else(bad)
        };
        let format: u64 = value(FORMAT_KEY)?.parse().map_err(|_| bad())?;
        if format > FORMAT {
            let (path, found, known) = (self.path.clone(), format, FORMAT);
            return Err(StoreError::Version { path, found, known });
        }
        let checksums: Result<Vec<u32>, _> = value(CHECKSUMS_KEY)?
            .as_bytes()
            .chunks(8)
            .map(|digits| std::str::from_utf8(digits).map(|digits| u32::from_str_radix(digits, 16)))
            .map(|number| number.map_err(|_| bad())?.map_err(|_| bad()))
            .collect();
        let schema = schema::schema().map_err(|error| self.unreadable(&error))?;
        if metadata.file_metadata().schema() != schema.as_ref() {
            return Err(self.damaged("it has other columns than a segment".to_owned()));
        }
        Ok(Footer { checksums: checksums?, metadata })
    }

    fn unreadable(&self, error: &ParquetError) -> StoreError {
        self.damaged(error.to_string())
    }

    fn damaged(&self, detail: String) -> StoreError {
        StoreError::Damaged { path: self.path.clone(), detail }
    }
}

/// Some bytes of a file that are in memory, under the offsets that they have in the file.
struct Window {
    start: u64,
    bytes: Bytes,
}

impl Length for Window {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Window {
    type T = bytes::buf::Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let from = start.checked_sub(self.start).filter(|from| *from <= self.bytes.len() as u64);
        let from = from.ok_or_else(|| ParquetError::EOF("outside of the column".to_owned()))?;
        Ok(self.bytes.slice(from as usize..).reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let from = start.checked_sub(self.start).map(|from| from as usize);
        let range = from.and_then(|from| Some(from..from.checked_add(length)?));
        let range = range.filter(|range| range.end <= self.bytes.len());
        let range = range.ok_or_else(|| ParquetError::EOF("outside of the column".to_owned()))?;
        Ok(self.bytes.slice(range))
    }
}
