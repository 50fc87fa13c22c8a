//! Cutting a stream of bytes into records, with bounded memory.

use crate::decode::csv::{self, RecordEnd};
use memchr::memchr;
use std::io::{self, Read};

/// A record may have so many bytes: four times what Kafka takes unless told otherwise.
///
/// A longer one is set aside as too large, and reading goes on at the next line.
pub const RECORD_BYTES_MAX: usize = 4 << 20;

const BUFFER_BYTES: usize = 256 << 10;

/// How records are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// One a line.
    Lines,
    /// One a line, but for line ends in quotes.
    Csv(u8),
}

/// A stream of records.
pub(crate) struct Records {
    input: Box<dyn Read + Send>,
    cut: Cut,
    buffer: Vec<u8>,
    /// The first byte of the buffer that no record has taken, and the first behind what was read.
    start: usize,
    end: usize,
    /// Bytes of the stream before `start`.
    taken: u64,
    is_over: bool,
}

/// What comes next in a stream of records.
#[derive(Debug)]
pub(crate) enum Next<'a> {
    /// A record, with its line end.
    Record(&'a [u8]),
    /// A record that is too large, by its beginning.
    TooLarge(&'a [u8]),
    /// A quote that is not closed; reading goes on behind its first line, which this is.
    OpenQuote(&'a [u8]),
    /// There is nothing more.
    Over,
}

impl Records {
    /// `taken` bytes of the stream lie before the input's next one.
    pub fn new(input: Box<dyn Read + Send>, cut: Cut, taken: u64) -> Records {
        Records { input, cut, buffer: vec![0; BUFFER_BYTES], start: 0, end: 0, taken, is_over: false }
    }

    /// Bytes of the stream before the next record.
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// What was read of a record that is not complete.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    /// Takes the mark off that some editors put before UTF-8 text; gives the other mark, where the text is UTF-16.
    pub fn take_byte_order_mark(&mut self) -> io::Result<Option<&'static str>> {
        while self.rest().len() < 3 && self.fill()? {}
        match self.rest() {
            [0xef, 0xbb, 0xbf, ..] => self.take(3),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Ok(Some("UTF-16")),
            _ => {}
        }
        Ok(None)
    }

    /// The next record. After an error the same call may be made again; it reads on or errs again.
    pub fn next(&mut self) -> io::Result<Next<'_>> {
        let Some((end, kind)) = self.find_next()? else { return Ok(Next::Over) };
        let start = self.start;
        self.take(end - start);
        Ok(match kind {
            Kind::Whole => Next::Record(&self.buffer[start..end]),
            Kind::OpenQuote => Next::OpenQuote(&self.buffer[start..end]),
            Kind::TooLarge => Next::TooLarge(self.skip_line(start, end)?),
        })
    }

    /// The record that comes next, without taking it.
    pub fn peek(&mut self) -> io::Result<&[u8]> {
        let found = self.find_next()?;
        Ok(found.map_or(&[], |(end, _)| &self.buffer[self.start..end]))
    }

    /// Where the next record ends in the buffer.
    fn find_next(&mut self) -> io::Result<Option<(usize, Kind)>> {
        loop {
            match self.record_end(self.rest()) {
                RecordEnd::Behind(bytes) => return Ok(Some((self.start + bytes, Kind::Whole))),
                RecordEnd::BadQuote => return Ok(Some((self.line_end(), Kind::OpenQuote))),
                RecordEnd::Later => {}
            }
            let held = self.end - self.start;
            let is_too_large = held >= RECORD_BYTES_MAX;
            if !is_too_large && self.fill()? {
                continue;
            }
            if held == 0 {
                return Ok(None);
            }
            // Only an open quote goes past the end of a line.
            let end = self.line_end();
            let kind = if end < self.end || !self.is_closed() {
                Kind::OpenQuote
            } else if is_too_large {
                Kind::TooLarge
            } else {
                Kind::Whole
            };
            return Ok(Some((end, kind)));
        }
    }

    fn record_end(&self, bytes: &[u8]) -> RecordEnd {
        match self.cut {
            Cut::Lines => memchr(b'\n', bytes).map_or(RecordEnd::Later, |at| RecordEnd::Behind(at + 1)),
            Cut::Csv(separator) => csv::record_end(bytes, separator),
        }
    }

    /// The end of the line in the buffer, or of the buffer.
    fn line_end(&self) -> usize {
        memchr(b'\n', self.rest()).map_or(self.end, |at| self.start + at + 1)
    }

    /// Whether what is left would be a record if only its line ended.
    fn is_closed(&self) -> bool {
        self.cut == Cut::Lines
            || matches!(self.record_end(&[self.rest(), b"\n"].concat()), RecordEnd::Behind(_))
    }

    /// Reads on behind a record that is too large until its line ends; keeps its beginning in the buffer.
    fn skip_line(&mut self, start: usize, end: usize) -> io::Result<&[u8]> {
        const SHOWN: usize = 1024;
        self.buffer.copy_within(start..(start + SHOWN).min(end), 0);
        let shown = SHOWN.min(end - start);
        loop {
            let count = read_some(&mut self.input, &mut self.buffer[shown..])?;
            let fresh = &self.buffer[shown..shown + count];
            let line = memchr(b'\n', fresh).map(|at| at + 1);
            self.taken += line.unwrap_or(count) as u64;
            (self.start, self.end) = (shown + line.unwrap_or(count), shown + count);
            self.is_over = count == 0;
            if line.is_some() || count == 0 {
                return Ok(&self.buffer[..shown]);
            }
        }
    }

    fn take(&mut self, bytes: usize) {
        self.start += bytes;
        self.taken += bytes as u64;
    }

    /// Reads more into the buffer; false at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        if self.start > 0 && self.end == self.buffer.len() {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() * 2, 0);
        }
        let count = read_some(&mut self.input, &mut self.buffer[self.end..])?;
        self.end += count;
        self.is_over = count == 0;
        Ok(count > 0)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Whole,
    TooLarge,
    OpenQuote,
}

fn read_some(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
