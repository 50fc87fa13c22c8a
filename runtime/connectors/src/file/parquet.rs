//! Parquet: only the columns that are read, one row group after the other; straight as words where that can be done, and
//! otherwise by way of arrays.

mod column;
mod flat;
mod hybrid;
mod pieces;
mod selection;
mod texts;

use super::batches::{BatchPart, Batches, Pulled};
use super::guard::guarded;
use super::input::{format_error, io_error, open_file, position_error};
use super::reader::Reading;
use crate::decode::columns::BatchDecoder;
use arrow::error::ArrowError;
use flat::{FlatGroup, Wanted};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder,
};
use parquet::schema::types::SchemaDescriptor;
use std::fs::File;
use std::path::{Path, PathBuf};
use twin_engine::{LogError, Progress};
use twin_plan::PathStep;
use twin_plan::kernel::Batch;

/// Rows decoded at a time: as many as a round of the engine takes.
const BATCH_ROWS: usize = 32_768;

struct ParquetFile {
    path: PathBuf,
    file: File,
    metadata: ArrowReaderMetadata,
    mask: ProjectionMask,
    /// The row group being read, or the next.
    group: usize,
    reader: Option<ParquetRecordBatchReader>,
    /// The columns that are read, where all of them can be straight as words.
    wanted: Option<Wanted>,
    /// The same group, read straight as words.
    flat: Option<FlatGroup>,
    /// Whether the rest of the group is read by way of arrays.
    is_by_arrays: bool,
    /// Rows of the group that were pulled or skipped.
    pulled: u64,
    rows_before: u64,
    bytes: u64,
}

/// Opens a Parquet file.
pub(super) fn open(path: &Path, reading: &Reading<'_>) -> Result<Option<BatchPart>, LogError> {
    let file = open_file(path)?;
    let bytes = file.metadata().map_err(|e| io_error(path, e))?.len();
    if bytes == 0 {
        return Ok(None);
    }
    let loaded = guarded(|| ArrowReaderMetadata::load(&file, ArrowReaderOptions::new()));
    let metadata = loaded.and_then(|loaded| loaded.map_err(|e| e.to_string())).map_err(|error| {
        let what =
            "this is no Parquet file, or it was cut off: its end, which says what is in it, cannot be read";
        format_error(path, format!("{what} ({error})"))
    })?;
    let decoder = BatchDecoder::new(
        reading.columns,
        metadata.schema(),
        reading.null_value(),
        !reading.reads_value_itself(),
    );
    let decoder = decoder.map_err(|what| format_error(path, what))?.with_key(reading.key_column());
    let mask = mask_of(metadata.parquet_schema(), &decoder.places());
    let wanted = Wanted::new(&decoder, reading, metadata.schema(), metadata.parquet_schema());
    let (path_there, rows_before) = (path.to_path_buf(), 0);
    let parquet = ParquetFile {
        path: path_there,
        file,
        metadata,
        mask,
        group: 0,
        reader: None,
        wanted,
        flat: None,
        is_by_arrays: false,
        pulled: 0,
        rows_before,
        bytes,
    };
    Ok(Some(BatchPart::new(path, Box::new(parquet), decoder)))
}

/// The leaves at or below the places that are read.
fn mask_of(schema: &SchemaDescriptor, places: &[Vec<PathStep>]) -> ProjectionMask {
    let is_read = |at: usize| {
        let column = schema.column(at);
        let parts = column.path().parts();
        places.iter().any(|place| {
            let mut names = place.iter().map_while(|step| match step {
                PathStep::Name(name) => Some(name),
                PathStep::Item(_) | PathStep::Column(_) => None,
            });
            let mut parts = parts.iter();
            names.all(|name| parts.next() == Some(name))
        })
    };
    ProjectionMask::leaves(schema, (0..schema.num_columns()).filter(|at| is_read(*at)))
}

impl ParquetFile {
    fn rows_of(&self, group: usize) -> u64 {
        self.metadata.metadata().row_group(group).num_rows().max(0) as u64
    }

