//! Avro's binary form, directed by the columns that a program reads: straight to words, the rest is skipped.
//!
//! The writer's schema says what the bytes are, the columns what is wanted of them, so there is no reader's schema
//! besides. Damage in a record is an error here and never more than that.

mod cursor;
mod plan;
mod quick;
mod scan;
mod schema;
mod show;

pub use schema::AvroSchema;

use super::csv::listed;
use super::envelope::{Envelope, NullValue, Surroundings, VALUE};
use super::row::{Columns, Row};
use super::trouble::Refusal;
use cursor::Cursor;
use plan::{Plan, Wanted, has_place, plan_of};
use scan::Scan;
use schema::Type;
use twin_engine::{Chunk, flat_name};
use twin_plan::{Column, PathStep};

/// Decodes records of one Avro schema.
#[derive(Debug)]
pub struct AvroDecoder {
    schema: AvroSchema,
    columns: Columns,
    surroundings: Option<Surroundings>,
    null_value: NullValue,
    plan: Plan,
    row: Row,
    /// Whether the envelope of the record decoded last had no value.
    is_tombstone: bool,
}

impl AvroDecoder {
    /// For records of a schema; errors in words when a required column is not in it. Where envelopes are allowed,
    /// a record with a record in `value` and any of `key`, `timestamp`, `partition`, `offset` is one.
    pub fn new(
        columns: &[Column],
        schema: AvroSchema,
        null_value: NullValue,
        allows_envelopes: bool,
    ) -> Result<AvroDecoder, String> {
        let has_envelopes = allows_envelopes && is_envelope(&schema);
        let mut paths = Vec::new();
        for column in columns {
            let mut path = column.path.clone();
            if has_envelopes {
                path.insert(0, PathStep::Name(VALUE.to_string()));
            }
            name_column(&schema, &mut path);
            let is_needed = column.is_required && column.default.is_none();
            if is_needed && !has_place(&schema, schema.root, &path) {
                return Err(format!(
                    "there is no field `{}`, which field `{}` needs; there are {}",
                    flat_name(&path),
                    column.name,
                    listed(&schema.field_names())
                ));
            }
            paths.push(path);
        }
        let surroundings = has_envelopes.then(|| Surroundings::new(columns.len()));
        if surroundings.is_some() {
            paths.extend(Surroundings::NAMES.map(|name| vec![PathStep::Name(name.to_string())]));
        }
        let wanted: Vec<Wanted<'_>> = paths.iter().map(Vec::as_slice).zip(0..).collect();
        let plan = plan_of(&schema, schema.root, &wanted);
        let row = Row::new(paths.len());
        let columns = Columns::new(columns)?;
        Ok(AvroDecoder { schema, columns, surroundings, null_value, plan, row, is_tombstone: false })
    }

    /// The column that is the key; it is told of records that are refused.
    pub fn with_key(mut self, key: Option<u32>) -> AvroDecoder {
        self.columns.key = key;
        self
    }

    /// Adds the record at the start of `bytes` to a chunk.
    ///
    /// The inner result says why the record was refused, if it was; outside of it is how many bytes the record has.
    /// `Err` in words when the bytes are damaged: then nothing behind them can be read either.
    pub fn decode(
        &mut self,
        bytes: &[u8],
        chunk: &mut Chunk,
    ) -> Result<(usize, Result<(), Refusal>), String> {
        self.row.begin();
        self.is_tombstone = false;
        let around: &[_] = self.surroundings.as_ref().map_or(&[], |s| &s.targets);
        let mut scan = Scan {
            cursor: Cursor { bytes, at: 0 },
            schema: &self.schema,
            row: &mut self.row,
            targets: &self.columns.targets,
            around,
            batch: &mut chunk.batch,
        };
        let texts_before = scan.batch.texts.len();
        let scanned = scan.value(&self.plan, 0);
        let end = scan.cursor.at;
        if let Err(what) = scanned {
            chunk.batch.texts.truncate(texts_before);
            return Err(format!("{what} at byte {}", end + 1));
        }
        Ok((end, self.commit(&bytes[..end], chunk)))
    }

