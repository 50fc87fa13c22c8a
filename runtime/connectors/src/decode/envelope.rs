//! What surrounds a value on its log, where a recording kept it.
//!
//! A record of a recording may be an envelope: an object (a record, a row) with the value as an object in `value`,
//! and any of `key`, `timestamp`, `partition`, `offset` beside it, perhaps `headers`. A timestamp without a type of
//! its own counts milliseconds.

use super::row::Row;
use super::target::Target;
use twin_engine::Chunk;
use twin_types::{ABSENT_INT, ABSENT_STRING, Word, words};

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

/// What a null in the place of a whole value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NullValue {
    /// The record is refused.
    Refused,
    /// Its key is deleted; the column of the key, where it has one, gets the record's own key.
    Deletes(Option<u32>),
}

/// The name of the value in an envelope.
pub(crate) const VALUE: &str = "value";

/// The columns of an envelope, behind the program's own.
#[derive(Debug)]
pub(crate) struct Surroundings {
    /// How many columns the program has.
    first: usize,
    pub targets: Vec<Target>,
}

impl Surroundings {
    pub const NAMES: [&str; 5] = ["key", "timestamp", "partition", "offset", "headers"];

    pub fn new(first: usize) -> Surroundings {
        let targets = vec![Target::raw(), Target::millis(), Target::int(), Target::int(), Target::raw()];
        Surroundings { first, targets }
    }

    /// What the record just scanned had.
    pub fn of(&self, row: &Row, is_tombstone: bool) -> Envelope {
        Surroundings::of_words(|at| row.word(self.first + at), is_tombstone)
    }

    /// The same from the words of [`Surroundings::NAMES`].
    pub fn of_words(word: impl Fn(usize) -> Option<Word>, is_tombstone: bool) -> Envelope {
        let whole = |at: usize| word(at).map(words::to_i64);
        Envelope {
            key: word(0),
            timestamp_ms: whole(1),
            partition: whole(2),
            offset: whole(3),
            headers: word(4),
            is_tombstone,
        }
    }
}

impl Envelope {
    /// The offset of the record, as it was on its log or else by counting.
    pub fn offset_or(&self, counted: u64) -> u64 {
        self.offset.and_then(|offset| u64::try_from(offset).ok()).unwrap_or(counted)
    }

    /// The key as a text.
    pub fn key_text(&self, chunk: &Chunk) -> Option<String> {
        self.key.map(|key| String::from_utf8_lossy(chunk.batch.text(key)).into_owned())
    }

    /// Adds what surrounded the record just added to a chunk.
    pub fn push(&self, chunk: &mut Chunk, counted: u64) {
        chunk.offsets.push(self.offset_or(counted));
        let rows = chunk.batch.rows;
        let time = self.timestamp_ms.and_then(|ms| ms.checked_mul(1_000_000));
        push_late(&mut chunk.times, rows, time.filter(|t| words::from_i64(*t) != ABSENT_INT), i64::MIN);
        push_late(&mut chunk.keys, rows, self.key, ABSENT_STRING);
    }
}

/// Adds to a list that stays empty until some record has a value.
fn push_late<T: Copy>(list: &mut Vec<T>, rows: usize, value: Option<T>, absent: T) {
    if value.is_some() || !list.is_empty() {
        list.resize(rows - 1, absent);
        list.push(value.unwrap_or(absent));
    }
}
