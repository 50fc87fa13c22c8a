//! Avro object container files: a header with the schema, then blocks of records between sync markers.

mod block;

use super::input::{file_bytes, format_error, io_error, open_counted};
use super::part::Part;
use super::reader::Reading;
use crate::decode::avro::{AvroDecoder, AvroSchema};
use crate::decode::trouble::Refusal;
use block::{Block, Blocks, Pulled};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twin_engine::{Chunk, LogError, Progress, Reject};

/// An Avro file.
pub(super) struct AvroPart {
    path: PathBuf,
    blocks: Blocks,
    decoder: AvroDecoder,
    block: Block,
    count: Arc<AtomicU64>,
    bytes: Option<u64>,
    /// Records of the file before the next one.
    place: u64,
    is_over: bool,
    is_spoilt: bool,
}

/// Opens an Avro file; `None` where it is empty.
pub(super) fn open(path: &Path, reading: &Reading<'_>) -> Result<Option<AvroPart>, LogError> {
    let bytes = file_bytes(path);
    if bytes == Some(0) {
        return Ok(None);
    }
    let count = Arc::new(AtomicU64::new(0));
    let input = BufReader::with_capacity(256 << 10, open_counted(path, &count)?);
    let (blocks, schema) = Blocks::open(input).map_err(|what| format_error(path, what))?;
    let decoder = AvroSchema::parse(&schema).and_then(|schema| {
        AvroDecoder::new(reading.columns, schema, reading.null_value(), !reading.reads_value_itself())
            .map(|decoder| decoder.with_key(reading.key_column()))
    });
    let decoder = decoder.map_err(|what| format_error(path, what))?;
    let path = path.to_path_buf();
    Ok(Some(AvroPart {
        path,
        blocks,
        decoder,
        block: Block::default(),
        count,
        bytes,
        place: 0,
        is_over: false,
        is_spoilt: false,
    }))
}

impl AvroPart {
    /// Gets the next block when the one at hand is used up; false where there is none to read a record of.
    fn fill(&mut self, chunk: &mut Chunk, offset: &mut u64) -> Result<bool, LogError> {
        if self.block.rows > 0 {
            return Ok(true);
        }
        match self.blocks.pull(&mut self.block).map_err(|e| io_error(&self.path, e))? {
            Pulled::Block => {
                self.set_rest_aside(chunk, offset);
                return Ok(self.block.rows > 0);
            }
            Pulled::Over => self.is_over = true,
            Pulled::DamagedBlock { rows, what } => self.set_aside(rows, &what, chunk, offset),
            Pulled::Damaged { what } => {
                self.set_aside(0, &what, chunk, offset);
                (self.is_over, self.is_spoilt) = (true, true);
            }
        }
        Ok(false)
    }

    /// Records that cannot be read are one reject.
    fn set_aside(&mut self, rows: u64, what: &str, chunk: &mut Chunk, offset: &mut u64) {
        let first = self.place + 1;
        let lost = match rows {
            0 => format!("what follows record {}", self.place),
            1 => format!("record {first}"),
            _ => format!("records {first} to {}", self.place + rows),
        };
        let detail = format!("{}: {lost} cannot be read: {what}", self.path.display());
        reject(chunk, *offset, Refusal::undecodable(detail), String::new());
        self.place += rows;
        *offset += rows;
    }

    /// Takes the next record of the block at hand.
    fn take(&mut self, chunk: &mut Chunk, offset: &mut u64) {
        let bytes = &self.block.data[self.block.at..];
        let (end, done) = match self.decoder.decode(bytes, chunk) {
            Ok(taken) => taken,
            Err(what) => {
                let rows = std::mem::take(&mut self.block.rows);
                return self.set_aside(rows, &what, chunk, offset);
            }
        };
        let envelope = self.decoder.envelope_of_last();
        match (done, envelope) {
            (Ok(()), Some(envelope)) => envelope.push(chunk, *offset),
            (Ok(()), None) => chunk.offsets.push(*offset),
            (Err(mut refusal), envelope) => {
                let envelope = envelope.unwrap_or_default();
                refusal.key = refusal.key.or_else(|| envelope.key_text(chunk));
                let raw = self.decoder.show(&bytes[..end]);
                reject(chunk, envelope.offset_or(*offset), refusal, raw);
            }
        }
        self.block.at += end;
        self.block.rows -= 1;
        self.place += 1;
        *offset += 1;
        self.set_rest_aside(chunk, offset);
    }

    /// A block that has more bytes than records: what they were is lost, and not in silence.
    fn set_rest_aside(&mut self, chunk: &mut Chunk, offset: &mut u64) {
        let rest = self.block.data.len() - self.block.at;
        if self.block.rows == 0 && rest > 0 {
            let what = format!("the block says that this was its last record, and holds {rest} more bytes");
            self.set_aside(0, &what, chunk, offset);
        }
    }
}

fn reject(chunk: &mut Chunk, offset: u64, refusal: Refusal, raw: String) {
    let row = chunk.batch.rows as u32;
    let Refusal { reason, detail, key } = refusal;
    chunk.rejects.push(Reject { row, offset, key, reason, detail, raw });
}

impl Part for AvroPart {
    fn read(&mut self, chunk: &mut Chunk, rows: usize, offset: &mut u64) -> Result<bool, LogError> {
        for _ in 0..rows {
            if self.is_over {
                break;
            }
            if self.fill(chunk, offset)? {
                self.take(chunk, offset);
            }
        }
        Ok(!self.is_over)
    }

    fn place(&self) -> u64 {
        self.place
    }

    fn seek(&mut self, place: u64) -> Result<(), LogError> {
        // Rejects that were told before are not told again.
        let (mut aside, mut offset) = (Chunk::default(), 0);
        while self.place < place && !self.is_over {
            let skipped = self.blocks.skip(place - self.place).map_err(|e| io_error(&self.path, e))?;
            self.place += skipped;
            if skipped == 0 && self.fill(&mut aside, &mut offset)? {
                self.skip_records(place);
            }
        }
        Ok(())
    }

    fn is_spoilt(&self) -> bool {
        self.is_spoilt
    }

    fn progress(&self) -> Progress {
        let read = self.count.load(Ordering::Relaxed);
        let done = if self.is_over { self.bytes.unwrap_or(read) } else { read };
        Progress { done, total: self.bytes }
    }
}

impl AvroPart {
    /// Skips records of the block at hand, up to a place.
    fn skip_records(&mut self, place: u64) {
        while self.block.rows > 0 && self.place < place {
            match self.decoder.skip(&self.block.data[self.block.at..]) {
                Ok(bytes) => {
                    self.block.at += bytes;
                    self.block.rows -= 1;
                    self.place += 1;
                }
                Err(_) => self.place += std::mem::take(&mut self.block.rows),
            }
        }
    }
}
