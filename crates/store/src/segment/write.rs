//! Writes a segment.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, Encoding, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, SortingColumn};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::ColumnPath;

use crate::StoreError;
use crate::files::{At, publish, read_range, temporary};
use crate::layout::Layout;
use crate::limits::Limits;
use crate::manifest::SegmentEntry;
use crate::segment::row::Row;
use crate::segment::schema::{self, CHECKSUMS_KEY, FORMAT, FORMAT_KEY};

/// Events of a page: what is decompressed at least to show one.
const PAGE: usize = 128;
/// zstd's own default; higher levels cost far more time than they save room.
const LEVEL: i32 = 3;

/// A segment that is being written, under a temporary name. Where it is not finished, it goes.
pub(crate) struct SegmentWriter {
    layout: Layout,
    temporary: PathBuf,
    revision: u64,
    row_group: usize,
    writer: Option<SerializedFileWriter<BufWriter<File>>>,
    rows: Vec<Row>,
    /// The entry as far as it is known.
    entry: SegmentEntry,
}

impl SegmentWriter {
    /// Begins the segment that comes with a revision of the manifest.
    pub(crate) fn create(
        layout: &Layout,
        limits: &Limits,
        revision: u64,
    ) -> Result<Self, StoreError> {
        let temporary = temporary(&layout.segment(&revision.to_string()));
        let mut options = File::options();
        options.read(true).write(true).create(true).truncate(true);
        let file = options.open(&temporary).at("create", &temporary)?;
        let writer = schema::schema().and_then(|schema| {
            SerializedFileWriter::new(BufWriter::new(file), schema, Arc::new(properties()?))
        });
        let entry = SegmentEntry {
            file: String::new(),
            first: u64::MAX,
            last: 0,
            events: 0,
            json_bytes: 0,
            bytes: 0,
            oldest: i64::MAX,
            newest: i64::MIN,
            footer: 0,
            footer_crc32c: 0,
        };
        let writer = Some(writer.map_err(|error| failed(error, &temporary))?);
        let layout = layout.clone();
        let row_group = limits.row_group;
        Ok(Self { layout, temporary, revision, row_group, writer, rows: Vec::new(), entry })
    }

    /// Adds a row. Rows come in their order.
    pub(crate) fn push(&mut self, row: Row) -> Result<(), StoreError> {
        let entry = &mut self.entry;
        entry.first = entry.first.min(row.sequence);
        entry.last = entry.last.max(row.sequence);
        entry.events += 1;
        entry.json_bytes += row.json.len() as u64;
        entry.oldest = entry.oldest.min(row.started_at);
        entry.newest = entry.newest.max(row.started_at);
        self.rows.push(row);
        if self.rows.len() < self.row_group { Ok(()) } else { self.flush() }
    }

    /// Makes the segment durable under its own name; none where it has no rows.
    pub(crate) fn finish(mut self) -> Result<Option<SegmentEntry>, StoreError> {
        self.flush()?;
        if self.entry.events == 0 {
            return Ok(None);
        }
        let Some(mut writer) = self.writer.take() else { return Ok(None) };
        let footer = self.close(&mut writer).map_err(|error| failed(error, &self.temporary))?;
        let file = writer.inner().get_ref();
        file.sync_all().at("sync", &self.temporary)?;
        let bytes = file.metadata().at("read", &self.temporary)?.len();
        let tail =
            read_range(file, footer, (bytes - footer) as usize).at("read", &self.temporary)?;
        let entry = SegmentEntry {
            file: Layout::segment_name(self.entry.first, self.entry.last, self.revision),
            bytes,
            footer,
            footer_crc32c: crc32c::crc32c(&tail),
            ..self.entry.clone()
        };
        publish(&self.temporary, &self.layout.segment(&entry.file))?;
        Ok(Some(entry))
    }

    /// Writes the footer with the checksums of what stands before it, and tells where it begins.
    fn close(
        &self,
        writer: &mut SerializedFileWriter<BufWriter<File>>,
    ) -> Result<u64, ParquetError> {
        writer.flush()?;
        let mut checksums = String::new();
        let mut end = 0;
        for group in writer.flushed_row_groups() {
            for column in group.columns() {
                let (start, length) = column.byte_range();
                let bytes = read_range(writer.inner().get_ref(), start, length as usize)?;
                checksums.push_str(&format!("{:08x}", crc32c::crc32c(&bytes)));
                end = end.max(start + length);
            }
        }
        writer.append_key_value_metadata(KeyValue::new(FORMAT_KEY.to_owned(), FORMAT.to_string()));
        writer.append_key_value_metadata(KeyValue::new(CHECKSUMS_KEY.to_owned(), checksums));
        writer.finish()?;
        Ok(end)
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let rows = std::mem::take(&mut self.rows);
        let Some(writer) = self.writer.as_mut().filter(|_| !rows.is_empty()) else {
            return Ok(());
        };
        let written = writer.next_row_group().and_then(|group| write_rows(group, &rows));
        written.map_err(|error| failed(error, &self.temporary))
    }
}

