//! A walk over the messages of an Arrow file before any is decoded.
//!
//! The library takes the sizes that messages tell for granted and makes room for them, however large. So every
//! size is compared with what the file has first; behind the last sound message the file is over.

use crate::file::input::Counted;
use arrow::ipc::{Message, MessageHeader, RecordBatch, root_as_message};
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// How far a file is sound.
pub(super) struct Sound {
    /// The byte behind the last sound message.
    pub end: u64,
    /// Why what follows is not, where something does.
    pub damage: Option<String>,
}

/// In front of a message's length.
const CONTINUATION: u32 = 0xffff_ffff;
/// A batch may have so many bytes, unpacked.
const BATCH_BYTES_MAX: u64 = 4 << 30;
/// Columns of nothing but null take no bytes; there may be so many rows of them.
const EMPTY_ROWS_MAX: u64 = 1 << 24;

/// Walks over the messages from `start`; the file has so many bytes.
pub(super) fn walk(input: &mut BufReader<Counted>, start: u64, bytes: u64) -> io::Result<Sound> {
    let mut at = start;
    input.seek(SeekFrom::Start(at))?;
    loop {
        match next(input, at, bytes) {
            Ok(Some(end)) => at = end,
            Ok(None) => return Ok(Sound { end: at, damage: None }),
            Err(Wrong::Bytes(what)) => return Ok(Sound { end: at, damage: Some(what) }),
            Err(Wrong::System(error)) => return Err(error),
        }
    }
}

enum Wrong {
    Bytes(String),
    System(io::Error),
}

impl From<io::Error> for Wrong {
    fn from(error: io::Error) -> Wrong {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Wrong::Bytes(CUT_OFF.to_string()),
            _ => Wrong::System(error),
        }
    }
}

const CUT_OFF: &str = "the file was cut off in the middle of a message";

fn wrong<T>(what: &str) -> Result<T, Wrong> {
    Err(Wrong::Bytes(what.to_string()))
}

/// Looks at the message at a place; gives the place behind it, `None` at the end of the stream.
fn next(input: &mut BufReader<Counted>, at: u64, bytes: u64) -> Result<Option<u64>, Wrong> {
    if at >= bytes {
        return Ok(None);
    }
    let (mut length, mut head) = (word(input)?, 4);
    if length == CONTINUATION {
        (length, head) = (word(input)?, 8);
    }
    if length == 0 {
        return Ok(None);
    }
    let body = at + head + u64::from(length);
    if body > bytes {
        return wrong(CUT_OFF);
    }
    let mut metadata = vec![0; length as usize];
    input.read_exact(&mut metadata)?;
    let message = root_as_message(&metadata);
    let Ok(message) = message else { return wrong("a message makes no sense") };
    let size = u64::try_from(message.bodyLength()).unwrap_or(u64::MAX);
    let Some(end) = body.checked_add(size) else { return wrong("a message tells an impossible size") };
    if end > bytes {
        return wrong(CUT_OFF);
    }
    check(input, &message, body, size)?;
    input.seek(SeekFrom::Start(end))?;
    Ok(Some(end))
}

fn word(input: &mut impl Read) -> io::Result<u32> {
    let mut bytes = [0; 4];
    input.read_exact(&mut bytes)?;
    Ok(u32::from_le_bytes(bytes))
}

fn check(input: &mut BufReader<Counted>, message: &Message<'_>, body: u64, size: u64) -> Result<(), Wrong> {
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => message.header_as_dictionary_batch().and_then(|d| d.data()),
        _ => return Ok(()),
    };
    let Some(batch) = batch else { return wrong("a message makes no sense") };
    let unpacked = unpacked_bytes(input, &batch, body, size)?;
    if unpacked > BATCH_BYTES_MAX {
        return wrong("a batch tells a size that it cannot have");
    }
    let rows = u64::try_from(batch.length()).unwrap_or(u64::MAX);
    if rows > (unpacked.saturating_mul(8)).max(EMPTY_ROWS_MAX) {
        return wrong("a batch tells more rows than it can have");
    }
    Ok(())
}

/// How large the buffers of a batch are once they are unpacked; in front of a packed one stands what it unpacks to.
fn unpacked_bytes(
    input: &mut BufReader<Counted>,
    batch: &RecordBatch<'_>,
    body: u64,
    size: u64,
) -> Result<u64, Wrong> {
    let mut total = 0u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let (offset, length) = (buffer.offset(), buffer.length());
        let (Ok(offset), Ok(length)) = (u64::try_from(offset), u64::try_from(length)) else {
            return wrong("a buffer lies outside of its message");
        };
        if offset.checked_add(length).is_none_or(|end| end > size) {
            return wrong("a buffer lies outside of its message");
        }
        let mut unpacked = length;
        if batch.compression().is_some() && length >= 8 {
            input.seek(SeekFrom::Start(body + offset))?;
            let mut told = [0; 8];
            input.read_exact(&mut told)?;
            // -1: this one is not packed.
            unpacked = u64::try_from(i64::from_le_bytes(told)).unwrap_or(length);
        }
        total = total.saturating_add(unpacked);
    }
    Ok(total)
}
