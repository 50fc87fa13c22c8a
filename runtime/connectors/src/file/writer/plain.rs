//! Lines of text, appended to a file as they come.

use super::{Form, Output, open_for_writing};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use twin_engine::{LogError, Position, RecordWriter};
use twin_plan::kernel::Batch;

/// At most so much is held back before it is written, and at most as much as was written before: who waits for the
/// first rows sees them at once, and a long run still writes in large pieces.
const HELD_BYTES: usize = 256 << 10;

/// Appends lines to a file.
pub(super) struct PlainWriter {
    output: Output,
    form: Form,
    file: File,
    /// Pipes and devices cannot be cut back.
    is_file: bool,
    held: Vec<u8>,
    /// Bytes of the file behind the last write; `None` before the first: the file still holds what it held.
    bytes: Option<u64>,
}

impl PlainWriter {
    pub fn open(output: Output) -> Result<PlainWriter, LogError> {
        let form = output.form().map_err(|e| super::format_error(&output.path, e))?;
        let file = open_for_writing(&output.path).map_err(|e| output.error(e))?;
        let is_file = file.metadata().is_ok_and(|m| m.is_file());
        Ok(PlainWriter { output, form, file, is_file, held: Vec::new(), bytes: None })
    }

    /// Empties the file before the first write.
    fn begin(&mut self) -> Result<(), LogError> {
        if self.bytes.is_none() {
            self.cut(0)?;
        }
        Ok(())
    }

    /// Cuts the file and goes to its end; what stands before the first row is held again for an empty one.
    fn cut(&mut self, bytes: u64) -> Result<(), LogError> {
        self.held.clear();
        if self.is_file {
            let cut = self.file.set_len(bytes).and_then(|()| self.file.seek(SeekFrom::Start(bytes)));
            cut.map_err(|e| self.output.error(e))?;
        }
        self.bytes = Some(bytes);
        if bytes == 0 {
            self.held.extend_from_slice(self.form.head());
        }
        Ok(())
    }

    fn write_held(&mut self) -> Result<(), LogError> {
        self.begin()?;
        self.file.write_all(&self.held).map_err(|e| self.output.error(e))?;
        self.bytes = self.bytes.map(|bytes| bytes + self.held.len() as u64);
        self.held.clear();
        Ok(())
    }
}

impl RecordWriter for PlainWriter {
    fn write(&mut self, rows: &Batch) -> Result<(), LogError> {
        self.begin()?;
        self.form.rows(rows, &mut self.held);
        let most = self.bytes.map_or(0, |bytes| bytes.min(HELD_BYTES as u64));
        if self.held.len() as u64 >= most { self.write_held() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), LogError> {
        self.write_held()
    }

    fn position(&mut self) -> Result<Position, LogError> {
        self.write_held()?;
        if self.is_file {
            self.file.sync_data().map_err(|e| self.output.error(e))?;
        }
        Ok(Position(self.bytes.unwrap_or(0).to_le_bytes().to_vec()))
    }

    fn restore(&mut self, position: &Position) -> Result<(), LogError> {
        let bytes = super::spool::bytes_of(position, &self.output)?;
        let there = self.file.metadata().map_err(|e| self.output.error(e))?.len();
        if self.is_file && there < bytes {
            return Err(super::spool::shorter(&self.output, there, bytes));
        }
        self.cut(bytes)
    }

    fn finish(&mut self) -> Result<(), LogError> {
        self.write_held()
    }

    fn name(&self) -> &str {
        &self.output.name
    }
}