    /// How many bytes the record at the start of `bytes` has; errors in words when they are damaged.
    pub fn skip(&self, bytes: &[u8]) -> Result<usize, String> {
        let mut cursor = Cursor { bytes, at: 0 };
        cursor.skip(&self.schema, self.schema.root, 0)?;
        Ok(cursor.at)
    }

    /// Adds a record that is all of `bytes`, as a message of a topic is.
    pub fn decode_whole(&mut self, bytes: &[u8], chunk: &mut Chunk) -> Result<(), Refusal> {
        // Looked at before anything is added.
        let mut cursor = Cursor { bytes, at: 0 };
        let skipped = cursor.skip(&self.schema, self.schema.root, 0);
        skipped.map_err(|what| Refusal::malformed(what, cursor.at))?;
        if cursor.at < bytes.len() {
            let rest = bytes.len() - cursor.at;
            return Err(Refusal::undecodable(format!("{rest} bytes follow the record")));
        }
        self.decode(bytes, chunk).map_err(Refusal::undecodable)?.1
    }

    fn commit(&mut self, record: &[u8], chunk: &mut Chunk) -> Result<(), Refusal> {
        if self.surroundings.is_some() && show::is_null_value(&self.schema, record) {
            self.is_tombstone = true;
            let key = self.envelope().key.map(|key| chunk.batch.text(key).to_vec());
            return self.columns.take_null(self.null_value, key.as_deref(), chunk);
        }
        self.row.commit(&self.columns, record, chunk).map_err(|refusal| self.in_words(refusal, record))
    }

    /// What stands in the binary form at a place says nothing to people; the value is shown instead.
    fn in_words(&self, refusal: Refusal, record: &[u8]) -> Refusal {
        let Some((at, trouble)) = self.row.refused(&self.columns.columns) else { return refusal };
        let column = &self.columns.columns[at];
        let path = match self.surroundings.is_some() {
            true => [&[PathStep::Name(VALUE.to_string())], column.path.as_slice()].concat(),
            false => column.path.clone(),
        };
        let found = show::value_at(&self.schema, record, &path).unwrap_or_default();
        Refusal { key: refusal.key, ..Refusal::of_column(column, trouble, found.as_bytes()) }
    }

    /// What surrounded the value of the record decoded last; `None` where records are the values.
    pub fn envelope_of_last(&self) -> Option<Envelope> {
        self.surroundings.as_ref().map(|_| self.envelope())
    }

    fn envelope(&self) -> Envelope {
        self.surroundings.as_ref().map(|s| s.of(&self.row, self.is_tombstone)).unwrap_or_default()
    }

    /// A record as JSON, for people.
    pub fn show(&self, record: &[u8]) -> String {
        show::record(&self.schema, record)
    }
}

/// Whether the records of a schema are envelopes.
fn is_envelope(schema: &AvroSchema) -> bool {
    let Type::Record(fields) = &schema.types[schema.root] else { return false };
    let is_record = |ty: usize| match &schema.types[ty] {
        Type::Record(_) => true,
        Type::Union(branches) => branches.iter().any(|b| matches!(schema.types[*b], Type::Record(_))),
        _ => false,
    };
    let has = |name: &str| fields.iter().any(|(there, _)| there == name);
    fields.iter().any(|(name, ty)| name == VALUE && is_record(*ty))
        && ["key", "timestamp", "partition", "offset"].into_iter().any(has)
}

/// Gives a column by number the name of the field at its place.
fn name_column(schema: &AvroSchema, path: &mut [PathStep]) {
    if let Some(PathStep::Column(number)) = path.first()
        && let Some(name) =
            (*number as usize).checked_sub(1).and_then(|at| schema.field_names().get(at).copied())
    {
        path[0] = PathStep::Name(name.to_string());
    }
}
