//! A log of one or several files, one after the other.

use super::empty::EmptyPart;
use super::input::{MARKED_BYTES, format_error, mark_of, position_error};
use super::kind::{Compression, FileKind, bare_name, kind_of};
use super::part::Part;
use super::records::Sizes;
use super::text::TextPart;
use crate::decode::envelope::NullValue;
use std::path::{Path, PathBuf};
use twin_engine::{Chunk, FileMark, LogError, Position, Progress, RecordReader};
use twin_plan::{Bound, Column, Format, KeyPlan, PathStep, SourcePlan, TablePlan};

/// What is read of a file.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    /// The source's format, for files whose name does not tell.
    pub format: &'a Format,
    /// What is decoded.
    pub columns: &'a [Column],
    /// Where the key comes from.
    pub key: &'a KeyPlan,
    /// Whether it is a table: a null value deletes its key.
    pub is_table: bool,
    /// By column the bounds within which a record lies if the column is needed of it ([`twin_plan::needs`]). Of other
    /// records it may be left out and be absent. Where nothing is said all is needed.
    pub needs: &'a [Vec<Bound>],
}

impl<'a> Reading<'a> {
    /// What a source reads.
    pub fn of_source(source: &'a SourcePlan) -> Reading<'a> {
        Reading {
            format: &source.format,
            columns: &source.columns,
            key: &source.key,
            is_table: false,
            needs: &[],
        }
    }

    /// What a table reads.
    pub fn of_table(table: &'a TablePlan) -> Reading<'a> {
        Reading {
            format: &table.format,
            columns: &table.columns,
            key: &table.key,
            is_table: true,
            needs: &[],
        }
    }

    /// The same where columns may be left out.
    pub fn with_needs(self, needs: &'a [Vec<Bound>]) -> Reading<'a> {
        Reading { needs, ..self }
    }

    pub(super) fn null_value(&self) -> NullValue {
        if self.is_table { NullValue::Deletes(self.key_column()) } else { NullValue::Refused }
    }

    /// The column that is the key, if one is.
    pub(super) fn key_column(&self) -> Option<u32> {
        match self.key {
            KeyPlan::Column(column) => Some(*column),
            KeyPlan::Expr(_) | KeyPlan::File | KeyPlan::Record => None,
        }
    }

    /// Whether the program reads a field `value` that is an object itself: then no file is one of envelopes.
    pub(super) fn reads_value_itself(&self) -> bool {
        self.columns.iter().any(
            |column| matches!(column.path.as_slice(), [PathStep::Name(first), _, ..] if first == "value"),
        )
    }
}

/// Files read as one log.
struct FileReader {
    paths: Vec<PathBuf>,
    reading: OwnedReading,
    /// So many decode a text file.
    threads: usize,
    part: Box<dyn Part>,
    /// Which file `part` is.
    at: usize,
    /// The offset of the next record.
    offset: u64,
    /// Bytes of the files before this one.
    done_before: u64,
    total: Option<u64>,
    name: String,
    /// The mark of the file being read, once enough of it was read for it to stay.
    mark: Option<u64>,
}

/// In place of a place: the file ended with damage that was told.
const SPOILT: u64 = u64::MAX;

/// What the reader keeps to open the next file.
struct OwnedReading {
    format: Format,
    columns: Vec<Column>,
    key: KeyPlan,
    is_table: bool,
    needs: Vec<Vec<Bound>>,
}

impl OwnedReading {
    fn borrow(&self) -> Reading<'_> {
        let OwnedReading { format, columns, key, is_table, needs } = self;
        Reading { format, columns, key, is_table: *is_table, needs }
    }
}

/// Opens files as one partition of a log, read in the order given.
///
/// Every file is opened once before anything is read, so that a mistake in the last shows at the start.
pub fn open_files(paths: &[PathBuf], reading: &Reading<'_>) -> Result<Box<dyn RecordReader>, LogError> {
    open_files_with(paths, reading, 1)
}

/// The same, where so many threads may decode. Whatever their number, the same is read.
///
/// Text is shared out among them; with one, whoever reads decodes.
pub fn open_files_with(
    paths: &[PathBuf],
    reading: &Reading<'_>,
    threads: usize,
) -> Result<Box<dyn RecordReader>, LogError> {
    let Some(first) = paths.first() else {
        let what = "no file is named".to_string();
        return Err(LogError::Format { name: "input".to_string(), what });
    };
    for path in paths.iter().skip(1) {
        open_part(path, reading, 1)?;
    }
    let part = open_part(first, reading, threads)?;
    let bytes: Option<Vec<u64>> = paths.iter().map(|p| super::input::file_bytes(p)).collect();
    let reading = OwnedReading {
        format: reading.format.clone(),
        columns: reading.columns.to_vec(),
        key: reading.key.clone(),
        is_table: reading.is_table,
        needs: reading.needs.to_vec(),
    };
    Ok(Box::new(FileReader {
        name: paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join("+"),
        paths: paths.to_vec(),
        reading,
        threads,
        part,
        at: 0,
        offset: 0,
        done_before: 0,
        total: bytes.map(|b| b.iter().sum()),
        mark: None,
    }))
}

fn open_part(path: &Path, reading: &Reading<'_>, threads: usize) -> Result<Box<dyn Part>, LogError> {
    let by_format = match reading.format {
        Format::Json => FileKind::JsonLines,
        Format::Csv { .. } => FileKind::Csv,
        Format::Avro => FileKind::Avro,
        Format::Protobuf => {
            return Err(format_error(
                path,
                "records of Protobuf in files are not read; name a .jsonl or .parquet file",
            ));
        }
    };
    let (kind, compression) = kind_of(path);
    let kind = kind.unwrap_or(by_format);
    if compression != Compression::Plain && !kind.is_text() {
        let name = kind.name();
        return Err(format_error(
            path,
            format!("{name} is compressed inside and is not read through more; unpack it"),
        ));
    }
    match kind {
        kind @ (FileKind::JsonLines | FileKind::Csv) => {
            Ok(Box::new(TextPart::open(path, kind, reading, threads, Sizes::default())?))
        }
        FileKind::Parquet => Ok(part_or_empty(super::parquet::open(path, reading)?)),
        FileKind::Arrow => Ok(part_or_empty(super::arrow::open(path, reading)?)),
        FileKind::Avro => Ok(part_or_empty(super::avro::open(path, reading)?)),
    }
}

/// A file of no bytes is fine and holds no records, whatever its format.
fn part_or_empty<P: Part + 'static>(part: Option<P>) -> Box<dyn Part> {
    match part {
        Some(part) => Box::new(part),
        None => Box::new(EmptyPart),
    }
}

impl FileReader {
    /// Opens the next file; false when there is none.
    fn next_part(&mut self) -> Result<bool, LogError> {
        let Some(path) = self.paths.get(self.at + 1) else { return Ok(false) };
        self.done_before += self.part.progress().total.unwrap_or(0);
        self.part = open_part(path, &self.reading.borrow(), self.threads)?;
        self.at += 1;
        self.mark = None;
        Ok(true)
    }

