//! A plain file of lines, cut without being read.
//!
//! Only about where a stretch is to end it is looked for the end of a line. So threads seldom wait for each other here, and
//! each reads its own stretch, into memory that is near to it, while others read theirs.

use super::records::{Block, Sizes};
use memchr::memrchr;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// See above.
pub(super) struct Stretches {
    file: File,
    /// Where the next one begins.
    at: u64,
    /// How long they are, about.
    bytes: usize,
    /// The end of one.
    tail: Vec<u8>,
}

/// A line end is looked for in so many bytes, or in a part of a stretch.
const TAIL_MIN: usize = 256;
const TAIL_PART: usize = 16;

impl Stretches {
    /// Those of a file from a place on.
    pub fn new(file: File, at: u64, sizes: Sizes) -> Stretches {
        let bytes = sizes.buffer;
        let tail = vec![0; (bytes / TAIL_PART).max(TAIL_MIN).min(bytes)];
        Stretches { file, at, bytes, tail }
    }

    /// Where the next one begins.
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The next one; `None` at the end of the file, or where a line is too long to be looked through here.
    pub fn next(&mut self) -> io::Result<Option<Range<u64>>> {
        let (start, tail) = (self.at, self.at + (self.bytes - self.tail.len()) as u64);
        self.file.seek(SeekFrom::Start(tail))?;
        match self.file.read_exact(&mut self.tail) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            read => read?,
        }
        let Some(line_end) = memrchr(b'\n', &self.tail) else { return Ok(None) };
        self.at = tail + line_end as u64 + 1;
        Ok(Some(start..self.at))
    }

    /// The rest of the file, for others to cut.
    pub fn into_rest(mut self) -> io::Result<File> {
        self.file.seek(SeekFrom::Start(self.at))?;
        Ok(self.file)
    }
}

/// What each thread reads stretches with.
pub(super) struct StretchReader {
    file: File,
    /// Bytes that a record may have.
    record_max: usize,
}

impl StretchReader {
    /// Of the same file.
    pub fn new(file: File, sizes: Sizes) -> StretchReader {
        StretchReader { file, record_max: sizes.record }
    }

    /// Reads a stretch into a buffer and cuts it into lines.
    pub fn read(&mut self, stretch: Range<u64>, block: &mut Block, buffer: &mut Vec<u8>) -> io::Result<()> {
        // It is never longer than what a stretch is about.
        let bytes = (stretch.end - stretch.start) as usize;
        if buffer.len() < bytes {
            buffer.resize(bytes, 0);
        }
        let lines = &mut buffer[..bytes];
        self.file.seek(SeekFrom::Start(stretch.start))?;
        self.file.read_exact(lines)?;
        block.set_lines(lines, stretch.start, self.record_max);
        Ok(())
    }
}
