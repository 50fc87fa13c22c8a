//! JSON, directed by the columns that a program reads: one pass over a record, straight to words.
//!
//! No tree of values is made. A record's fields are looked for where the record before had them ([`order`]), numbers
//! by what they looked like ([`shape`]); what nobody reads is skipped, though its form is checked. Python's `NaN` and
//! `Infinity` are taken as values that are no finite number, everything else follows RFC 8259. Of equal names in one
//! object the last wins.

mod cursor;
mod envelope;
mod escape;
mod order;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod tree;

pub use envelope::is_envelope;

use super::envelope::{Envelope, NullValue, Surroundings, VALUE};
use super::row::{Columns, Row};
use super::target::Target;
use super::trouble::Refusal;
use scan::Scan;
use tree::{NodeId, Tree};
use twin_engine::Chunk;
use twin_plan::kernel::Batch;
use twin_plan::{Column, PathStep};

/// Decodes JSON records.
#[derive(Debug)]
pub struct JsonDecoder {
    columns: Columns,
    surroundings: Option<Surroundings>,
    null_value: NullValue,
    /// The node of an envelope's value.
    value: NodeId,
    tree: Tree,
    row: Row,
    /// How many records were begun, for [`tree::Node::met`].
    record: u64,
    /// Texts with escapes are put together here.
    scratch: Vec<u8>,
}

impl JsonDecoder {
    /// For records that are the values themselves; errors in words where a column cannot be read so.
    pub fn new(columns: &[Column]) -> Result<JsonDecoder, String> {
        let mut tree = Tree::new();
        for (column, number) in columns.iter().zip(0..) {
            tree.add(0, &column.path, number).map_err(|e| format!("field `{}`: {e}", column.name))?;
        }
        Ok(JsonDecoder {
            columns: Columns::new(columns)?,
            surroundings: None,
            null_value: NullValue::Refused,
            value: 0,
            tree,
            row: Row::new(columns.len()),
            record: 0,
            scratch: Vec::new(),
        })
    }

    /// For records that are envelopes with the value in `value`, see [`Envelope`].
    pub fn for_envelopes(columns: &[Column], null_value: NullValue) -> Result<JsonDecoder, String> {
        let mut decoder = JsonDecoder::new(&[])?;
        decoder.null_value = null_value;
        let value = decoder.tree.field(0, VALUE);
        for (column, number) in columns.iter().zip(0..) {
            let added = decoder.tree.add(value, &column.path, number);
            added.map_err(|e| format!("field `{}`: {e}", column.name))?;
        }
        let first = columns.len() as u32;
        for (name, number) in Surroundings::NAMES.iter().zip(first..) {
            decoder.tree.add(0, &[PathStep::Name(name.to_string())], number)?;
        }
        decoder.columns = Columns::new(columns)?;
        decoder.surroundings = Some(Surroundings::new(columns.len()));
        decoder.value = value;
        decoder.row = Row::new(columns.len() + Surroundings::NAMES.len());
        Ok(decoder)
    }

    /// The column that is the key; it is told of records that are refused.
    pub fn with_key(mut self, key: Option<u32>) -> JsonDecoder {
        self.columns.key = key;
        self
    }

    /// Adds a record to a chunk, or says why not. The chunk has a column for each of the decoder's.
    pub fn decode(&mut self, record: &[u8], chunk: &mut Chunk) -> Result<(), Refusal> {
        let texts_before = chunk.batch.texts.len();
        let scanned = self.scan(record, &mut chunk.batch);
        let done = scanned.and_then(|()| self.commit(record, chunk));
        // The texts of an envelope stay: a reject tells the key.
        if done.is_err() && self.surroundings.is_none() {
            chunk.batch.texts.truncate(texts_before);
        }
        done
    }

    fn commit(&mut self, record: &[u8], chunk: &mut Chunk) -> Result<(), Refusal> {
        let envelope = self.envelope();
        if self.surroundings.is_none() || !envelope.is_tombstone {
            return self.row.commit(&self.columns, record, chunk);
        }
        let key = envelope.key.map(|key| chunk.batch.text(key).to_vec());
        self.columns.take_null(self.null_value, key.as_deref(), chunk)
    }

    fn scan(&mut self, record: &[u8], batch: &mut Batch) -> Result<(), Refusal> {
        self.record += 1;
        self.row.begin();
        // Nearly all records are ASCII, which is seen four times as fast.
        if !record.is_ascii()
            && let Err(error) = std::str::from_utf8(record)
        {
            let detail = format!("bytes that are no UTF-8 at byte {}", error.valid_up_to() + 1);
            return Err(Refusal::undecodable(detail));
        }
        let surroundings: &[Target] = self.surroundings.as_ref().map_or(&[], |s| &s.targets);
        Scan {
            cursor: cursor::Cursor { bytes: record, at: 0 },
            tree: &mut self.tree,
            row: &mut self.row,
            targets: &self.columns.targets,
            surroundings,
            batch,
            record: self.record,
            scratch: &mut self.scratch,
        }
        .whole_record()
    }

    /// What surrounded the value of the record decoded last; the texts are in the batch.
    pub fn envelope(&self) -> Envelope {
        let is_tombstone = self.tree.nodes[self.value as usize].met != self.record;
        self.surroundings.as_ref().map(|s| s.of(&self.row, is_tombstone)).unwrap_or_default()
    }
}
