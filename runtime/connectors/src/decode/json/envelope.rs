//! Envelopes: a record of a log written out with what surrounded it there.
//!
//! ```json
//! {"key":"car1","value":{"speed":3.5},"timestamp":1567606196000,"partition":0,"offset":17,"headers":{}}
//! ```
//!
//! `timestamp` counts milliseconds. Whether a file holds envelopes is decided by its first record: it does when
//! that is an object with an object in `value` (or null, then with a key) and any of `key`, `timestamp`,
//! `partition`, `offset` beside it.

use super::cursor::Cursor;
use super::tree::{NodeId, Tree};
use crate::decode::row::Row;
use crate::decode::target::Target;
use twin_types::{Word, words};

/// What surrounded a value on its log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Envelope {
    /// The key, as a handle of the batch's texts; a key that is an object is its JSON.
    pub key: Option<Word>,
    /// The record's own timestamp.
    pub timestamp_ms: Option<i64>,
    /// The partition that it was read from.
    pub partition: Option<i64>,
    /// Its offset there.
    pub offset: Option<i64>,
    /// Headers as JSON, as a handle of the batch's texts.
    pub headers: Option<Word>,
    /// Whether the value is null: the key is deleted.
    pub is_tombstone: bool,
}

/// The columns of an envelope, behind the program's own.
#[derive(Debug)]
pub(super) struct Surroundings {
    first: usize,
    value: NodeId,
    pub targets: Vec<Target>,
}

impl Surroundings {
    pub const NAMES: [&str; 5] = ["key", "timestamp", "partition", "offset", "headers"];

    /// `value` is the node of the value itself.
    pub fn new(first: usize, value: NodeId) -> Surroundings {
        let targets = vec![Target::raw(), Target::int(), Target::int(), Target::int(), Target::raw()];
        Surroundings { first, value, targets }
    }

    /// What the record just scanned had.
    pub fn of(&self, row: &Row, tree: &Tree, record: u64) -> Envelope {
        let whole = |at: usize| row.word(self.first + at).map(words::to_i64);
        Envelope {
            key: row.word(self.first),
            timestamp_ms: whole(1),
            partition: whole(2),
            offset: whole(3),
            headers: row.word(self.first + 4),
            is_tombstone: tree.nodes[self.value as usize].met != record,
        }
    }
}

/// Whether a record is an envelope.
pub fn is_envelope(record: &[u8]) -> bool {
    std::str::from_utf8(record).is_ok() && look(record).unwrap_or(false)
}

fn look(record: &[u8]) -> Option<bool> {
    let mut cursor = Cursor { bytes: record, at: 0 };
    cursor.skip_blanks();
    if cursor.peek() != b'{' {
        return None;
    }
    cursor.at += 1;
    cursor.skip_blanks();
    let (mut value, mut has_key, mut has_place) = (0, false, false);
    while cursor.peek() == b'"' {
        let (name, _) = cursor.name().ok()?;
        match name {
            b"value" => value = cursor.peek(),
            b"key" => has_key = true,
            b"timestamp" | b"partition" | b"offset" => has_place = true,
            _ => {}
        }
        cursor.skip_value().ok()?;
        cursor.skip_blanks();
        if cursor.peek() == b',' {
            cursor.at += 1;
            cursor.skip_blanks();
        }
    }
    Some(match value {
        b'{' => has_key || has_place,
        b'n' => has_key && has_place,
        _ => false,
    })
}