    /// The reader of the group at hand; `None` behind the last group.
    fn reader(&mut self) -> Result<Option<&mut ParquetRecordBatchReader>, LogError> {
        if self.reader.is_none() {
            if self.group >= self.metadata.metadata().num_row_groups() {
                return Ok(None);
            }
            let file = self.file.try_clone().map_err(|e| io_error(&self.path, e))?;
            let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(vec![self.group])
                .with_projection(self.mask.clone())
                .with_batch_size(BATCH_ROWS)
                .with_offset(self.pulled as usize);
            let reader = guarded(|| reader.build()).and_then(|built| built.map_err(|e| e.to_string()));
            self.reader = Some(reader.map_err(|what| format_error(&self.path, what))?);
        }
        Ok(self.reader.as_mut())
    }

    /// Reads rows of the group at hand straight as words; `None` where what comes next cannot be.
    fn read_flat(&mut self, decoder: &BatchDecoder, batch: &mut Batch, most: usize) -> Option<usize> {
        let (wanted, targets) = (self.wanted.as_ref()?, decoder.targets());
        if self.flat.is_none() {
            let group = self.metadata.metadata().row_group(self.group);
            let mut flat = FlatGroup::open(&self.file, group, wanted, targets)?;
            flat.skip(targets, self.pulled as usize)?;
            self.flat = Some(flat);
        }
        self.flat.as_mut()?.read(wanted, targets, most, batch)
    }

    fn end_group(&mut self) {
        self.rows_before += self.rows_of(self.group);
        self.group += 1;
        self.reader = None;
        (self.flat, self.is_by_arrays) = (None, false);
        self.pulled = 0;
    }
}

impl Batches for ParquetFile {
    fn read_words(&mut self, decoder: &BatchDecoder, batch: &mut Batch, most: usize) -> usize {
        while !self.is_by_arrays && self.group < self.metadata.metadata().num_row_groups() {
            let left = self.rows_of(self.group) - self.pulled;
            if left == 0 {
                self.end_group();
                continue;
            }
            let most = most.min(usize::try_from(left).unwrap_or(usize::MAX));
            if let Some(rows) = self.read_flat(decoder, batch, most) {
                self.pulled += rows as u64;
                return rows;
            }
            (self.flat, self.is_by_arrays) = (None, true);
        }
        0
    }

    fn pull(&mut self) -> Result<Pulled, LogError> {
        loop {
            let next = match self.reader() {
                Ok(Some(reader)) => {
                    guarded(|| reader.next()).unwrap_or_else(|what| Some(Err(ArrowError::ParquetError(what))))
                }
                Ok(None) => return Ok(Pulled::Over),
                Err(LogError::Format { what, .. }) => Some(Err(ArrowError::ParquetError(what))),
                Err(error) => return Err(error),
            };
            match next {
                Some(Ok(batch)) => {
                    self.pulled += batch.num_rows() as u64;
                    return Ok(Pulled::Batch(batch));
                }
                Some(Err(error)) => {
                    let rows = self.rows_of(self.group).saturating_sub(self.pulled);
                    self.end_group();
                    return Ok(Pulled::Damaged { rows, what: error.to_string() });
                }
                None => self.end_group(),
            }
        }
    }

    fn skip(&mut self, rows: u64) -> Result<(), LogError> {
        while self.group < self.metadata.metadata().num_row_groups() {
            if self.rows_before + self.rows_of(self.group) > rows {
                self.pulled = rows - self.rows_before;
                return Ok(());
            }
            self.end_group();
        }
        if self.rows_before < rows {
            return Err(position_error(&self.path, "the file is shorter than it was"));
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        let rows = self.metadata.metadata().file_metadata().num_rows().max(1) as f64;
        let part = (self.rows_before + self.pulled) as f64 / rows;
        let is_over = self.group >= self.metadata.metadata().num_row_groups();
        let done = if is_over { self.bytes } else { (part * self.bytes as f64) as u64 };
        Progress { done: done.min(self.bytes), total: Some(self.bytes) }
    }
}
