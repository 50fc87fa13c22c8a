//! The rows of a source that twins refer to, where rows of several partitions come together or events wait.
//!
//! They lie in a ring, in the order of the log: what is read goes behind what was read before, over rows that nobody
//! waits for any longer. So a row stays where it is while its event waits. A row has a *number*, which counts on
//! and on (and wraps around), and a *place* in the ring, which is the number's lowest bits.
//!
//! Where an old event keeps too much of the ring from being used again, or the texts grow, the rows that are still waited
//! for move together; their numbers change then.

use crate::prepare::{Prepared, Rows, copy_text};
use twin_plan::Column;
use twin_types::{Scalar, Word};

/// See above.
#[derive(Debug, Default)]
pub(crate) struct Ring {
    /// The rows, by place.
    pub rows: Prepared,
    /// The number of the next row.
    next: u32,
    /// No row before this number is waited for.
    oldest: u32,
    /// Bytes of texts after rows moved together last.
    texts_moved: usize,
}

/// So many bytes of texts are no reason to move.
const TEXTS_MIN: usize = 1 << 20;

/// A ring holds at least so many rows.
const ROWS_MIN: usize = 1 << 8;

impl Ring {
    /// An empty ring for records of so many columns.
    pub fn new(columns: usize) -> Ring {
        let mut rows = Prepared::new(columns);
        rows.partitions = Some(Vec::new());
        Ring { rows, ..Ring::default() }
    }

    /// How many rows it has places for.
    fn places(&self) -> usize {
        self.rows.chunk.batch.rows
    }

    /// The place of a row, by its number.
    #[inline]
    pub fn place(&self, number: u32) -> u32 {
        number & self.mask()
    }

    /// What is left of a number in a place.
    pub fn mask(&self) -> u32 {
        (self.places() as u32).wrapping_sub(1)
    }

    /// The number of the row at a place, which holds one of the last rows.
    pub fn number(&self, place: u32) -> u32 {
        let age = self.next.wrapping_sub(1).wrapping_sub(place) & self.mask();
        self.next.wrapping_sub(1).wrapping_sub(age)
    }

    /// The number of the next row.
    pub fn next(&self) -> u32 {
        self.next
    }

    /// How long ago a row was read, in rows.
    pub fn age(&self, number: u32) -> u32 {
        self.next.wrapping_sub(number)
    }

    /// Whether so many rows can be added without writing over one that may be waited for.
    pub fn has_room(&self, rows: usize) -> bool {
        self.age(self.oldest) as usize + rows <= self.places()
    }

    /// Whether most of its texts may be of no more use.
    pub fn has_old_texts(&self) -> bool {
        self.rows.chunk.batch.texts.len() > TEXTS_MIN + 2 * self.texts_moved
    }

    /// No row that is older than so many rows is waited for.
    pub fn forget(&mut self, age: u32) {
        self.oldest = self.next.wrapping_sub(age);
    }

    /// Adds copies of rows of a partition that follow one another.
    pub fn append(&mut self, from: &Prepared, mut rows: Rows, columns: &[Column]) {
        debug_assert!(self.has_room(rows.count as usize), "room was made");
        while rows.count > 0 {
            let place = self.place(self.next);
            let count = rows.count.min(self.places() as u32 - place);
            self.write(place as usize, from, Rows { count, ..rows }, columns);
            self.next = self.next.wrapping_add(count);
            rows.count -= count;
            rows.first += count;
            rows.position += u64::from(count);
        }
    }

    /// Writes rows to places that follow one another.
    fn write(&mut self, place: usize, from: &Prepared, rows: Rows, columns: &[Column]) {
        let (range, count) = (rows.range(), rows.count as usize);
        let places = place..place + count;
        let batch = &mut self.rows.chunk.batch;
        for (at, column) in columns.iter().enumerate() {
            let words = &from.chunk.batch.columns[at][range.clone()];
            if column.ty != Scalar::String {
                batch.columns[at][places.clone()].copy_from_slice(words);
                continue;
            }
            // Readers give equal texts one handle where that is cheap; then one copy will do.
            let mut last = (Word::MAX, Word::MAX);
            for (place, word) in places.clone().zip(words) {
                if *word != last.0 {
                    last = (*word, copy_text(batch, &from.chunk.batch, *word));
                }
                batch.columns[at][place] = last.1;
            }
        }
        if !from.keys.is_empty() {
            self.rows.keys.resize(batch.rows, 0);
            self.rows.has_text_keys = from.has_text_keys;
            for (place, row) in places.clone().zip(range.clone()) {
                self.rows.keys[place] = from.copy_key(row, batch);
            }
        }
        if let Some(offsets) = from.chunk.offsets.get(range.clone()) {
            self.rows.chunk.offsets[places.clone()].copy_from_slice(offsets);
        }
        self.rows.copy_times(from, range, places.clone());
        for (to, position) in self.rows.positions[places.clone()].iter_mut().zip(rows.position..) {
            *to = position;
        }
        if let Some(partitions) = &mut self.rows.partitions {
            partitions[places].fill(rows.partition);
        }
    }

    /// Keeps these rows only, by their numbers in order, and makes room for so many more. Columns that are not needed
    /// of rows that have waited are given up. Afterwards the rows have the numbers 0, 1, 2, …
    pub fn move_together(&mut self, kept: &[u32], room: usize, columns: &[Column], needed: &[bool]) {
        let places: Vec<u32> = kept.iter().map(|number| self.place(*number)).collect();
        let rows = (kept.len() + kept.len() / 2 + room).max(ROWS_MIN).next_power_of_two();
        let old = std::mem::take(&mut self.rows);
        let mut new = Prepared::new(columns.len());
        new.append_rows(&old, &places, columns, needed);
        self.texts_moved = new.chunk.batch.texts.len();
        self.settle(new, rows);
    }

    /// A ring that holds these rows, which have the numbers 0, 1, 2, …
    pub fn of(rows: Prepared) -> Ring {
        let mut ring = Ring { texts_moved: rows.chunk.batch.texts.len(), ..Ring::default() };
        let places = rows.chunk.rows().max(ROWS_MIN).next_power_of_two();
        ring.settle(rows, places);
        ring
    }

    fn settle(&mut self, mut rows: Prepared, places: usize) {
        (self.next, self.oldest) = (rows.chunk.rows() as u32, 0);
        rows.resize(places);
        self.rows = rows;
    }

    /// The rows that it holds after they moved together, one behind the other.
    pub fn moved_rows(&self, columns: &[Column]) -> Prepared {
        let mut rows = Prepared::new(columns.len());
        let places: Vec<u32> = (0..self.next).collect();
        rows.append_rows(&self.rows, &places, columns, &vec![true; columns.len()]);
        rows
    }
}
