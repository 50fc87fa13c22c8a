//! The record at hand: one word per column, gathered in any order, then added to a batch.

use super::envelope::NullValue;
use super::target::{Taken, Target};
use super::trouble::{Refusal, Trouble};
use twin_engine::{Chunk, ColumnFaults};
use twin_plan::kernel::Batch;
use twin_plan::{Column, Default};
use twin_types::{Scalar, TRUE, Word, words};

/// Columns and their targets.
#[derive(Debug)]
pub(crate) struct Columns {
    pub columns: Vec<Column>,
    pub targets: Vec<Target>,
    /// The column that is the record's key, if one is: told of records that are refused for another.
    pub key: Option<u32>,
}

impl Columns {
    /// Compiles columns; errors in words, naming the column.
    pub fn new(columns: &[Column]) -> Result<Columns, String> {
        let target =
            |column: &Column| Target::new(column).map_err(|e| format!("field `{}`: {e}", column.name));
        Ok(Columns {
            columns: columns.to_vec(),
            targets: columns.iter().map(target).collect::<Result<_, _>>()?,
            key: None,
        })
    }

    /// The key of a record from the word of its column, as the twins of it are called.
    pub fn key_text(&self, word: impl Fn(usize) -> Option<Word>, batch: &Batch) -> Option<String> {
        let at = self.key? as usize;
        let (column, word) = (self.columns.get(at)?, word(at)?);
        match column.ty {
            Scalar::String => Some(String::from_utf8_lossy(batch.text(word)).into_owned()),
            Scalar::Int => Some(words::to_i64(word).to_string()),
            Scalar::Bool => Some((word == TRUE).to_string()),
            Scalar::Enum(_) => column.texts.get(word as usize).cloned(),
            Scalar::Real | Scalar::Timestamp | Scalar::Duration => None,
        }
    }

    /// Takes a record without a value: it deletes its key, or is refused.
    pub fn take_null(&self, null: NullValue, key: Option<&[u8]>, chunk: &mut Chunk) -> Result<(), Refusal> {
        match (null, key) {
            (NullValue::Deletes(column), Some(key)) => {
                self.delete(column, key, chunk);
                Ok(())
            }
            _ => Err(Refusal::undecodable("the record has no value".to_string())),
        }
    }

    /// Adds a row that deletes a key: every column is absent but the one of the key, where there is one.
    fn delete(&self, key_column: Option<u32>, key: &[u8], chunk: &mut Chunk) {
        chunk.deleted.push(chunk.batch.rows as u32);
        for (at, column) in self.columns.iter().enumerate() {
            let is_key = key_column == Some(at as u32);
            let word = if is_key { self.targets[at].untyped(key, &mut chunk.batch).ok() } else { None };
            chunk.batch.columns[at].push(word.unwrap_or(column.ty.absent()));
        }
        chunk.batch.rows += 1;
    }
}

/// The record at hand. Columns past the program's own are for the record's surroundings (key, time, …).
#[derive(Debug)]
pub(crate) struct Row {
    words: Vec<Word>,
    troubles: Vec<Option<Trouble>>,
    /// Where the value of a column in trouble stands in the record.
    spans: Vec<(u32, u32)>,
}

impl Row {
    pub fn new(columns: usize) -> Row {
        Row {
            words: vec![0; columns],
            troubles: vec![Some(Trouble::Missing); columns],
            spans: vec![(0, 0); columns],
        }
    }

    /// Begins a record: everything is missing.
    #[inline]
    pub fn begin(&mut self) {
        self.troubles.fill(Some(Trouble::Missing));
    }

    /// Sets a column; a later value of the same column wins.
    #[inline]
    pub fn set(&mut self, column: usize, taken: Taken, span: (usize, usize)) {
        match taken {
            Ok(word) => {
                self.words[column] = word;
                self.troubles[column] = None;
            }
            Err(trouble) => {
                self.troubles[column] = Some(trouble);
                self.spans[column] = (span.0 as u32, span.1 as u32);
            }
        }
    }

    /// Takes a column's value back.
    pub fn forget(&mut self, column: usize) {
        self.troubles[column] = Some(Trouble::Missing);
    }

    /// The word of a column, where it has one.
    pub fn word(&self, column: usize) -> Option<Word> {
        self.troubles[column].is_none().then(|| self.words[column])
    }

    /// Adds the record to a chunk, or says why not: then the chunk is as it was but for its texts.
    #[inline]
    pub fn commit(&mut self, columns: &Columns, record: &[u8], chunk: &mut Chunk) -> Result<(), Refusal> {
        let count = columns.columns.len();
        // Looked at as a whole, without a branch for each.
        if self.troubles[..count].iter().fold(false, |any, trouble| any | trouble.is_some()) {
            self.settle(columns, record, chunk)?;
        }
        for (column, word) in chunk.batch.columns.iter_mut().zip(&self.words) {
            column.push(*word);
        }
        chunk.batch.rows += 1;
        Ok(())
    }

    /// Finds a word for every column in trouble, or the reason to refuse the record.
    fn settle(&mut self, columns: &Columns, record: &[u8], chunk: &mut Chunk) -> Result<(), Refusal> {
        if let Some((at, trouble)) = self.refused(&columns.columns) {
            let (start, end) = self.spans[at];
            let found = record.get(start as usize..end as usize).unwrap_or_default();
            let refusal = Refusal::of_column(&columns.columns[at], trouble, found);
            let key = columns.key_text(|at| self.word(at), &chunk.batch);
            return Err(Refusal { key, ..refusal });
        }
        for (at, column) in columns.columns.iter().enumerate() {
            let Some(trouble) = self.troubles[at] else { continue };
            self.words[at] = word_of_trouble(column, trouble, &mut chunk.batch);
            count_fault(&mut chunk.faults[at], trouble);
        }
        Ok(())
    }

    pub fn refused(&self, columns: &[Column]) -> Option<(usize, Trouble)> {
        columns.iter().zip(&self.troubles).enumerate().find_map(|(at, (column, trouble))| {
            trouble.filter(|trouble| is_refused(column, *trouble)).map(|trouble| (at, trouble))
        })
    }
}

/// Whether a column's trouble costs the whole record. Outside `valid` never does: that is absent and counted.
pub(crate) fn is_refused(column: &Column, trouble: Trouble) -> bool {
    match trouble {
        Trouble::Outside => false,
        Trouble::Missing => column.is_required && column.default.is_none(),
        _ => column.is_required,
    }
}

/// What stands in for a value in trouble.
pub(crate) fn word_of_trouble(column: &Column, trouble: Trouble, batch: &mut Batch) -> Word {
    match (trouble, &column.default) {
        (Trouble::Missing, Some(Default::Word(word))) => *word,
        (Trouble::Missing, Some(Default::Text(text))) => batch.add_text(text.as_bytes()),
        _ => column.ty.absent(),
    }
}

/// Counts a value that became absent; one that was missing from the start is no fault.
pub(crate) fn count_fault(faults: &mut ColumnFaults, trouble: Trouble) {
    match trouble {
        Trouble::Missing => {}
        Trouble::Outside => faults.outside += 1,
        _ => faults.unreadable += 1,
    }
}
