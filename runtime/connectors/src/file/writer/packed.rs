//! Files that have an end: compressed text and columns.

use super::columnar::ColumnarFile;
use super::gather::Gathered;
use super::{Form, Output, open_for_writing};
use crate::file::kind::Compression;
use flate2::write::GzEncoder;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use twin_engine::{LogError, Position, RecordWriter};
use twin_plan::kernel::Batch;

/// Compressors are fed in pieces of this size, so that what they make depends on the text alone.
const PIECE_BYTES: usize = 64 << 10;

/// A file in the making; it is whole only once it was finished.
pub(super) enum Packed {
    Text(Box<CompressedText>),
    Columns { file: Box<ColumnarFile>, gathered: Gathered },
}

impl Packed {
    /// Begins the file anew.
    pub fn create(output: &Output) -> Result<Packed, LogError> {
        let file = File::create(&output.path).map_err(|e| output.error(e))?;
        if output.kind.is_text() {
            let form = output.form().map_err(|e| super::format_error(&output.path, e))?;
            let text = CompressedText::new(form, file, output.compression).map_err(|e| output.error(e))?;
            return Ok(Packed::Text(Box::new(text)));
        }
        let file = ColumnarFile::create(output, file)?;
        Ok(Packed::Columns { file: Box::new(file), gathered: Gathered::new(&output.schema) })
    }

    pub fn write(&mut self, rows: &Batch, output: &Output) -> Result<(), LogError> {
        match self {
            Packed::Text(text) => text.write(rows).map_err(|e| output.error(e)),
            Packed::Columns { file, gathered } => {
                let mut row = 0;
                while row < rows.rows {
                    row += gathered.push_from(rows, row);
                    if gathered.is_full() {
                        file.write(&gathered.rows, output)?;
                        gathered.clear();
                    }
                }
                Ok(())
            }
        }
    }

    pub fn finish(self, output: &Output) -> Result<(), LogError> {
        match self {
            Packed::Text(text) => text.finish().map_err(|e| output.error(e)),
            Packed::Columns { mut file, gathered } => {
                if gathered.rows.rows > 0 {
                    file.write(&gathered.rows, output)?;
                }
                file.finish(output)
            }
        }
    }
}

/// Lines of text through a compressor.
pub(super) struct CompressedText {
    form: Form,
    compressor: Compressor,
    held: Vec<u8>,
}

enum Compressor {
    Gzip(GzEncoder<BufWriter<File>>),
    Zstd(zstd::Encoder<'static, BufWriter<File>>),
}

impl CompressedText {
    fn new(form: Form, file: File, compression: Compression) -> io::Result<CompressedText> {
        let file = BufWriter::new(file);
        let compressor = match compression {
            Compression::Zstd => Compressor::Zstd(zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?),
            Compression::Gzip | Compression::Plain => {
                Compressor::Gzip(GzEncoder::new(file, flate2::Compression::default()))
            }
        };
        let held = form.head().to_vec();
        Ok(CompressedText { form, compressor, held })
    }

    fn write(&mut self, rows: &Batch) -> io::Result<()> {
        self.form.rows(rows, &mut self.held);
        let mut pieces = self.held.chunks_exact(PIECE_BYTES);
        for piece in pieces.by_ref() {
            self.compressor.write_all(piece)?;
        }
        let rest = pieces.remainder().len();
        self.held.drain(..self.held.len() - rest);
        Ok(())
    }

    fn finish(mut self) -> io::Result<()> {
        self.compressor.write_all(&self.held)?;
        let mut file = match self.compressor {
            Compressor::Gzip(encoder) => encoder.finish()?,
            Compressor::Zstd(encoder) => encoder.finish()?,
        };
        file.flush()
    }
}

impl Compressor {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Compressor::Gzip(encoder) => encoder.write_all(bytes),
            Compressor::Zstd(encoder) => encoder.write_all(bytes),
        }
    }
}

/// Makes a file as the rows come; such a run cannot be gone on with.
pub(super) struct DirectWriter {
    output: Output,
    /// Begun with the first rows.
    packed: Option<Packed>,
    is_finished: bool,
}

impl DirectWriter {
    pub fn open(output: Output) -> Result<DirectWriter, LogError> {
        open_for_writing(&output.path).map_err(|e| output.error(e))?;
        Ok(DirectWriter { output, packed: None, is_finished: false })
    }

    fn no_spool<T>(&self) -> Result<T, LogError> {
        let what =
            "a file of this format has no place to go on from without a folder for checkpoints".to_string();
        Err(LogError::Position { name: self.output.name.clone(), what })
    }
}

impl RecordWriter for DirectWriter {
    fn write(&mut self, rows: &Batch) -> Result<(), LogError> {
        let packed = match &mut self.packed {
            Some(packed) => packed,
            None => self.packed.insert(Packed::create(&self.output)?),
        };
        packed.write(rows, &self.output)
    }

    /// Nothing of such a file can be read before its end.
    fn flush(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn position(&mut self) -> Result<Position, LogError> {
        self.no_spool()
    }

    fn restore(&mut self, position: &Position) -> Result<(), LogError> {
        // Only the beginning can be gone back to, and only before anything is written.
        if position.0.is_empty() && self.packed.is_none() { Ok(()) } else { self.no_spool() }
    }

    fn finish(&mut self) -> Result<(), LogError> {
        if self.is_finished && self.packed.is_none() {
            return Ok(());
        }
        self.is_finished = true;
        let packed = match self.packed.take() {
            Some(packed) => packed,
            None => Packed::create(&self.output)?,
        };
        packed.finish(&self.output)
    }

    fn name(&self) -> &str {
        &self.output.name
    }
}
