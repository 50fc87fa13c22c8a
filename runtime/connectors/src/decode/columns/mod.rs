//! Record batches of Arrow, as Parquet and Arrow files give them, to words.
//!
//! Whole columns are taken at a time; only then rows with trouble are looked at one by one.

mod locate;
mod show;
mod take;

use super::csv::listed;
use super::envelope::{NullValue, Surroundings, VALUE};
use super::row::{Columns, count_fault, is_refused, word_of_trouble};
use super::target::Target;
use super::trouble::{Refusal, Trouble};
use arrow::array::{Array, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use locate::{Located, locate};
use take::{Words, take};
use twin_engine::{Chunk, Reject, flat_name};
use twin_plan::kernel::Batch;
use twin_plan::{Column, PathStep};
use twin_types::Word;

/// Decodes record batches of one schema.
#[derive(Debug)]
pub struct BatchDecoder {
    columns: Columns,
    /// Where each column stands, from the top of a batch.
    paths: Vec<Vec<PathStep>>,
    surroundings: Option<Surroundings>,
    null_value: NullValue,
}

impl BatchDecoder {
    /// For batches of a schema; errors in words when a required column is not in it.
    pub fn new(
        columns: &[Column],
        schema: &Schema,
        null_value: NullValue,
        allows_envelopes: bool,
    ) -> Result<BatchDecoder, String> {
        let has_envelopes = allows_envelopes && is_envelope(schema);
        let path = |column: &Column| match has_envelopes {
            true => [&[PathStep::Name(VALUE.to_string())], column.path.as_slice()].concat(),
            false => column.path.clone(),
        };
        let mut paths: Vec<_> = columns.iter().map(path).collect();
        for (column, path) in columns.iter().zip(&mut paths) {
            name_column(schema, path);
            // A table made flat has `motor.temp` and `tire[0]` for names.
            let flat = flat_name(&column.path);
            if schema.column_with_name(&flat).is_some() {
                *path = vec![PathStep::Name(flat)];
            }
            let is_needed = column.is_required && column.default.is_none();
            if is_needed && !has_place(schema, path) {
                let names: Vec<_> = schema.fields().iter().map(|f| f.name()).collect();
                return Err(format!(
                    "there is no column `{}`, which field `{}` needs; there are {}",
                    flat_name(path),
                    column.name,
                    listed(&names)
                ));
            }
        }
        Ok(BatchDecoder {
            columns: Columns::new(columns)?,
            paths,
            surroundings: has_envelopes.then(|| Surroundings::new(columns.len())),
            null_value,
        })
    }

    /// The column that is the key; it is told of records that are refused.
    pub fn with_key(mut self, key: Option<u32>) -> BatchDecoder {
        self.columns.key = key;
        self
    }

    /// The places that are read, each from the top of a batch: what is to be projected.
    pub fn places(&self) -> Vec<Vec<PathStep>> {
        let mut places = self.paths.clone();
        if self.surroundings.is_some() {
            places.extend(Surroundings::NAMES.map(|name| vec![PathStep::Name(name.to_string())]));
        }
        places
    }

    /// The names of the columns, where each is one of the top and nothing surrounds them.
    pub fn names(&self) -> Option<Vec<&str>> {
        let names = self.paths.iter().map(|path| match path.as_slice() {
            [PathStep::Name(name)] => Some(name.as_str()),
            _ => None,
        });
        if self.surroundings.is_some() { None } else { names.collect() }
    }

    /// What takes the values of each column.
    pub(crate) fn targets(&self) -> &[Target] {
        &self.columns.targets
    }

    /// Adds the rows of a batch to a chunk; `offset` counts them, set aside or not.
    pub fn decode(&self, batch: &RecordBatch, chunk: &mut Chunk, offset: &mut u64) {
        let rows = batch.num_rows();
        let located: Vec<Option<Located>> = self.paths.iter().map(|path| locate(batch, path)).collect();
        let take_one = |located: &Option<Located>, target, words: Vec<Word>, chunk: &mut Chunk| {
            let mut taken = Words::behind(words);
            match located {
                Some(located) => take(target, located, rows, &mut taken, &mut chunk.batch),
                None => taken.miss(rows),
            }
            taken
        };
        let mut taken = Vec::with_capacity(located.len());
        for (at, (located, target)) in located.iter().zip(&self.columns.targets).enumerate() {
            let words = std::mem::take(&mut chunk.batch.columns[at]);
            taken.push(take_one(located, target, words, chunk));
        }
        let mut job = Job { decoder: self, batch, located, taken, around: Vec::new(), deleted: Vec::new() };
        if let Some(surroundings) = &self.surroundings {
            for (name, target) in Surroundings::NAMES.iter().zip(&surroundings.targets) {
                let there = locate(batch, &[PathStep::Name(name.to_string())]);
                job.around.push(take_one(&there, target, Vec::new(), chunk));
            }
            if let Some(value) = batch.column_by_name(VALUE) {
                job.deleted = (0..rows).map(|row| value.is_null(row)).collect();
            }
        }
        job.run(chunk, offset);
    }
}

/// The columns of one batch, taken, on their way to a chunk.
struct Job<'a> {
    decoder: &'a BatchDecoder,
    batch: &'a RecordBatch,
    located: Vec<Option<Located>>,
    taken: Vec<Words>,
    /// The columns of [`Surroundings::NAMES`], of envelopes.
    around: Vec<Words>,
    /// Rows whose value is null, of envelopes.
    deleted: Vec<bool>,
}

