//! Separated values: one record's text to words.
//!
//! Records without quotes, nearly all of them, are cut at their separators; those with quotes go through `csv-core`.
//! A text of the list `absent`, and the empty one, quoted or not, is a missing value.

use super::row::{Columns, Row};
use super::trouble::{Refusal, Trouble};
use csv_core::ReadRecordResult;
use memchr::memchr;
use twin_engine::{Chunk, flat_name};
use twin_plan::{Column, PathStep};

/// Decodes records of separated values.
#[derive(Debug)]
pub struct CsvDecoder {
    columns: Columns,
    /// Which field of a record goes to which column, by field.
    wanted: Vec<(usize, u32)>,
    /// How many fields the header names; records of unnamed columns may be of any width.
    width: Option<usize>,
    separator: u8,
    absent: Vec<Box<[u8]>>,
    row: Row,
    splitter: Splitter,
}

/// Takes a record with quotes apart.
struct Splitter {
    reader: csv_core::Reader,
    text: Vec<u8>,
    ends: Vec<usize>,
}

impl std::fmt::Debug for Splitter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Splitter")
    }
}

impl CsvDecoder {
    /// For records whose columns are known by number only.
    pub fn without_header(
        columns: &[Column],
        separator: u8,
        absent: &[String],
    ) -> Result<CsvDecoder, String> {
        CsvDecoder::new(columns, None, separator, absent)
    }

    /// For records below a header; `header` is its text.
    ///
    /// Errors in words when a required column is not among its names. Spaces around names do not count; of equal
    /// names the last is read.
    pub fn with_header(
        columns: &[Column],
        header: &[u8],
        separator: u8,
        absent: &[String],
    ) -> Result<CsvDecoder, String> {
        let mut names = Vec::new();
        Splitter::new(separator).each(header, separator, |_, name| {
            names.push(String::from_utf8_lossy(name.trim_ascii()).into_owned());
        });
        CsvDecoder::new(columns, Some(&names), separator, absent)
    }

    fn new(
        columns: &[Column],
        names: Option<&[String]>,
        separator: u8,
        absent: &[String],
    ) -> Result<CsvDecoder, String> {
        let mut wanted = Vec::new();
        for (column, number) in columns.iter().zip(0..) {
            match place(column, names) {
                Some(field) => wanted.push((field, number)),
                None if column.is_required && column.default.is_none() => {
                    return Err(no_such_column(column, names.unwrap_or_default()));
                }
                None => {}
            }
        }
        wanted.sort_unstable();
        Ok(CsvDecoder {
            columns: Columns::new(columns)?,
            wanted,
            width: names.map(<[String]>::len),
            separator,
            absent: absent.iter().map(|t| t.as_bytes().into()).collect(),
            row: Row::new(columns.len()),
            splitter: Splitter::new(separator),
        })
    }

    /// The column that is the key; it is told of records that are refused.
    pub fn with_key(mut self, key: Option<u32>) -> CsvDecoder {
        self.columns.key = key;
        self
    }

    /// Adds a record to a chunk, or says why not. The chunk has a column for each of the decoder's.
    pub fn decode(&mut self, record: &[u8], chunk: &mut Chunk) -> Result<(), Refusal> {
        let texts_before = chunk.batch.texts.len();
        let done = self.scan(record, chunk).and_then(|()| {
            let row = &mut self.row;
            row.commit(&self.columns, record, chunk)
        });
        if done.is_err() {
            chunk.batch.texts.truncate(texts_before);
        }
        done
    }

    fn scan(&mut self, record: &[u8], chunk: &mut Chunk) -> Result<(), Refusal> {
        if let Err(error) = std::str::from_utf8(record) {
            let detail = format!("bytes that are no UTF-8 at byte {}", error.valid_up_to() + 1);
            return Err(Refusal::undecodable(detail));
        }
        self.row.begin();
        let CsvDecoder { columns, wanted, row, splitter, absent, .. } = self;
        let mut wanted = wanted.iter().peekable();
        let mut last_present = 0;
        let origin = record.as_ptr() as usize;
        let width = splitter.each(record, self.separator, |field, value| {
            if !value.is_empty() {
                last_present = field + 1;
            }
            while let Some((_, column)) = wanted.next_if(|(place, _)| *place == field) {
                let column = *column as usize;
                let taken = if value.is_empty() || absent.iter().any(|a| **a == *value) {
                    Err(Trouble::Missing)
                } else {
                    columns.targets[column].untyped(value, &mut chunk.batch)
                };
                // Where the value was cut out of the record; a value that was quoted has no place there.
                let start = (value.as_ptr() as usize).wrapping_sub(origin);
                row.set(column, taken, (start, start.wrapping_add(value.len())));
            }
        });
        match self.width {
            Some(named) if width > named && last_present > named => {
                let detail = format!("the record has {width} values, but the header names {named}");
                Err(Refusal::undecodable(detail))
            }
            _ => Ok(()),
        }
    }
}

