//! Cutting a stream of bytes into records, with bounded memory.
//!
//! Records are handed over one by one, or by blocks that others decode. Both read the stream in the same steps, so a
//! stream that is damaged somewhere gives the same records either way.

use crate::decode::csv::{self, RecordEnd};
use memchr::{memchr, memchr_iter};
use std::io::{self, Read};

/// A record may have so many bytes: four times what Kafka takes unless told otherwise.
///
/// A longer one is set aside as too large, and reading goes on at the next line.
pub const RECORD_BYTES_MAX: usize = 4 << 20;

/// How records are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// One a line.
    Lines,
    /// One a line, but for line ends in quotes.
    Csv(u8),
}

/// How much is held of a stream.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Bytes of a buffer. It grows while a single record is longer.
    pub buffer: usize,
    /// Bytes that a record may have.
    pub record: usize,
}

impl Default for Sizes {
    fn default() -> Sizes {
        Sizes { buffer: 256 << 10, record: RECORD_BYTES_MAX }
    }
}

/// A stream of records.
pub(crate) struct Records {
    input: Box<dyn Read + Send>,
    cut: Cut,
    sizes: Sizes,
    buffer: Vec<u8>,
    /// The first byte of the buffer that no record has taken, and the first behind what was read.
    start: usize,
    end: usize,
    /// Bytes of the stream before `start`.
    taken: u64,
    is_over: bool,
    /// Whether what comes next belongs to a record that was too large, up to the end of its line.
    is_behind_too_large: bool,
    /// The beginning of that record.
    beginning: Vec<u8>,
}

/// A record, or what stands in for one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Record<'a> {
    pub kind: Kind,
    pub bytes: &'a [u8],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A record, with its line end.
    Whole,
    /// A record that is too large, by its beginning.
    TooLarge,
    /// A quote that is not closed; reading goes on behind its first line, which this is.
    OpenQuote,
}

impl Record<'_> {
    /// Blank lines are no records.
    #[inline]
    pub fn is_blank(&self) -> bool {
        self.kind == Kind::Whole && self.bytes.iter().all(u8::is_ascii_whitespace)
    }
}

/// Records that follow one another in a buffer, blank lines left out.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pieces: Vec<Piece>,
    /// Bytes of the stream before the buffer, and before what follows the block.
    before: u64,
    end: u64,
}

/// A record of a block, by its place in the buffer.
#[derive(Clone, Copy, Debug)]
struct Piece {
    kind: Kind,
    start: u32,
    end: u32,
}

impl Block {
    /// How many records it has.
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Takes its records out.
    pub fn clear(&mut self) {
        self.pieces.clear();
    }

    /// One of them; `buffer` is the block's.
    #[inline]
    pub fn record<'a>(&self, at: usize, buffer: &'a [u8]) -> Record<'a> {
        let Piece { kind, start, end } = self.pieces[at];
        Record { kind, bytes: &buffer[start as usize..end as usize] }
    }

    /// Bytes of the stream behind which reading goes on when the first `count` of them are taken.
    pub fn place_behind(&self, count: usize) -> u64 {
        self.pieces.get(count).map_or(self.end, |next| self.before + u64::from(next.start))
    }

    /// Makes them the lines of a buffer, all of which are ended; `before` bytes of the stream lie before it.
    pub fn set_lines(&mut self, buffer: &[u8], before: u64, record_max: usize) {
        (self.before, self.end) = (before, before + buffer.len() as u64);
        self.pieces.clear();
        let mut start = 0;
        for line_end in memchr_iter(b'\n', buffer) {
            let end = line_end + 1;
            let kind = if end - start > record_max { Kind::TooLarge } else { Kind::Whole };
            self.add(kind, start, end.min(start + record_max), buffer);
            start = end;
        }
    }

    /// Adds a record, if it is one.
    fn add(&mut self, kind: Kind, start: usize, end: usize, buffer: &[u8]) {
        let shown = if kind == Kind::TooLarge { end.min(start + SHOWN) } else { end };
        if !(Record { kind, bytes: &buffer[start..end] }).is_blank() {
            self.pieces.push(Piece { kind, start: start as u32, end: shown as u32 });
        }
    }
}

impl Records {
    /// `taken` bytes of the stream lie before the input's next one.
    pub fn new(input: Box<dyn Read + Send>, cut: Cut, taken: u64, sizes: Sizes) -> Records {
        Records {
            input,
            cut,
            sizes,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            taken,
            is_over: false,
            is_behind_too_large: false,
            beginning: Vec::new(),
        }
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
    #[inline]
    pub fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        let Some((end, kind)) = self.find_next()? else { return Ok(None) };
        let start = self.start;
        self.take(end - start);
        if kind == Kind::TooLarge {
            return Ok(Some(self.set_too_large_aside(start, end)));
        }
        Ok(Some(Record { kind, bytes: &self.buffer[start..end] }))
    }

