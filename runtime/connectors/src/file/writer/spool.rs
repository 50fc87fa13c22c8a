//! Rows kept aside until the end of a run, for files that cannot be appended to.
//!
//! The spool is a row of frames, each `rows, columns, bytes of texts` (64 bits little-endian), then the words
//! column by column, then the texts. It stays where it is when the file was made, so that a run that goes on makes
//! the whole file again.

use super::gather::Gathered;
use super::packed::Packed;
use super::{Output, open_for_writing};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use twin_engine::{LogError, Position, RecordWriter};
use twin_plan::kernel::Batch;

/// Keeps rows in a spool and makes the file when they are all there.
pub(super) struct SpooledWriter {
    output: Output,
    spool: Output,
    file: File,
    gathered: Gathered,
    /// `None` before the first write: the spool still holds what it held.
    bytes: Option<u64>,
}

impl SpooledWriter {
    pub fn open(output: Output, folder: &Path) -> Result<SpooledWriter, LogError> {
        open_for_writing(&output.path).map_err(|e| output.error(e))?;
        let path = folder.join(spool_name(&output));
        let spool = Output { name: path.display().to_string(), path, ..output.clone() };
        std::fs::create_dir_all(folder).map_err(|e| spool.error(e))?;
        let file = open_for_writing(&spool.path).map_err(|e| spool.error(e))?;
        let gathered = Gathered::new(&output.schema);
        Ok(SpooledWriter { output, spool, file, gathered, bytes: None })
    }

    fn cut(&mut self, bytes: u64) -> Result<(), LogError> {
        let cut = self.file.set_len(bytes).and_then(|()| self.file.seek(SeekFrom::Start(bytes)));
        cut.map_err(|e| self.spool.error(e))?;
        self.gathered.clear();
        self.bytes = Some(bytes);
        Ok(())
    }

    fn write_frame(&mut self) -> Result<(), LogError> {
        if self.bytes.is_none() {
            self.cut(0)?;
        }
        if self.gathered.rows.rows == 0 {
            return Ok(());
        }
        let frame = frame_of(&self.gathered.rows);
        self.file.write_all(&frame).map_err(|e| self.spool.error(e))?;
        self.bytes = self.bytes.map(|bytes| bytes + frame.len() as u64);
        self.gathered.clear();
        Ok(())
    }

    /// Makes the file from the spool.
    fn make(&mut self) -> Result<(), LogError> {
        let bytes = self.bytes.unwrap_or(0);
        self.file.seek(SeekFrom::Start(0)).map_err(|e| self.spool.error(e))?;
        let mut packed = Packed::create(&self.output)?;
        let mut frames = BufReader::with_capacity(256 << 10, (&self.file).take(bytes));
        loop {
            match read_frame(&mut frames, self.output.schema.columns.len()) {
                Ok(Some(rows)) => packed.write(&rows, &self.output)?,
                Ok(None) => break,
                Err(error) => return Err(self.spool.error(error)),
            }
        }
        self.file.seek(SeekFrom::Start(bytes)).map_err(|e| self.spool.error(e))?;
        packed.finish(&self.output)
    }
}

impl RecordWriter for SpooledWriter {
    fn write(&mut self, rows: &Batch) -> Result<(), LogError> {
        if self.bytes.is_none() {
            self.cut(0)?;
        }
        let mut row = 0;
        while row < rows.rows {
            row += self.gathered.push_from(rows, row);
            if self.gathered.is_full() {
                self.write_frame()?;
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LogError> {
        self.write_frame()
    }

    fn position(&mut self) -> Result<Position, LogError> {
        self.write_frame()?;
        self.file.sync_data().map_err(|e| self.spool.error(e))?;
        Ok(Position(self.bytes.unwrap_or(0).to_le_bytes().to_vec()))
    }

    fn restore(&mut self, position: &Position) -> Result<(), LogError> {
        let bytes = bytes_of(position, &self.output)?;
        let there = self.file.metadata().map_err(|e| self.spool.error(e))?.len();
        if there < bytes {
            return Err(shorter(&self.spool, there, bytes));
        }
        self.cut(bytes)
    }

    fn finish(&mut self) -> Result<(), LogError> {
        self.write_frame()?;
        self.make()
    }

    fn name(&self) -> &str {
        &self.output.name
    }
}

/// One spool for each file of each sink.
fn spool_name(output: &Output) -> PathBuf {
    let file = output.path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    PathBuf::from(format!("{}-{file}.spool", output.schema.name))
}

/// A position of a writer is a number of bytes; the empty one is the beginning.
pub(super) fn bytes_of(position: &Position, output: &Output) -> Result<u64, LogError> {
    if position.0.is_empty() {
        return Ok(0);
    }
    let bytes: Result<[u8; 8], _> = position.0.as_slice().try_into();
    bytes.map(u64::from_le_bytes).map_err(|_| LogError::Position {
        name: output.name.clone(),
        what: "the position is not one of a file".to_string(),
    })
}

pub(super) fn shorter(output: &Output, there: u64, wanted: u64) -> LogError {
    let what = format!("the file has {there} bytes, and it had {wanted}");
    LogError::Position { name: output.name.clone(), what }
}

fn frame_of(rows: &Batch) -> Vec<u8> {
    let words = rows.rows * rows.columns.len();
    let mut frame = Vec::with_capacity(24 + words * 8 + rows.texts.len());
    for number in [rows.rows, rows.columns.len(), rows.texts.len()] {
        frame.extend_from_slice(&(number as u64).to_le_bytes());
    }
    for word in rows.columns.iter().flatten() {
        frame.extend_from_slice(&word.to_le_bytes());
    }
    frame.extend_from_slice(&rows.texts);
    frame
}

/// The next frame; `None` at the end.
fn read_frame(input: &mut impl Read, columns: usize) -> io::Result<Option<Batch>> {
    let mut head = [0; 24];
    match input.read_exact(&mut head) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let number = |at: usize| u64::from_le_bytes(std::array::from_fn(|byte| head[at * 8 + byte]));
    let damaged = || io::Error::other("the spool is damaged");
    let (rows, texts) = (number(0), number(2));
    if number(1) != columns as u64 || rows > super::gather::BLOCK_ROWS as u64 || texts > 1 << 30 {
        return Err(damaged());
    }
    let mut batch = Batch { rows: rows as usize, columns: vec![Vec::new(); columns], texts: Vec::new() };
    let mut bytes = vec![0; rows as usize * 8];
    for column in &mut batch.columns {
        input.read_exact(&mut bytes)?;
        column.extend(bytes.chunks_exact(8).map(|c| u64::from_le_bytes(std::array::from_fn(|at| c[at]))));
    }
    batch.texts.resize(texts as usize, 0);
    input.read_exact(&mut batch.texts)?;
    Ok(Some(batch))
}