/// The field of a column.
fn place(column: &Column, names: Option<&[String]>) -> Option<usize> {
    if let [PathStep::Column(number)] = column.path.as_slice() {
        return Some((*number as usize).saturating_sub(1));
    }
    let names = names?;
    let flat = flat_name(&column.path);
    names.iter().rposition(|name| *name == flat)
}

fn no_such_column(column: &Column, names: &[String]) -> String {
    let wanted = flat_name(&column.path);
    if names.is_empty() {
        return format!("field `{}` has a name, but the file has no header: number its columns", column.name);
    }
    format!("there is no column `{wanted}`, which field `{}` needs; there are {}", column.name, listed(names))
}

/// Names for a message, not too many of them.
pub(crate) fn listed<T: AsRef<str>>(names: &[T]) -> String {
    const SHOWN: usize = 30;
    let mut texts: Vec<String> = names.iter().take(SHOWN).map(|n| format!("`{}`", n.as_ref())).collect();
    if names.len() > SHOWN {
        texts.push(format!("and {} more", names.len() - SHOWN));
    }
    texts.join(", ")
}

impl Splitter {
    fn new(separator: u8) -> Splitter {
        let reader = csv_core::ReaderBuilder::new().delimiter(separator).build();
        Splitter { reader, text: Vec::new(), ends: Vec::new() }
    }

    /// Calls for every field in turn; gives their number.
    #[inline]
    fn each<'a>(&'a mut self, record: &'a [u8], separator: u8, mut call: impl FnMut(usize, &[u8])) -> usize {
        let record = trim_line_end(record);
        if memchr(b'"', record).is_some() {
            return self.each_quoted(record, call);
        }
        let (mut field, mut start) = (0, 0);
        loop {
            // Values are short: looking byte by byte beats a search that has to start anew each time.
            let rest = &record[start..];
            let bytes = rest.iter().position(|b| *b == separator).unwrap_or(rest.len());
            call(field, &rest[..bytes]);
            field += 1;
            start += bytes + 1;
            if start > record.len() {
                return field;
            }
        }
    }

    fn each_quoted(&mut self, record: &[u8], mut call: impl FnMut(usize, &[u8])) -> usize {
        // No field is longer than the record, and there is at most one more than bytes.
        self.text.resize(record.len() + 1, 0);
        self.ends.resize(record.len() + 2, 0);
        self.reader.reset();
        let (mut read, mut written, mut fields) = (0, 0, 0);
        loop {
            let (result, taken, put, ended) =
                self.reader.read_record(&record[read..], &mut self.text[written..], &mut self.ends[fields..]);
            (read, written, fields) = (read + taken, written + put, fields + ended);
            // An empty rest tells csv-core that the record is over.
            if !matches!(result, ReadRecordResult::InputEmpty) {
                break;
            }
        }
        let mut start = 0;
        for (field, end) in self.ends[..fields].iter().enumerate() {
            call(field, self.text.get(start..*end).unwrap_or_default());
            start = *end;
        }
        fields
    }
}

fn trim_line_end(record: &[u8]) -> &[u8] {
    let record = record.strip_suffix(b"\n").unwrap_or(record);
    record.strip_suffix(b"\r").unwrap_or(record)
}

/// Where a record ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RecordEnd {
    /// Behind so many bytes, its line end included.
    Behind(usize),
    /// That is not to be seen yet.
    Later,
    /// Something stands behind a closing quote, so the quotes are not what they seem.
    BadQuote,
}

/// Where the record at the start of `bytes` ends.
///
/// Line ends inside of quotes belong to the value. A quote counts only at the start of a value, and blanks may
/// follow the closing one.
pub(crate) fn record_end(bytes: &[u8], separator: u8) -> RecordEnd {
    let line = memchr(b'\n', bytes).map(|at| at + 1);
    let head = &bytes[..line.unwrap_or(bytes.len())];
    if memchr(b'"', head).is_none() {
        return line.map_or(RecordEnd::Later, RecordEnd::Behind);
    }
    let mut at = 0;
    loop {
        // A value begins here.
        if bytes.get(at) == Some(&b'"') {
            let Some(closed) = closing_quote(bytes, at + 1) else { return RecordEnd::Later };
            let blanks = bytes[closed..].iter().take_while(|b| matches!(b, b' ' | b'\r')).count();
            at = closed + blanks;
            if bytes.get(at).is_some_and(|b| *b != separator && *b != b'\n' && separator != b' ') {
                return RecordEnd::BadQuote;
            }
        }
        let rest = bytes.get(at..).unwrap_or_default();
        match memchr::memchr2(separator, b'\n', rest) {
            Some(found) if rest[found] == b'\n' => return RecordEnd::Behind(at + found + 1),
            Some(found) => at += found + 1,
            None => return RecordEnd::Later,
        }
    }
}

/// The place behind the closing quote; two quotes are one in the value.
fn closing_quote(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start;
    loop {
        at += memchr(b'"', bytes.get(at..)?)? + 1;
        if bytes.get(at) != Some(&b'"') {
            return Some(at);
        }
        at += 1;
    }
}
