//! The rows of a source that twins refer to, where rows of several partitions come together or events wait.
//!
//! What twins may ask of them later lies in a ring, in the order of the log: what is read goes behind what was read before,
//! over rows that nobody waits for any longer. So a row stays where it is while its event waits. A row has a *number*,
//! which counts on and on (and wraps around), and a *place* in the ring, which follows from the number and the
//! [`Lap`]. What is asked of rows only in the round in which they are read lies beside the ring, for that round.
//!
//! Where rows that are waited for need more places, the ring grows where it lies; numbers stay. Where an old event keeps
//! too much of it from being used again, or the texts grow, the rows that are still waited for move together; their numbers
//! change then.

use crate::log::Chunk;
use crate::needed::Needed;
use crate::prepare::{Prepared, Rows, copy_text, copy_texts};
use crate::runs::{Run, Runs};
use twin_plan::Column;
use twin_plan::kernel::Batch;
use twin_types::{Scalar, Word};

/// See above.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    needed: Needed,
    /// Rows by place, with what is needed of those that have waited.
    pub rows: Prepared,
    /// The rows of this round one behind the other, with what is needed of them now.
    pub round: Prepared,
    /// The number of the round's first row.
    round_begin: u32,
    runs: Runs,
    lap: Lap,
    /// The number of the next row.
    next: u32,
    /// No row before this number is waited for.
    oldest: u32,
    /// Bytes of texts after rows moved together last.
    texts_moved: usize,
}

/// How often the ring has been gone around: what makes places of numbers. Where rows lie one behind the other, the
/// default, which has no end, leaves them as they are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Lap {
    /// The number of the row at the first place, or of the one that comes there next.
    begin: u32,
    /// How many places there are.
    places: u32,
}

impl Lap {
    /// The place of a row, by its number.
    #[inline]
    pub fn place(self, number: u32) -> u32 {
        // What was read in the lap before lies at the end. There is no branch, so that many are done at a time.
        let since = number.wrapping_sub(self.begin);
        since.wrapping_add(self.places & ((since as i32) >> 31) as u32)
    }
}

/// So many bytes of texts are no reason to move.
const TEXTS_MIN: usize = 1 << 20;

/// A ring holds at least so many rows.
const ROWS_MIN: usize = 1 << 8;

impl Ring {
    /// An empty ring for records of which this is needed.
    pub fn new(needed: &Needed) -> Ring {
        let rows = Prepared::new(needed.late.len());
        Ring { needed: needed.clone(), round: rows.clone(), rows, ..Ring::default() }
    }

    /// How many rows it has places for.
    fn places(&self) -> usize {
        self.lap.places as usize
    }

    /// What makes places of numbers.
    pub fn lap(&self) -> Lap {
        self.lap
    }

    /// The number of the row at a place, which holds one of the last rows.
    pub fn number(&self, place: u32) -> u32 {
        let number = self.lap.begin.wrapping_add(place);
        let is_of_lap = place < self.next.wrapping_sub(self.lap.begin);
        if is_of_lap { number } else { number.wrapping_sub(self.lap.places) }
    }

    /// Partition and log position of the row at a place.
    pub fn position(&self, place: u32) -> (u32, u64) {
        self.runs.find(self.number(place))
    }

    /// Where a column of the row at a place is to be found. What is not kept is found in the row's own round only.
    pub fn find(&self, column: usize, place: u32) -> (&Batch, usize) {
        match self.needed.late[column] {
            true => (&self.rows.chunk.batch, place as usize),
            false => (&self.round.chunk.batch, self.row_of_round(place)),
        }
    }

    /// The offset of the row at a place in its partition; the same holds.
    pub fn offset(&self, place: u32) -> u64 {
        let offset = match self.needed.all {
            true => self.rows.chunk.offsets.get(place as usize),
            false => self.round.chunk.offsets.get(self.row_of_round(place)),
        };
        offset.copied().unwrap_or(0)
    }

