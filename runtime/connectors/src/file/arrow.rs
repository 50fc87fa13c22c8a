//! Arrow IPC, as a file or as a stream.
//!
//! A file is a stream of messages between two marks, with a directory behind it for who wants to jump. It is read as
//! the stream that it is; so a file that was cut off, and has no directory, is read as well.

mod check;

use super::batches::{BatchPart, Batches, Pulled};
use super::guard::guarded;
use super::input::{Counted, file_bytes, format_error, io_error, open_counted};
use super::reader::Reading;
use crate::decode::columns::BatchDecoder;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::error::ArrowError;
use arrow::ipc::reader::StreamReader;
use check::{Sound, walk};
use std::io::{BufReader, Read, Seek, SeekFrom, Take};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twin_engine::{LogError, Progress};
use twin_plan::PathStep;

/// The file form begins with this, padded to the writer's alignment.
const MAGIC: &[u8; 6] = b"ARROW1";
const PADDED_BYTES_MAX: usize = 64;

type Messages = StreamReader<Take<BufReader<Counted>>>;

struct ArrowFile {
    reader: Box<Messages>,
    count: Arc<AtomicU64>,
    bytes: u64,
    /// A batch that was pulled too far by [`Batches::skip`].
    ahead: Option<RecordBatch>,
    /// What is wrong behind the sound part, told at its end.
    damage: Option<String>,
    is_over: bool,
}

/// Opens an Arrow file; `None` where it is empty.
pub(super) fn open(path: &Path, reading: &Reading<'_>) -> Result<Option<BatchPart>, LogError> {
    let Some(bytes) = file_bytes(path) else {
        super::input::open_file(path)?;
        return Err(format_error(path, "Arrow is read from files only, not from pipes"));
    };
    if bytes == 0 {
        return Ok(None);
    }
    let count = Arc::new(AtomicU64::new(0));
    let mut input = BufReader::with_capacity(256 << 10, open_counted(path, &count)?);
    let start = start_of(&mut input).map_err(|e| io_error(path, e))?;
    let sound = walk(&mut input, start, bytes).map_err(|e| io_error(path, e))?;
    let whole = messages(path, &count, start, &sound, None)?;
    let schema = whole.schema();
    let decoder =
        BatchDecoder::new(reading.columns, &schema, reading.null_value(), !reading.reads_value_itself());
    let decoder = decoder.map_err(|what| format_error(path, what))?.with_key(reading.key_column());
    let projection = projection_of(&schema, &decoder.places());
    let reader = Box::new(messages(path, &count, start, &sound, Some(projection))?);
    let file = ArrowFile { reader, count, bytes, ahead: None, damage: sound.damage, is_over: false };
    Ok(Some(BatchPart::new(path, Box::new(file), decoder)))
}

/// Where the messages begin.
fn start_of(input: &mut BufReader<Counted>) -> std::io::Result<u64> {
    let mut head = Vec::new();
    input.by_ref().take((PADDED_BYTES_MAX + MAGIC.len()) as u64).read_to_end(&mut head)?;
    if !head.starts_with(MAGIC) {
        return Ok(0);
    }
    let padding = head.iter().skip(MAGIC.len()).position(|b| *b != 0).unwrap_or(0);
    Ok((MAGIC.len() + padding) as u64)
}

/// The sound messages of a file.
fn messages(
    path: &Path,
    count: &Arc<AtomicU64>,
    start: u64,
    sound: &Sound,
    projection: Option<Vec<usize>>,
) -> Result<Messages, LogError> {
    let mut input = BufReader::with_capacity(256 << 10, open_counted(path, count)?);
    input.seek(SeekFrom::Start(start)).map_err(|e| io_error(path, e))?;
    count.store(start, Ordering::Relaxed);
    let input = input.take(sound.end - start);
    let reader = guarded(|| StreamReader::try_new(input, projection)).unwrap_or_else(unreadable);
    reader.map_err(|e| format_error(path, format!("this is no Arrow file, or it was cut off ({e})")))
}

/// The top columns that are read.
fn projection_of(schema: &Schema, places: &[Vec<PathStep>]) -> Vec<usize> {
    let is_read =
        |name: &str| places.iter().any(|p| matches!(p.first(), Some(PathStep::Name(n)) if n == name));
    (0..schema.fields().len()).filter(|at| is_read(schema.field(*at).name())).collect()
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
        match guarded(|| self.reader.next()).unwrap_or_else(|what| Some(unreadable(what))) {
            Some(Ok(batch)) => return Ok(Pulled::Batch(batch)),
            Some(Err(error)) => self.damage = Some(error.to_string()),
            None => {}
        }
        self.is_over = true;
        Ok(self.damage.take().map_or(Pulled::Over, |what| Pulled::Damaged { rows: 0, what }))
    }

    fn skip(&mut self, rows: u64) -> Result<(), LogError> {
        let mut left = rows as usize;
        while left > 0 {
            let Pulled::Batch(batch) = self.pull()? else {
                // Damage that was told before is not told again.
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
        let read = self.count.load(Ordering::Relaxed).min(self.bytes);
        Progress { done: if self.is_over { self.bytes } else { read }, total: Some(self.bytes) }
    }
}
