//! Files that sinks write.
//!
//! | ending | form | when a run stops and goes on |
//! | --- | --- | --- |
//! | `.jsonl`, `.csv` | lines, appended | the file is cut back to where the checkpoint saw it |
//! | the same with `.gz`, `.zst` | lines, compressed | rows are spooled beside the checkpoint, the file is made at the end |
//! | `.parquet`, `.arrow`, `.avro` | blocks of a fixed number of rows | the same |
//! | `-` | JSON Lines on the standard output | what was printed stays printed |
//!
//! So the bytes of a file never depend on how often a run stopped, nor on the size of its batches.

mod columnar;
mod gather;
mod packed;
mod plain;
mod spool;
mod stdout;

use super::input::format_error;
use super::kind::{Compression, FileKind, kind_of};
use crate::encode::csv::CsvEncoder;
use crate::encode::json::JsonEncoder;
use std::io;
use std::path::{Path, PathBuf};
use twin_engine::{LogError, RecordWriter, RowSchema};
use twin_plan::kernel::Batch;

/// Opens a file (or `-`) for the rows of a sink. `spool` is the folder for what cannot be appended to, when the run
/// makes checkpoints.
///
/// An existing file is replaced when the first rows are written, or cut back by [`RecordWriter::restore`].
pub fn create_file(
    path: &Path,
    schema: &RowSchema,
    spool: Option<&Path>,
) -> Result<Box<dyn RecordWriter>, LogError> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(stdout::StdoutWriter::new(schema).map_err(|e| format_error(path, e))?));
    }
    let output = Output::new(path, schema)?;
    match (output.kind.is_text(), output.compression, spool) {
        (true, Compression::Plain, _) => Ok(Box::new(plain::PlainWriter::open(output)?)),
        (_, _, Some(folder)) => Ok(Box::new(spool::SpooledWriter::open(output, folder)?)),
        (_, _, None) => Ok(Box::new(packed::DirectWriter::open(output)?)),
    }
}

/// A file to be written.
#[derive(Clone, Debug)]
struct Output {
    path: PathBuf,
    name: String,
    kind: FileKind,
    compression: Compression,
    schema: RowSchema,
}

impl Output {
    fn new(path: &Path, schema: &RowSchema) -> Result<Output, LogError> {
        let (kind, compression) = kind_of(path);
        // Pipes and devices have no ending, and take lines.
        let is_stream = || std::fs::metadata(path).is_ok_and(|m| !m.is_file() && !m.is_dir());
        let Some(kind) = kind.or_else(|| is_stream().then_some(FileKind::JsonLines)) else {
            let endings = "its name must end in .jsonl, .csv, .parquet, .avro or .arrow";
            return Err(format_error(path, format!("the format is not to be seen: {endings}")));
        };
        if !kind.is_text() && compression != Compression::Plain {
            return Err(format_error(
                path,
                format!("{} is compressed inside; leave the last ending out", kind.name()),
            ));
        }
        let output = Output {
            path: path.to_path_buf(),
            name: path.display().to_string(),
            kind,
            compression,
            schema: schema.clone(),
        };
        // Mistakes in fields show before anything is written.
        if output.kind.is_text() {
            output.form().map_err(|e| format_error(path, e))?;
        } else {
            crate::encode::columns::ColumnsEncoder::new(&schema.columns)
                .map_err(|e| format_error(path, e))?;
        }
        Ok(output)
    }

    fn form(&self) -> Result<Form, String> {
        Ok(match self.kind {
            FileKind::Csv => Form::Csv(CsvEncoder::new(&self.schema.columns)?),
            _ => Form::Json(JsonEncoder::new(&self.schema.columns)?),
        })
    }

    fn error(&self, error: io::Error) -> LogError {
        LogError::Io { name: self.name.clone(), error }
    }
}

/// A form of text.
enum Form {
    Json(JsonEncoder),
    Csv(CsvEncoder),
}

impl Form {
    /// What stands before the first row.
    fn head(&self) -> &[u8] {
        match self {
            Form::Json(_) => b"",
            Form::Csv(encoder) => encoder.header(),
        }
    }

    fn rows(&mut self, rows: &Batch, out: &mut Vec<u8>) {
        match self {
            Form::Json(encoder) => encoder.rows(rows, out),
            Form::Csv(encoder) => encoder.rows(rows, out),
        }
    }
}

/// Opens a file for writing without touching what is in it.
fn open_for_writing(path: &Path) -> io::Result<std::fs::File> {
    std::fs::OpenOptions::new().write(true).read(true).create(true).truncate(false).open(path).or_else(
        |error| {
            // Pipes and devices are written only.
            match error.kind() {
                io::ErrorKind::IsADirectory | io::ErrorKind::NotFound => Err(error),
                _ => std::fs::OpenOptions::new().write(true).open(path),
            }
        },
    )
}