    fn mark_file(&self, chunk: &mut Chunk) {
        if !matches!(self.reading.key, KeyPlan::File) {
            return;
        }
        let name = bare_name(&self.paths[self.at]);
        let is_marked = chunk.files.last().is_some_and(|mark| chunk.batch.text(mark.name) == name.as_bytes());
        if !is_marked {
            let mark = FileMark { row: chunk.batch.rows as u32, name: chunk.batch.add_text(name.as_bytes()) };
            chunk.files.push(mark);
        }
    }

    /// The file, the place in it, the next offset, and a mark of the file.
    fn position(&mut self, is_over: bool) -> Result<Position, LogError> {
        let place = if is_over && self.part.is_spoilt() { SPOILT } else { self.part.place() };
        let mark = match self.mark {
            Some(mark) => mark,
            None => mark_of(&self.paths[self.at], place)?,
        };
        self.mark = (place >= MARKED_BYTES).then_some(mark);
        let fields = [self.at as u64, place, self.offset, mark];
        Ok(Position(fields.iter().flat_map(|f| f.to_le_bytes()).collect()))
    }
}

impl RecordReader for FileReader {
    fn read(&mut self, chunk: &mut Chunk, rows: usize) -> Result<bool, LogError> {
        self.mark_file(chunk);
        let rejects_before = chunk.rejects.len();
        let mut has_more = self.part.read(chunk, rows, &mut self.offset)?;
        if matches!(self.reading.key, KeyPlan::File) {
            // Where the file is the key, it is known of whatever stands in it.
            let name = bare_name(&self.paths[self.at]);
            chunk.rejects[rejects_before..].iter_mut().for_each(|reject| reject.key = Some(name.to_string()));
        }
        if !has_more {
            has_more = self.next_part()?;
        }
        chunk.next = self.position(!has_more)?;
        Ok(has_more)
    }

    fn seek(&mut self, position: &Position) -> Result<(), LogError> {
        // The empty position is the beginning.
        if position.0.is_empty() {
            return Ok(());
        }
        let fields: Vec<u64> = position
            .0
            .chunks_exact(8)
            .map(|c| u64::from_le_bytes(c.try_into().expect("eight bytes")))
            .collect();
        let &[at, place, offset, mark] = fields.as_slice() else {
            return Err(LogError::Position {
                name: self.name.clone(),
                what: "it is not one of a file".to_string(),
            });
        };
        let at = at as usize;
        let Some(path) = self.paths.get(at) else {
            let what = format!("it stood in file {}, and there are {}", at + 1, self.paths.len());
            return Err(LogError::Position { name: self.name.clone(), what });
        };
        if mark_of(path, place)? != mark {
            return Err(position_error(path, "it is another file than the one that was read"));
        }
        self.part = match place {
            SPOILT => Box::new(EmptyPart),
            _ => open_part(path, &self.reading.borrow(), self.threads)?,
        };
        self.part.seek(place)?;
        self.done_before = self.paths[..at].iter().filter_map(|p| super::input::file_bytes(p)).sum();
        (self.at, self.offset, self.mark) = (at, offset, None);
        Ok(())
    }

    fn progress(&self) -> Progress {
        Progress { done: self.done_before + self.part.progress().done, total: self.total }
    }

    fn works_ahead(&self) -> bool {
        self.part.works_ahead()
    }

    fn name(&self) -> &str {
        &self.name
    }
}
