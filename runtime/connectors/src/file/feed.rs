//! Where threads get their blocks from: a text that is cut from its beginning to its end.

use super::decoded::Decoded;
use super::decoder::set_damage_aside;
use super::input::{io_error, is_damage};
use super::records::Records;
use std::path::{Path, PathBuf};
use twin_engine::LogError;

/// See above.
pub(super) struct Feed {
    path: PathBuf,
    records: Records,
    /// The number of the next block, and of its first record.
    number: u64,
    offset: u64,
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

impl Feed {
    /// The records of a file, the first of which has this number.
    pub fn new(path: &Path, records: Records, offset: u64) -> Feed {
        Feed { path: path.to_path_buf(), records, number: 0, offset, is_over: false }
    }

    /// The number of the next record.
    #[cfg(test)]
    pub fn taken(&self) -> u64 {
        self.offset
    }

    /// Cuts the next block, whose records then lie in `buffer`, and gives its number; `None`: there is none.
    pub fn next_block(&mut self, decoded: &mut Decoded, buffer: &mut Vec<u8>) -> Option<u64> {
        if self.is_over {
            return None;
        }
        decoded.begin(self.offset);
        match self.records.next_block(&mut decoded.block, buffer) {
            Ok(true) => {}
            Ok(false) => decoded.end = End::Over,
            Err(error) if is_damage(&error) => {
                set_damage_aside(&self.path, &error, &self.records, &mut decoded.chunk, self.offset);
                decoded.end = End::Spoilt;
            }
            Err(error) => decoded.end = End::Failed(io_error(&self.path, error)),
        }
        self.is_over = !matches!(decoded.end, End::Open);
        let number = self.number;
        self.number += 1;
        self.offset += decoded.block.len() as u64;
        Some(number)
    }
}