    fn row_of_round(&self, place: u32) -> usize {
        self.number(place).wrapping_sub(self.round_begin) as usize
    }

    /// The number of the next row.
    pub fn next(&self) -> u32 {
        self.next
    }

    /// How long ago a row was read, in rows.
    pub fn age(&self, number: u32) -> u32 {
        self.next.wrapping_sub(number)
    }

    /// How many rows may be waited for.
    pub fn used(&self) -> usize {
        self.age(self.oldest) as usize
    }

    /// Whether so many rows can be added without writing over one that may be waited for.
    pub fn has_room(&self, rows: usize) -> bool {
        self.used() + rows <= self.places()
    }

    /// Whether most of its texts may be of no more use.
    pub fn has_old_texts(&self) -> bool {
        self.rows.chunk.batch.texts.len() > TEXTS_MIN + 2 * self.texts_moved
    }

    /// Whether most rows are waited for by none of so many events, and more than a round has.
    pub fn is_sparse(&self, events: usize, round: usize) -> bool {
        self.used() > 2 * (events + round)
    }

    /// No row that is older than so many rows is waited for.
    pub fn forget(&mut self, age: u32) {
        self.oldest = self.next.wrapping_sub(age);
        self.runs.forget_before(self.oldest);
    }

    /// What comes now is a round's.
    pub fn begin_round(&mut self) {
        self.round.clear();
        self.round_begin = self.next;
    }

    /// Adds copies of rows of a partition that follow one another.
    pub fn append(&mut self, from: &Prepared, mut rows: Rows, columns: &[Column]) {
        debug_assert!(self.has_room(rows.count as usize), "room was made");
        self.runs.add(self.next, &rows);
        self.round.append(from, rows.range(), columns, &self.needed.now);
        while rows.count > 0 {
            let place = self.lap.place(self.next);
            let count = rows.count.min(self.lap.places - place);
            self.write(place as usize, from, Rows { count, ..rows }, columns);
            self.advance_to(self.next.wrapping_add(count));
            rows.count -= count;
            rows.first += count;
        }
    }

    fn advance_to(&mut self, next: u32) {
        self.next = next;
        if next.wrapping_sub(self.lap.begin) == self.lap.places {
            self.lap.begin = next;
        }
    }

    /// Writes rows to places that follow one another.
    fn write(&mut self, place: usize, from: &Prepared, rows: Rows, columns: &[Column]) {
        let (range, places) = (rows.range(), place..place + rows.count as usize);
        let batch = &mut self.rows.chunk.batch;
        for (at, column) in columns.iter().enumerate().filter(|(at, _)| self.needed.late[*at]) {
            let words = &from.chunk.batch.columns[at][range.clone()];
            batch.columns[at][places.clone()].copy_from_slice(words);
            if column.ty == Scalar::String {
                copy_texts(batch, &from.chunk.batch, at, places.clone());
            }
        }
        if !self.needed.all {
            return;
        }
        if !from.keys.is_empty() {
            self.rows.keys.resize(batch.rows, 0);
            self.rows.has_text_keys = from.has_text_keys;
            for (place, row) in places.clone().zip(range.clone()) {
                self.rows.keys[place] = from.copy_key(row, batch);
            }
        }
        if let Some(offsets) = from.chunk.offsets.get(range) {
            self.rows.chunk.offsets.resize(batch.rows, 0);
            self.rows.chunk.offsets[places].copy_from_slice(offsets);
        }
    }

    /// The columns that are kept, each as long as there are places.
    fn kept_columns(&mut self) -> impl Iterator<Item = &mut Vec<Word>> {
        let Chunk { batch, offsets, .. } = &mut self.rows.chunk;
        let columns = batch.columns.iter_mut().zip(&self.needed.late).filter(|(_, late)| **late);
        let others = [&mut self.rows.keys, offsets].into_iter().filter(|column| !column.is_empty());
        columns.map(|(column, _)| column).chain(others)
    }

