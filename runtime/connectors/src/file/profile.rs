//! What a recording holds: figures for the checker's messages.

use super::reader::{Reading, open_files};
use hashbrown::HashMap;
use std::path::PathBuf;
use twin_engine::{Chunk, LogError};
use twin_plan::Column;
use twin_plan::kernel::Batch;
use twin_types::{Scalar, Word, words};

/// What was found in a recording.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Records that were taken.
    pub records: u64,
    /// Records that were set aside.
    pub rejected: u64,
    /// Whether the whole recording was read.
    pub is_whole: bool,
    /// By column, in their order.
    pub columns: Vec<ColumnProfile>,
}

/// What was found in one column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnProfile {
    /// Records in which it has a value.
    pub present: u64,
    /// Values that could not be read.
    pub unreadable: u64,
    /// Values outside `valid`.
    pub outside: u64,
    /// How many different values; counted up to [`DISTINCT_MAX`].
    pub distinct: u64,
    /// The least: a number in the unit of the wire, nanoseconds for times and durations.
    pub min: Option<f64>,
    /// The greatest.
    pub max: Option<f64>,
    /// How often it was exactly zero on the wire.
    pub zeros: u64,
    /// The most frequent texts (of strings and enums) and how often each was seen.
    pub texts: Vec<(String, u64)>,
}

/// Different values are told apart up to so many.
pub const DISTINCT_MAX: usize = 10_000;
/// Texts that are kept of a column.
const TEXTS_KEPT: usize = 10;
const CHUNK_ROWS: usize = 4096;

/// Reads a recording, up to so many records, and says what is in it.
pub fn profile(paths: &[PathBuf], reading: &Reading<'_>, records_max: u64) -> Result<Profile, LogError> {
    let mut reader = open_files(paths, reading)?;
    let mut profile =
        Profile { columns: vec![ColumnProfile::default(); reading.columns.len()], ..Profile::default() };
    let mut tallies: Vec<Tally> = reading.columns.iter().map(|_| Tally::default()).collect();
    let mut chunk = Chunk::new(reading.columns.len());
    while !profile.is_whole && profile.records < records_max {
        chunk.clear();
        let wanted = (records_max - profile.records).min(CHUNK_ROWS as u64);
        profile.is_whole = !reader.read(&mut chunk, wanted as usize)?;
        profile.records += chunk.rows() as u64;
        profile.rejected += chunk.rejects.len() as u64;
        for (at, column) in reading.columns.iter().enumerate() {
            let found = &mut profile.columns[at];
            found.unreadable += chunk.faults[at].unreadable;
            found.outside += chunk.faults[at].outside;
            for word in &chunk.batch.columns[at] {
                tallies[at].add(column, *word, &chunk.batch, found);
            }
        }
    }
    for ((column, tally), found) in reading.columns.iter().zip(tallies).zip(&mut profile.columns) {
        tally.close(column, found);
    }
    Ok(profile)
}

/// Values seen and how often each.
#[derive(Default)]
struct Tally {
    words: HashMap<Word, u64>,
    texts: HashMap<Box<[u8]>, u64>,
}

impl Tally {
    fn add(&mut self, column: &Column, word: Word, batch: &Batch, found: &mut ColumnProfile) {
        if !column.ty.is_present(word) {
            return;
        }
        found.present += 1;
        if column.ty == Scalar::String {
            let text = batch.text(word);
            if let Some(count) = self.texts.get_mut(text) {
                *count += 1;
            } else if self.texts.len() < DISTINCT_MAX {
                self.texts.insert(text.into(), 1);
            }
            return;
        }
        if self.words.len() < DISTINCT_MAX || self.words.contains_key(&word) {
            *self.words.entry(word).or_default() += 1;
        }
        let Some(number) = stored_number(column.ty, word) else { return };
        found.min = Some(found.min.map_or(number, |min| min.min(number)));
        found.max = Some(found.max.map_or(number, |max| max.max(number)));
        // Zero on the wire: 0 degC is not zero inside.
        let zero = column.unit.as_ref().map_or(0.0, |unit| unit.to_si(0.0));
        found.zeros += u64::from(number == zero);
    }

    fn close(self, column: &Column, found: &mut ColumnProfile) {
        found.distinct = (self.words.len() + self.texts.len()) as u64;
        if let (Scalar::Real, Some(unit)) = (column.ty, &column.unit) {
            found.min = found.min.map(|stored| unit.shortest(stored));
            found.max = found.max.map(|stored| unit.shortest(stored));
        }
        let of_enum = |(word, count): (Word, u64)| Some((column.texts.get(word as usize)?.clone(), count));
        let mut texts: Vec<(String, u64)> = match column.ty {
            Scalar::Enum(_) => self.words.into_iter().filter_map(of_enum).collect(),
            _ => self.texts.into_iter().map(|(t, n)| (String::from_utf8_lossy(&t).into_owned(), n)).collect(),
        };
        texts.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        texts.truncate(TEXTS_KEPT);
        found.texts = texts;
    }
}

fn stored_number(ty: Scalar, word: Word) -> Option<f64> {
    match ty {
        Scalar::Real => Some(words::to_f64(word)),
        Scalar::Int | Scalar::Timestamp | Scalar::Duration => Some(words::to_i64(word) as f64),
        Scalar::Bool | Scalar::Enum(_) | Scalar::String => None,
    }
}
