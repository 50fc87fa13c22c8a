//! A column of a row group, read in large pieces. The library asks for a few bytes at a time, each by a file of its own.

use bytes::buf::{Buf, Reader};
use bytes::{Bytes, BytesMut};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

/// Bytes read at a time.
const PIECE_BYTES: u64 = 128 << 10;
/// So much lies ready for the head of a page, where there is as much; longer ones are hardly ever met.
const HEAD_BYTES: u64 = 16 << 10;

/// A file up to where a column ends.
pub(super) struct Pieces {
    file: File,
    end: u64,
    held: Mutex<Piece>,
}

/// What was read last, and where it begins.
#[derive(Default)]
struct Piece {
    start: u64,
    bytes: Bytes,
}

impl Pieces {
    pub fn new(file: File, end: u64) -> Pieces {
        Pieces { file, end, held: Mutex::default() }
    }

    /// The bytes from a place on: at least so many, unless the column ends before.
    fn from(&self, start: u64, least: u64) -> Result<Bytes> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let there = self.end.saturating_sub(start);
        let least = least.min(there);
        if start < held.start || start + least > held.start + held.bytes.len() as u64 {
            held.move_to(&self.file, start, least.max(PIECE_BYTES).min(there) as usize)?;
        }
        let first = (start - held.start).min(held.bytes.len() as u64);
        Ok(held.bytes.slice(first as usize..))
    }
}

impl Piece {
    /// Goes to so many bytes of another place. Those that are here already are not read again, and memory is used again
    /// where nobody looks at it any more.
    fn move_to(&mut self, mut file: &File, start: u64, size: usize) -> std::io::Result<()> {
        let bytes = std::mem::take(&mut self.bytes);
        let behind =
            start.checked_sub(self.start).map_or(bytes.len() as u64, |by| by.min(bytes.len() as u64));
        let kept = behind as usize..bytes.len();
        let mut filled = kept.len().min(size);
        let mut bytes = match bytes.try_into_mut() {
            Ok(mut bytes) => {
                bytes.copy_within(kept, 0);
                bytes
            }
            Err(bytes) => {
                let mut own = BytesMut::with_capacity(size);
                own.extend_from_slice(&bytes[kept]);
                own
            }
        };
        bytes.resize(size, 0);
        file.seek(SeekFrom::Start(start + filled as u64))?;
        while filled < size {
            match file.read(&mut bytes[filled..]) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        bytes.truncate(filled);
        *self = Piece { start, bytes: bytes.freeze() };
        Ok(())
    }
}

impl Length for Pieces {
    fn len(&self) -> u64 {
        self.end
    }
}

impl ChunkReader for Pieces {
    type T = Reader<Bytes>;

    fn get_read(&self, start: u64) -> Result<Reader<Bytes>> {
        Ok(self.from(start, HEAD_BYTES)?.reader())
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let bytes = self.from(start, length as u64)?;
        if bytes.len() < length {
            return Err(ParquetError::EOF(format!("{length} bytes at {start}, and the column ends before")));
        }
        Ok(bytes.slice(..length))
    }
}
