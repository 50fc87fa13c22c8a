//! Arrow IPC, as a file or as a stream.

use super::batches::{BatchPart, Batches, Pulled};
use super::guard::guarded;
use super::input::{Counted, file_bytes, format_error, io_error, open_counted};
use super::reader::Reading;
use crate::decode::columns::BatchDecoder;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twin_engine::{LogError, Progress};
use twin_plan::PathStep;

/// The file form begins and ends with this; between stand the messages of a stream.
const MAGIC: &[u8; 6] = b"ARROW1";
/// Behind the magic stand zeros up to the writer's alignment.
const PADDED_BYTES_MAX: usize = 64;

struct ArrowFile {
    reader: Reader,
    count: Arc<AtomicU64>,
    bytes: Option<u64>,
    /// A batch that was pulled too far by [`Batches::skip`].
    ahead: Option<RecordBatch>,
    is_over: bool,
}

enum Reader {
    File(Box<FileReader<BufReader<Counted>>>),
    Stream(Box<StreamReader<BufReader<Counted>>>),
}

/// Opens an Arrow file; `None` where it is empty.
pub(super) fn open(path: &Path, reading: &Reading<'_>) -> Result<Option<BatchPart>, LogError> {
    let bytes = file_bytes(path);
    if bytes == Some(0) {
        return Ok(None);
    }
    let count = Arc::new(AtomicU64::new(0));
    let whole = Reader::open(path, &count, None)?;
    let schema = whole.schema();
    let decoder =
        BatchDecoder::new(reading.columns, &schema, reading.null_value(), !reading.reads_value_itself());
    let decoder = decoder.map_err(|what| format_error(path, what))?;
    let projection = projection_of(&schema, &decoder.places());
    let reader = Reader::open(path, &count, Some(projection))?;
    let file = ArrowFile { reader, count, bytes, ahead: None, is_over: false };
    Ok(Some(BatchPart::new(path, Box::new(file), decoder)))
}

/// The top columns that are read.
fn projection_of(schema: &Schema, places: &[Vec<PathStep>]) -> Vec<usize> {
    let is_read =
        |name: &str| places.iter().any(|p| matches!(p.first(), Some(PathStep::Name(n)) if n == name));
    (0..schema.fields().len()).filter(|at| is_read(schema.field(*at).name())).collect()
}

impl Reader {
    /// Opens either form. A file that was cut off has no directory at its end; its messages are read as a stream.
    fn open(path: &Path, count: &Arc<AtomicU64>, projection: Option<Vec<usize>>) -> Result<Reader, LogError> {
        let mut file = open_counted(path, count)?;
        let mut head = Vec::new();
        let wanted = (PADDED_BYTES_MAX + MAGIC.len()) as u64;
        file.by_ref().take(wanted).read_to_end(&mut head).map_err(|e| io_error(path, e))?;
        let has_magic = head.starts_with(MAGIC);
        let rewound = |file: Counted, place| {
            let mut input = BufReader::with_capacity(256 << 10, file);
            input.seek(SeekFrom::Start(place)).map_err(|e| io_error(path, e))?;
            count.store(place, Ordering::Relaxed);
            Ok::<_, LogError>(input)
        };
        let input = rewound(file, 0)?;
        if has_magic && let Ok(Ok(reader)) = guarded(|| FileReader::try_new(input, projection.clone())) {
            return Ok(Reader::File(Box::new(reader)));
        }
        let first = head.iter().skip(MAGIC.len()).position(|b| *b != 0).unwrap_or(0);
        let start = if has_magic { (MAGIC.len() + first) as u64 } else { 0 };
        let input = rewound(open_counted(path, count)?, start)?;
        let stream = guarded(|| StreamReader::try_new(input, projection)).unwrap_or_else(unreadable);
        let stream = stream
            .map_err(|e| format_error(path, format!("this is no Arrow file, or it was cut off ({e})")))?;
        Ok(Reader::Stream(Box::new(stream)))
    }

    fn schema(&self) -> Arc<Schema> {
        match self {
            Reader::File(reader) => reader.schema(),
            Reader::Stream(reader) => reader.schema(),
        }
    }

    fn next(&mut self) -> Option<Result<RecordBatch, ArrowError>> {
        let next = guarded(|| match self {
            Reader::File(reader) => reader.next(),
            Reader::Stream(reader) => reader.next(),
        });
        next.unwrap_or_else(|what| Some(unreadable(what)))
    }
}

/// A panic of the library as one of its errors.
fn unreadable<T>(what: String) -> Result<T, ArrowError> {
    Err(ArrowError::IpcError(what))
}

impl Batches for ArrowFile {
    fn pull(&mut self) -> Result<Pulled, LogError> {
        if let Some(batch) = self.ahead.take() {
            return Ok(Pulled::Batch(batch));
        }
        if self.is_over {
            return Ok(Pulled::Over);
        }
        match self.reader.next() {
            Some(Ok(batch)) => Ok(Pulled::Batch(batch)),
            Some(Err(error)) => {
                self.is_over = true;
                Ok(Pulled::Damaged { rows: 0, what: error.to_string() })
            }
            None => {
                self.is_over = true;
                Ok(Pulled::Over)
            }
        }
    }

    fn skip(&mut self, rows: u64) -> Result<(), LogError> {
        let mut left = rows as usize;
        while left > 0 {
            let Pulled::Batch(batch) = self.pull()? else {
                // Damage shows again at the same place; a position behind it is at the end.
                self.is_over = true;
                return Ok(());
            };
            if batch.num_rows() > left {
                self.ahead = Some(batch.slice(left, batch.num_rows() - left));
            }
            left -= left.min(batch.num_rows());
        }
        Ok(())
    }

    fn progress(&self) -> Progress {
        let read = self.count.load(Ordering::Relaxed);
        let done = if self.is_over { self.bytes.unwrap_or(read) } else { read };
        Progress { done: self.bytes.map_or(done, |bytes| done.min(bytes)), total: self.bytes }
    }
}