impl Job<'_> {
    fn run(mut self, chunk: &mut Chunk, offset: &mut u64) {
        let rows = self.batch.num_rows();
        let refusals = self.refusals();
        self.settle(&refusals, chunk);
        if refusals.is_empty() && self.around.is_empty() {
            for (column, taken) in chunk.batch.columns.iter_mut().zip(self.taken) {
                *column = taken.words;
            }
            chunk.offsets.extend(*offset..*offset + rows as u64);
            chunk.batch.rows += rows;
        } else {
            // Not all rows stay, so they go in one by one behind those of before.
            for (column, taken) in chunk.batch.columns.iter_mut().zip(&mut self.taken) {
                let own = taken.words.split_off(taken.first);
                *column = std::mem::replace(&mut taken.words, own);
                taken.first = 0;
            }
            let mut refused = refusals.iter().peekable();
            for row in 0..rows {
                let refusal = refused.next_if(|(at, ..)| *at as usize == row);
                self.add_row(
                    row,
                    refusal.map(|(_, column, trouble)| (*column, *trouble)),
                    chunk,
                    *offset + row as u64,
                );
            }
        }
        *offset += rows as u64;
    }

    /// Rows to be set aside, ascending, each with its first column in trouble. Nothing is asked of deleted ones.
    fn refusals(&self) -> Vec<(u32, usize, Trouble)> {
        let mut refusals = Vec::new();
        for (at, (column, taken)) in self.decoder.columns.columns.iter().zip(&self.taken).enumerate() {
            let refused = taken.troubles.iter().filter(|(row, trouble)| {
                is_refused(column, *trouble) && !self.deleted.get(*row as usize).is_some_and(|d| *d)
            });
            refusals.extend(refused.map(|(row, trouble)| (*row, at, *trouble)));
        }
        refusals.sort_unstable_by_key(|(row, column, _)| (*row, *column));
        refusals.dedup_by_key(|(row, ..)| *row);
        refusals
    }

    /// Finds words for values in trouble and counts them, but for rows that are set aside.
    fn settle(&mut self, refusals: &[(u32, usize, Trouble)], chunk: &mut Chunk) {
        for (at, column) in self.decoder.columns.columns.iter().enumerate() {
            let Words { words, first, troubles } = &mut self.taken[at];
            for (row, trouble) in troubles {
                let is_refused = refusals.binary_search_by_key(row, |(row, ..)| *row).is_ok();
                let is_deleted = self.deleted.get(*row as usize).is_some_and(|d| *d);
                if !is_refused && !is_deleted {
                    words[*first + *row as usize] = word_of_trouble(column, *trouble, &mut chunk.batch);
                    count_fault(&mut chunk.faults[at], *trouble);
                }
            }
        }
    }

    fn add_row(&self, row: usize, refusal: Option<(usize, Trouble)>, chunk: &mut Chunk, counted: u64) {
        let is_deleted = self.deleted.get(row).is_some_and(|d| *d);
        let around = |at: usize| self.around.get(at).and_then(|words| words.word(row));
        let envelope = Surroundings::of_words(around, is_deleted);
        let key = envelope.key.map(|key| chunk.batch.text(key).to_vec());
        let done = match refusal {
            _ if is_deleted => self.decoder.columns.take_null(self.decoder.null_value, key.as_deref(), chunk),
            Some((column, trouble)) => Err(self.refusal(row, column, trouble, &chunk.batch)),
            None => {
                for (column, taken) in chunk.batch.columns.iter_mut().zip(&self.taken) {
                    column.push(taken.words[row]);
                }
                chunk.batch.rows += 1;
                Ok(())
            }
        };
        match done {
            Ok(()) => envelope.push(chunk, counted),
            Err(refusal) => chunk.rejects.push(Reject {
                row: chunk.batch.rows as u32,
                offset: envelope.offset_or(counted),
                key: refusal.key.or_else(|| key.map(|key| String::from_utf8_lossy(&key).into_owned())),
                reason: refusal.reason,
                detail: refusal.detail,
                raw: show::row(self.batch, row),
            }),
        }
    }

    fn refusal(&self, row: usize, column: usize, trouble: Trouble, batch: &Batch) -> Refusal {
        let there = self.located[column].as_ref();
        let found =
            there.and_then(|there| show::text(&there.array, there.places.of(row)?)).unwrap_or_default();
        let columns = &self.decoder.columns;
        let key = columns.key_text(|at| self.taken[at].word(row), batch);
        Refusal { key, ..Refusal::of_column(&columns.columns[column], trouble, found.as_bytes()) }
    }
}

