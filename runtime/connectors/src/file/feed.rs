//! Where threads get their blocks from: a text that is cut from its beginning to its end.

use super::decoded::{COUNTED, Decoded};
use super::decoder::set_damage_aside;
use super::input::{Counted, io_error, is_damage};
use super::records::{Cut, Records, Sizes};
use super::stretches::Stretches;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use twin_engine::LogError;

/// See above.
pub(super) struct Feed {
    path: PathBuf,
    /// The text, or what is left of it behind the stretches.
    records: Records,
    stretches: Option<Stretches>,
    sizes: Sizes,
    /// Bytes of the file that were read.
    count: Arc<AtomicU64>,
    /// The number of the next block.
    number: u64,
    is_over: bool,
}

/// What follows a block.
#[derive(Debug, Default)]
pub(super) enum End {
    /// The next one.
    #[default]
    Open,
    /// Nothing.
    Over,
    /// Damage, which was told.
    Spoilt,
    /// The file cannot be read.
    Failed(LogError),
}

/// A block that a thread has taken.
pub(super) struct Taken {
    pub number: u64,
    /// Where it lies in the file, if the thread is to read it itself.
    pub stretch: Option<Range<u64>>,
}

impl Feed {
    /// The records of a file.
    pub fn new(path: &Path, records: Records, sizes: Sizes, count: &Arc<AtomicU64>) -> Feed {
        let (path, count) = (path.to_path_buf(), count.clone());
        Feed { path, records, stretches: None, sizes, count, number: 0, is_over: false }
    }

    /// The same where threads read lines themselves.
    pub fn in_stretches(self, file: std::fs::File) -> Feed {
        let stretches = Some(Stretches::new(file, self.records.taken(), self.sizes));
        Feed { stretches, ..self }
    }

    /// How many blocks were given.
    #[cfg(test)]
    pub fn blocks(&self) -> u64 {
        self.number
    }

    /// Gives the next block and its number; `None`: there is none. What is no stretch is cut already and lies in
    /// `buffer`.
    pub fn next_block(&mut self, decoded: &mut Decoded, buffer: &mut Vec<u8>) -> Option<Taken> {
        if self.is_over {
            return None;
        }
        decoded.begin();
        let (end, stretch) = match self.cut(decoded, buffer) {
            Ok(Next::Stretch(stretch)) => (End::Open, Some(stretch)),
            Ok(Next::Block) => (End::Open, None),
            Ok(Next::Nothing) => (End::Over, None),
            Err(error) if is_damage(&error) => {
                set_damage_aside(&self.path, &error, &self.records, &mut decoded.chunk, COUNTED);
                (End::Spoilt, None)
            }
            Err(error) => (End::Failed(io_error(&self.path, error)), None),
        };
        decoded.end = end;
        self.is_over = !matches!(decoded.end, End::Open);
        let number = self.number;
        self.number += 1;
        Some(Taken { number, stretch })
    }

    fn cut(&mut self, decoded: &mut Decoded, buffer: &mut Vec<u8>) -> io::Result<Next> {
        if let Some(stretches) = &mut self.stretches {
            if let Some(stretch) = stretches.next()? {
                self.count.store(stretch.end, Ordering::Relaxed);
                return Ok(Next::Stretch(stretch));
            }
            self.leave_stretches()?;
        }
        let is_block = self.records.next_block(&mut decoded.block, buffer)?;
        Ok(if is_block { Next::Block } else { Next::Nothing })
    }

    /// What is left is cut record by record.
    fn leave_stretches(&mut self) -> io::Result<()> {
        let Some(stretches) = self.stretches.take() else { return Ok(()) };
        let at = stretches.at();
        if at > self.records.taken() {
            let rest = Counted::rest(stretches.into_rest()?, &self.count);
            self.records = Records::new(Box::new(rest), Cut::Lines, at, self.sizes);
        }
        Ok(())
    }
}

/// What comes next of a text.
enum Next {
    /// A block to be read and cut.
    Stretch(Range<u64>),
    /// A block that is cut.
    Block,
    Nothing,
}