    /// Makes room for so many more rows.
    pub fn grow(&mut self, rows: usize) {
        let needed = self.used() + rows;
        let (old, new) = (self.places(), (needed + needed / 16).max(ROWS_MIN));
        // What was read in the lap before lies at the end, and must do so again.
        let before = (self.lap.begin.wrapping_sub(self.oldest) as i32).max(0) as usize;
        for column in self.kept_columns() {
            // A vector's memory grows by more than that at a time, but what is not used is not resident.
            column.resize(new, 0);
            column.copy_within(old - before..old, new - before);
        }
        self.rows.chunk.batch.rows = new;
        self.lap.places = new as u32;
    }

    /// Keeps these rows only, by their numbers in order. Afterwards the rows have the numbers 0, 1, 2, …
    pub fn move_together(&mut self, kept: &[u32], columns: &[Column]) {
        let places: Vec<u32> = kept.iter().map(|number| self.lap.place(*number)).collect();
        let mut words: Vec<Word> = Vec::with_capacity(kept.len());
        for column in self.kept_columns() {
            words.clear();
            words.extend(places.iter().map(|place| column[*place as usize]));
            column[..words.len()].copy_from_slice(&words);
        }
        self.renew_texts(kept.len(), columns);
        self.runs = self.runs.of_kept(kept);
        self.settle(kept.len());
    }

    /// Copies the texts of so many rows to where nothing else lies.
    fn renew_texts(&mut self, rows: usize, columns: &[Column]) {
        let batch = &mut self.rows.chunk.batch;
        let old = Batch { texts: std::mem::take(&mut batch.texts), ..Batch::default() };
        for (at, column) in columns.iter().enumerate() {
            if column.ty == Scalar::String && self.needed.late[at] {
                copy_texts(batch, &old, at, 0..rows);
            }
        }
        if self.rows.has_text_keys && !self.rows.keys.is_empty() {
            self.rows.keys[..rows].iter_mut().for_each(|word| *word = copy_text(batch, &old, *word));
        }
        self.texts_moved = batch.texts.len();
    }

    /// Its rows have the numbers 0, 1, 2, … and are all waited for.
    fn settle(&mut self, rows: usize) {
        (self.oldest, self.lap.begin) = (0, 0);
        self.advance_to(rows as u32);
    }

    /// A ring that holds these rows, which have the numbers 0, 1, 2, …
    pub fn of(rows: Prepared, runs: Vec<Run>, needed: &Needed) -> Ring {
        let count = rows.chunk.rows();
        let mut ring = Ring { rows, runs: Runs::of(runs), ..Ring::new(needed) };
        ring.texts_moved = ring.rows.chunk.batch.texts.len();
        ring.grow(count);
        ring.settle(count);
        ring
    }