    /// The records that are in the buffer, but for one that is not complete; more is read where there is none.
    /// `false`: there is nothing more. After an error it is as with [`Records::next`].
    ///
    /// The stream is read straight into `buffer`, which stays with whoever decodes; only what is left of it comes back.
    pub fn next_block(&mut self, block: &mut Block, buffer: &mut Vec<u8>) -> io::Result<bool> {
        block.pieces.clear();
        self.hand_over(buffer);
        let found = self.find_next();
        block.before = self.taken - self.start as u64;
        block.end = self.taken;
        let mut next = found?;
        if next.is_none() {
            return Ok(false);
        }
        while let Some((end, kind)) = next {
            let start = self.start;
            self.take(end - start);
            block.add(kind, start, end, &self.buffer);
            self.is_behind_too_large = kind == Kind::TooLarge;
            // Reading on to the end of its line would overwrite the buffer.
            next = if self.is_behind_too_large { None } else { self.find_held() };
        }
        self.hand_over(buffer);
        // An error comes again when the next records are asked for.
        let _ = self.skip_too_large();
        block.end = self.taken;
        Ok(true)
    }

    /// The record that comes next, without taking it.
    pub fn peek(&mut self) -> io::Result<&[u8]> {
        let found = self.find_next()?;
        Ok(found.map_or(&[], |(end, _)| &self.buffer[self.start..end]))
    }

    /// Where the next record ends in the buffer, reading as far as it takes.
    #[inline]
    fn find_next(&mut self) -> io::Result<Option<(usize, Kind)>> {
        if self.is_behind_too_large {
            self.skip_too_large()?;
        }
        loop {
            let found = self.find_held();
            if found.is_some() || (!self.fill()? && self.start == self.end) {
                return Ok(found);
            }
        }
    }

    /// Where the next record ends, if what is in the buffer tells.
    ///
    /// Only so many bytes are looked at as a record may have: whether it is too large must not depend on how much
    /// of it happened to be read at once.
    #[inline]
    fn find_held(&self) -> Option<(usize, Kind)> {
        let rest = self.rest();
        let head = &rest[..rest.len().min(self.sizes.record)];
        match self.record_end(head) {
            RecordEnd::Behind(bytes) => Some((self.start + bytes, Kind::Whole)),
            found => self.find_unusual(head, found),
        }
    }

    fn find_unusual(&self, head: &[u8], found: RecordEnd) -> Option<(usize, Kind)> {
        let line = memchr(b'\n', head).map(|at| at + 1);
        let is_too_large = head.len() == self.sizes.record;
        let (bytes, kind) = match (found, line) {
            (RecordEnd::BadQuote, Some(line)) => (line, Kind::OpenQuote),
            _ if head.is_empty() || !(is_too_large || self.is_over) => return None,
            // Only an open quote goes past the end of a line.
            (_, Some(line)) => (line, Kind::OpenQuote),
            (_, None) if is_too_large => (head.len(), Kind::TooLarge),
            (RecordEnd::BadQuote, None) => (head.len(), Kind::OpenQuote),
            (_, None) if self.is_closed(head) => (head.len(), Kind::Whole),
            (_, None) => (head.len(), Kind::OpenQuote),
        };
        Some((self.start + bytes, kind))
    }

    #[inline]
    fn record_end(&self, bytes: &[u8]) -> RecordEnd {
        match self.cut {
            Cut::Lines => memchr(b'\n', bytes).map_or(RecordEnd::Later, |at| RecordEnd::Behind(at + 1)),
            Cut::Csv(separator) => csv::record_end(bytes, separator),
        }
    }

    /// Whether what is left would be a record if only its line ended.
    fn is_closed(&self, rest: &[u8]) -> bool {
        self.cut == Cut::Lines || matches!(self.record_end(&[rest, b"\n"].concat()), RecordEnd::Behind(_))
    }

    /// Keeps the beginning of a record that is too large and reads on to the end of its line.
    fn set_too_large_aside(&mut self, start: usize, end: usize) -> Record<'_> {
        self.beginning.clear();
        self.beginning.extend_from_slice(&self.buffer[start..end.min(start + SHOWN)]);
        self.is_behind_too_large = true;
        // An error comes again when the next record is asked for.
        let _ = self.skip_too_large();
        Record { kind: Kind::TooLarge, bytes: &self.beginning }
    }

    fn skip_too_large(&mut self) -> io::Result<()> {
        while self.is_behind_too_large {
            let line = memchr(b'\n', self.rest()).map(|at| at + 1);
            self.take(line.unwrap_or(self.end - self.start));
            self.is_behind_too_large = line.is_none() && self.fill()?;
        }
        Ok(())
    }

    #[inline]
    fn take(&mut self, bytes: usize) {
        self.start += bytes;
        self.taken += bytes as u64;
    }

    /// Puts another buffer in the place of this one; it gets what no record has taken.
    fn hand_over(&mut self, other: &mut Vec<u8>) {
        let rest = self.end - self.start;
        if other.len() < rest {
            other.resize(rest, 0);
        }
        other[..rest].copy_from_slice(self.rest());
        std::mem::swap(&mut self.buffer, other);
        (self.start, self.end) = (0, rest);
    }

    /// Reads more behind what no record has taken; false at the end of the stream.
    fn fill(&mut self) -> io::Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        self.buffer.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        let mut bytes = self.sizes.buffer;
        while bytes <= self.end {
            bytes *= 2;
        }
        self.buffer.resize(bytes, 0);
        let count = read_some(&mut self.input, &mut self.buffer[self.end..])?;
        self.end += count;
        self.is_over = count == 0;
        Ok(count > 0)
    }
}

/// So many bytes are kept of a record that is too large.
const SHOWN: usize = 1024;

fn read_some(input: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match input.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}
