//! A file of no bytes.

use super::part::Part;
use twin_engine::{Chunk, LogError, Progress};

/// Nothing.
pub(super) struct EmptyPart;

impl Part for EmptyPart {
    fn read(&mut self, _chunk: &mut Chunk, _rows: usize, _offset: &mut u64) -> Result<bool, LogError> {
        Ok(false)
    }

    fn place(&self) -> u64 {
        0
    }

    fn seek(&mut self, _place: u64) -> Result<(), LogError> {
        Ok(())
    }

    fn is_spoilt(&self) -> bool {
        false
    }

    fn progress(&self) -> Progress {
        Progress { done: 0, total: Some(0) }
    }
}