    /// The rows that it holds after they moved together, one behind the other, and where they stand in the log.
    pub fn moved_rows(&self) -> (Prepared, Vec<Run>) {
        let mut rows = Prepared::new(self.needed.late.len());
        let count = self.next as usize;
        let some = |column: &Vec<Word>| column.get(..count).unwrap_or_default().to_vec();
        rows.chunk.batch.columns = self.rows.chunk.batch.columns.iter().map(some).collect();
        rows.chunk.batch.texts.clone_from(&self.rows.chunk.batch.texts);
        rows.chunk.batch.rows = count;
        rows.chunk.offsets = some(&self.rows.chunk.offsets);
        rows.keys = some(&self.rows.keys);
        rows.has_text_keys = self.rows.has_text_keys;
        (rows, self.runs.list())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Numbers;
    use std::collections::VecDeque;

    /// A row as it was read, by its number.
    type Known = (u32, u64);

    /// What a row holds that is the `value`th of all: a number, a text, and one that is not kept.
    fn chunk(values: std::ops::Range<u64>, columns: &[Column]) -> Prepared {
        let mut from = Prepared::new(columns.len());
        from.time_column = Some(0);
        let batch = &mut from.chunk.batch;
        for value in values.clone() {
            let text = batch.add_text(format!("text {value}").as_bytes());
            batch
                .columns
                .iter_mut()
                .zip([value, text, value + 1])
                .for_each(|(column, word)| column.push(word));
            from.chunk.offsets.push(value * 3);
        }
        batch.rows = (values.end - values.start) as usize;
        from
    }

    fn check(ring: &Ring, known: &VecDeque<Known>, fresh: usize) {
        for (age, (number, value)) in known.iter().rev().enumerate() {
            let place = ring.lap().place(*number);
            assert_eq!(ring.number(place), *number);
            let word = |column: usize| {
                let (batch, row) = ring.find(column, place);
                (batch, batch.columns[column].get(row).copied())
            };
            assert_eq!(word(0).1, Some(*value));
            let (batch, text) = word(1);
            assert_eq!(batch.text(text.unwrap()), format!("text {value}").as_bytes());
            if age < fresh {
                assert_eq!(word(2).1, Some(value + 1));
            }
            if age < fresh || ring.needed.all {
                assert_eq!(ring.offset(place), value * 3);
            }
            assert_eq!(ring.position(place).1, value + value / 1000);
        }
    }

    #[test]
    fn rows_are_found_as_long_as_they_are_waited_for() {
        let column = |ty: Scalar| Column {
            name: String::new(),
            path: Vec::new(),
            ty,
            unit: None,
            texts: Vec::new(),
            time: None,
            is_required: false,
            default: None,
            valid: None,
        };
        let columns = [Scalar::Int, Scalar::String, Scalar::Int].map(column);
        let mut numbers = Numbers(3);
        for all in [false, true] {
            let needed = Needed { late: vec![true, true, all], now: vec![false, false, true], all };
            let mut ring = Ring::new(&needed);
            (ring.next, ring.oldest, ring.lap.begin) = (u32::MAX - 5000, u32::MAX - 5000, u32::MAX - 5000);
            let mut known = VecDeque::<Known>::new();
            let (mut value, mut most) = (0, 200);
            for round in 0..400 {
                // Now and then more are waited for, or a few old ones.
                most = if numbers.next(20) == 0 { numbers.next(2000) as usize } else { most };
                while known.len() > most {
                    known.pop_front();
                }
                let rows = 1 + numbers.next(150) as usize;
                if !ring.has_room(rows) {
                    ring.forget(known.front().map_or(0, |(number, _)| ring.age(*number)));
                }
                if round % 50 == 49 {
                    known.retain(|(_, value)| value % 3 != 0);
                    let kept: Vec<_> = known.iter().map(|(number, _)| *number).collect();
                    ring.move_together(&kept, &columns);
                    known.iter_mut().zip(0..).for_each(|((old, _), number)| *old = number);
                    if round % 100 == 99 {
                        let (rows, runs) = ring.moved_rows();
                        ring = Ring::of(rows, runs, &needed);
                    }
                }
                if !ring.has_room(rows) {
                    ring.grow(rows);
                }
                ring.begin_round();
                let from = chunk(value..value + rows as u64, &columns);
                for (first, value) in (value..value + rows as u64).zip(0..) {
                    known.push_back((ring.next().wrapping_add(value), first));
                }
                // Every thousandth position is another's.
                let end = value + rows as u64;
                while value < end {
                    let next = (value / 1000 + 1) * 1000;
                    let count = next.min(end) - value;
                    let first = (rows as u64 - (end - value)) as u32;
                    let position = value + value / 1000;
                    let rows = Rows { partition: 0, first, count: count as u32, position };
                    ring.append(&from, rows, &columns);
                    value += count;
                }
                check(&ring, &known, rows);
            }
            assert!(ring.places() < 4000, "it stays as small as it can be: {}", ring.places());
        }
    }
}