impl Drop for SegmentWriter {
    fn drop(&mut self) {
        // After `finish` the file has another name. Otherwise it is of no use, and may take the room that the disk lacks.
        let _ = fs::remove_file(&self.temporary);
    }
}

/// What the library says of a file that it could not write.
fn failed(error: ParquetError, path: &Path) -> StoreError {
    let error = match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        error => io::Error::other(error),
    };
    StoreError::Io { action: "write", path: path.to_owned(), error }
}

fn properties() -> Result<WriterProperties, ParquetError> {
    let column = |index| ColumnPath::from(schema::name(index));
    let event = column(schema::EVENT);
    let ascending = |column: usize| SortingColumn {
        column_idx: column as i32,
        descending: false,
        nulls_first: false,
    };
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(LEVEL)?))
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true)
        .set_write_batch_size(PAGE)
        .set_sorting_columns(Some(vec![ascending(schema::STARTED_AT), ascending(schema::SEQUENCE)]))
        .set_column_dictionary_enabled(event.clone(), false)
        .set_column_statistics_enabled(event.clone(), EnabledStatistics::None)
        .set_column_data_page_row_count_limit(event, PAGE);
    // Numbers that grow slowly: differences take little room.
    for index in [schema::SEQUENCE, schema::STARTED_AT] {
        properties = properties
            .set_column_dictionary_enabled(column(index), false)
            .set_column_encoding(column(index), Encoding::DELTA_BINARY_PACKED);
    }
    Ok(properties.build())
}

fn write_rows<W: io::Write + Send>(
    mut group: SerializedRowGroupWriter<'_, W>,
    rows: &[Row],
) -> Result<(), ParquetError> {
    type Group<'a, 'b, W> = &'a mut SerializedRowGroupWriter<'b, W>;
    fn required<T: DataType, W: io::Write + Send>(
        group: Group<'_, '_, W>,
        values: impl Iterator<Item = T::T>,
    ) -> Result<(), ParquetError> {
        let values: Vec<T::T> = values.collect();
        let mut column = next_column(group)?;
        column.typed::<T>().write_batch(&values, None, None)?;
        column.close()
    }
    fn optional<T: DataType, W: io::Write + Send>(
        group: Group<'_, '_, W>,
        values: impl Iterator<Item = Option<T::T>>,
    ) -> Result<(), ParquetError> {
        let values: Vec<Option<T::T>> = values.collect();
        let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
        let values: Vec<T::T> = values.into_iter().flatten().collect();
        let mut column = next_column(group)?;
        column.typed::<T>().write_batch(&values, Some(&levels), None)?;
        column.close()
    }
    fn next_column<'a, W: io::Write + Send>(
        group: &'a mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<parquet::file::writer::SerializedColumnWriter<'a>, ParquetError> {
        group.next_column()?.ok_or_else(|| ParquetError::General("a column too many".to_owned()))
    }
    type Text = fn(&Row) -> ByteArray;
    type OptionalText = fn(&Row) -> Option<ByteArray>;
    let texts: [Text; 3] =
        [|row| row.event_id.clone(), |row| row.kind.clone(), |row| row.actor_id.clone()];
    let optional_texts: [OptionalText; 3] = [
        |row| row.mcp_server_id.clone(),
        |row| row.session_id_hint.clone(),
        |row| row.tool_name.clone(),
    ];
    let number = |number: u64| number as i64;

    required::<Int64Type, _>(&mut group, rows.iter().map(|row| number(row.sequence)))?;
    optional::<Int64Type, _>(&mut group, rows.iter().map(|row| row.replaces.map(number)))?;
    required::<Int64Type, _>(&mut group, rows.iter().map(|row| row.started_at))?;
    for text in texts {
        required::<ByteArrayType, _>(&mut group, rows.iter().map(text))?;
    }
    for text in optional_texts {
        optional::<ByteArrayType, _>(&mut group, rows.iter().map(text))?;
    }
    optional::<Int64Type, _>(&mut group, rows.iter().map(|row| row.duration_ms.map(number)))?;
    optional::<BoolType, _>(&mut group, rows.iter().map(|row| row.ok))?;
    required::<BoolType, _>(&mut group, rows.iter().map(|row| row.is_workflow))?;
    required::<ByteArrayType, _>(&mut group, rows.iter().map(|row| row.json.clone()))?;
    group.close()?;
    Ok(())
}