/// Whether rows of a schema are envelopes: an object in `value`, and something of a log beside it.
fn is_envelope(schema: &Schema) -> bool {
    let has = |name: &str| schema.column_with_name(name).is_some();
    let value = schema.column_with_name(VALUE);
    value.is_some_and(|(_, field)| matches!(field.data_type(), DataType::Struct(_)))
        && ["key", "timestamp", "partition", "offset"].into_iter().any(has)
}

/// Gives a column by number its name: what is projected has other numbers.
fn name_column(schema: &Schema, path: &mut [PathStep]) {
    if let Some(PathStep::Column(number)) = path.first()
        && let Some(field) = (*number as usize).checked_sub(1).and_then(|at| schema.fields().get(at))
    {
        path[0] = PathStep::Name(field.name().clone());
    }
}

/// Whether a schema has a place; items of arrays are there or not by row.
fn has_place(schema: &Schema, path: &[PathStep]) -> bool {
    let Some((first, rest)) = path.split_first() else { return false };
    let top = match first {
        PathStep::Name(name) => schema.column_with_name(name).map(|(_, field)| field.data_type()),
        PathStep::Column(_) | PathStep::Item(_) => None,
    };
    let below = rest.iter().try_fold(top, |ty, step| match (ty?, step) {
        (DataType::Struct(fields), PathStep::Name(name)) => {
            Some(fields.find(name).map(|(_, field)| field.data_type()))
        }
        (
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _),
            PathStep::Item(_),
        ) => Some(Some(item.data_type())),
        _ => None,
    });
    matches!(below, Some(Some(_)))
}
