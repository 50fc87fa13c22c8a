//! One partition of the input: what was read ahead of it, and which record is next.

use crate::log::{LogError, Position, RecordReader};
use crate::prepare::{Fate, Prepared, Span, Topic};

/// The next thing of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Head {
    /// A record that the reader set aside, by its place in the chunk's rejects.
    Reject(usize),
    /// A record, by its row.
    Record(usize),
}

/// A partition.
pub(crate) struct Partition {
    /// Where records come from.
    pub reader: Box<dyn RecordReader>,
    /// What was read ahead. In a source with this partition alone these are also the rows that twins refer to.
    pub ahead: Prepared,
    /// Where the reader stands; the default before anything was read.
    pub stands: Position,
    /// How many of those rows come from the reader (others are kept from before).
    pub fresh: usize,
    /// The next row.
    pub row: usize,
    /// The next of the chunk's rejects.
    pub reject: usize,
    /// Nothing more comes.
    pub is_done: bool,
    /// A table's: no key has come twice so far, so the first record of a key counts from the beginning of time.
    pub is_at_start: bool,
    /// A table's: when the next record counts, as long as the table has so many keys.
    pub counts_from: Option<(usize, i64)>,
}

impl Partition {
    pub fn new(reader: Box<dyn RecordReader>, number: u32, columns: usize) -> Partition {
        let mut ahead = Prepared::new(columns);
        ahead.number = number;
        Partition {
            reader,
            ahead,
            stands: Position::default(),
            fresh: 0,
            row: 0,
            reject: 0,
            is_done: false,
            is_at_start: true,
            counts_from: None,
        }
    }

    /// The next thing, if anything read ahead is left.
    #[inline]
    pub fn head(&self) -> Option<Head> {
        let rejects = &self.ahead.chunk.rejects;
        if self.reject < rejects.len() && rejects[self.reject].row as usize <= self.row {
            return Some(Head::Reject(self.reject));
        }
        (self.row < self.fresh).then_some(Head::Record(self.row))
    }

    /// The time by which the next thing is merged: what has none comes at once.
    #[inline]
    pub fn head_time(&self) -> i64 {
        match self.head() {
            Some(Head::Record(row)) => match self.ahead.fate(row) {
                Fate::Pass | Fate::Filtered | Fate::Beyond | Fate::Skipped => self.ahead.times()[row],
                Fate::MissingKey | Fate::MissingTime | Fate::Future => i64::MIN,
            },
            _ => i64::MIN,
        }
    }

    /// Reads ahead, if nothing is left; `false`: there is nothing more.
    pub fn fill(
        &mut self,
        topic: &Topic<'_>,
        span: Span,
        rows: usize,
        faults: &mut Faults,
    ) -> Result<bool, LogError> {
        while self.head().is_none() && !self.is_done {
            self.ahead.clear();
            self.read_into_ahead(topic, span, rows, faults)?;
        }
        Ok(self.head().is_some())
    }

    /// Reads the next chunk into the (empty) space ahead.
    pub fn read_into_ahead(
        &mut self,
        topic: &Topic<'_>,
        span: Span,
        rows: usize,
        faults: &mut Faults,
    ) -> Result<(), LogError> {
        self.is_done = !self.reader.read(&mut self.ahead.chunk, rows)?;
        self.stands = self.ahead.chunk.next.clone();
        self.ahead.prepare(topic, span, faults);
        self.fresh = self.ahead.chunk.rows();
        (self.row, self.reject) = (0, 0);
        for (sum, new) in faults.columns.iter_mut().zip(&self.ahead.chunk.faults) {
            sum.unreadable += new.unreadable;
            sum.outside += new.outside;
        }
        Ok(())
    }
}

/// Where the faults of one source or table are counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    /// By column.
    pub columns: Vec<crate::log::ColumnFaults>,
    /// By the plan's places, for its expressions.
    pub places: Vec<u64>,
    /// Records that `where` dropped because its condition was unknown.
    pub unknown_filters: u64,
}
