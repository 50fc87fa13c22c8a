//! Files whose records come in batches of columns.

use super::part::Part;
use crate::decode::columns::BatchDecoder;
use arrow::array::RecordBatch;
use std::path::{Path, PathBuf};
use twin_engine::{Chunk, LogError, Progress, Reject, RejectReason};
use twin_plan::kernel::Batch;

/// What comes next of such a file.
pub(super) enum Pulled {
    /// Rows.
    Batch(RecordBatch),
    /// So many rows that cannot be read, and why; what comes behind them can.
    Damaged { rows: u64, what: String },
    /// There is nothing more.
    Over,
}

/// A file as a sequence of batches.
pub(super) trait Batches: Send {
    /// Adds rows to a batch straight as words, at most so many, where that can be done; how many they
    /// were. With none the next batch is to be pulled.
    fn read_words(&mut self, _: &BatchDecoder, _: &mut Batch, _: usize) -> usize {
        0
    }

    /// The next batch.
    fn pull(&mut self) -> Result<Pulled, LogError>;

    /// Goes to a row; nothing was pulled before.
    fn skip(&mut self, rows: u64) -> Result<(), LogError>;

    /// How far it is in bytes of the file.
    fn progress(&self) -> Progress;
}

/// Reads batches as the rows of a log.
pub(super) struct BatchPart {
    path: PathBuf,
    batches: Box<dyn Batches>,
    decoder: BatchDecoder,
    /// Rows pulled that were not handed over yet.
    pending: Option<RecordBatch>,
    /// Rows of the file before the next one.
    place: u64,
    is_spoilt: bool,
}

impl BatchPart {
    pub fn new(path: &Path, batches: Box<dyn Batches>, decoder: BatchDecoder) -> BatchPart {
        BatchPart { path: path.to_path_buf(), batches, decoder, pending: None, place: 0, is_spoilt: false }
    }

    /// Takes what comes next as words; false where it is to be pulled.
    fn read_words(&mut self, chunk: &mut Chunk, wanted: &mut usize, offset: &mut u64) -> bool {
        let rows = self.batches.read_words(&self.decoder, &mut chunk.batch, *wanted);
        chunk.offsets.extend(*offset..*offset + rows as u64);
        self.place += rows as u64;
        *offset += rows as u64;
        *wanted -= rows;
        rows > 0
    }

    fn set_aside(&mut self, rows: u64, what: &str, chunk: &mut Chunk, offset: &mut u64) {
        let first = self.place + 1;
        let lost = match rows {
            0 => format!("what follows row {} cannot be read", self.place),
            1 => format!("row {first} cannot be read"),
            _ => format!("rows {first} to {} cannot be read", self.place + rows),
        };
        chunk.rejects.push(Reject {
            row: chunk.batch.rows as u32,
            offset: *offset,
            key: None,
            reason: RejectReason::Undecodable,
            detail: format!("{}: {lost}: {what}", self.path.display()),
            raw: String::new(),
        });
        self.place += rows;
        *offset += rows;
    }
}

impl Part for BatchPart {
    fn read(&mut self, chunk: &mut Chunk, rows: usize, offset: &mut u64) -> Result<bool, LogError> {
        let mut wanted = rows;
        while wanted > 0 {
            let batch = match self.pending.take() {
                Some(batch) => batch,
                None if self.read_words(chunk, &mut wanted, offset) => continue,
                None => match self.batches.pull()? {
                    Pulled::Batch(batch) => batch,
                    Pulled::Over => return Ok(false),
                    Pulled::Damaged { rows, what } => {
                        self.is_spoilt = true;
                        self.set_aside(rows, &what, chunk, offset);
                        // One a call: a file may be nothing but damage.
                        break;
                    }
                },
            };
            let count = batch.num_rows().min(wanted);
            if count < batch.num_rows() {
                self.pending = Some(batch.slice(count, batch.num_rows() - count));
            }
            self.decoder.decode(&batch.slice(0, count), chunk, offset);
            self.place += count as u64;
            wanted -= count;
        }
        Ok(true)
    }

    fn place(&self) -> u64 {
        self.place
    }

    fn seek(&mut self, place: u64) -> Result<(), LogError> {
        self.batches.skip(place)?;
        self.place = place;
        Ok(())
    }

    fn is_spoilt(&self) -> bool {
        self.is_spoilt
    }

    fn progress(&self) -> Progress {
        self.batches.progress()
    }
}
