//! One file of a log.

use twin_engine::{Chunk, LogError, Progress};

/// A file that is read from beginning to end.
pub(crate) trait Part: Send {
    /// Appends at most `rows` records to a chunk; `offset` counts records, set aside or not. `false`: it is over.
    ///
    /// [`Chunk::offsets`] gets an offset for every record.
    fn read(&mut self, chunk: &mut Chunk, rows: usize, offset: &mut u64) -> Result<bool, LogError>;

    /// Where it stands: a byte of the (uncompressed) text or a record's number.
    fn place(&self) -> u64;

    /// Goes to a place; nothing was read before.
    fn seek(&mut self, place: u64) -> Result<(), LogError>;

    /// Whether it ended with damage that was told: whoever goes on from there is told nothing more.
    fn is_spoilt(&self) -> bool;

    /// Whether it is read by threads of its own.
    fn works_ahead(&self) -> bool {
        false
    }

    /// How far it is in bytes of the file.
    fn progress(&self) -> Progress;
}
