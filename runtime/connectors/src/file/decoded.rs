//! A block of records, decoded, to be handed over as a whole or in parts.

use super::board::Load;
use super::decoder::Decoder;
use super::feed::End;
use super::records::Block;
use super::text::Room;
use std::ops::Range;
use twin_engine::{Chunk, ColumnFaults};
use twin_plan::kernel::{TextSpace, text_parts};
use twin_types::{ABSENT_STRING, Word};

/// A block, and what comes of its records in a chunk of their own.
pub(super) struct Decoded {
    pub block: Block,
    pub chunk: Chunk,
    pub end: End,
    /// How far the block was read when a row was added.
    rows: Vec<Mark>,
    /// Values that became absent, by row and column; they are not in the chunk, which is no place to tell rows apart.
    faults: Vec<(u32, u32, ColumnFaults)>,
    /// Rows that were handed over, and how far the block was read for them.
    done: usize,
    mark: Mark,
}

/// So much of a block.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    records: u32,
    /// Bytes of texts.
    texts: u32,
}

impl Decoded {
    /// An empty one.
    pub fn new(columns: usize) -> Decoded {
        Decoded {
            block: Block::default(),
            chunk: Chunk::new(columns),
            end: End::Open,
            rows: Vec::new(),
            faults: Vec::new(),
            done: 0,
            mark: Mark::default(),
        }
    }

    /// Empties it.
    pub fn begin(&mut self) {
        self.block.clear();
        self.chunk.clear();
        self.end = End::Open;
        self.rows.clear();
        self.faults.clear();
        (self.done, self.mark) = (0, Mark::default());
    }

    /// Decodes the block; `buffer` is where its records lie.
    pub fn decode(&mut self, decoder: &mut Decoder, buffer: &[u8]) {
        let Decoded { block, chunk, rows, faults, .. } = self;
        for at in 0..block.len() {
            decoder.take(block.record(at, buffer), chunk, COUNTED + at as u64);
            if chunk.batch.rows > rows.len() {
                take_faults(chunk, rows.len() as u32, faults);
                rows.push(Mark { records: at as u32 + 1, texts: chunk.batch.texts.len() as u32 });
            }
        }
    }

    /// How much it holds. A small one counts for more than it has, since it takes some room of its own.
    pub fn load(&self) -> Load {
        let aside: usize = self.chunk.rejects.iter().map(|reject| reject.raw.len()).sum();
        Load { records: self.block.len().max(64), bytes: self.chunk.batch.texts.len() + aside }
    }

    /// Whether nothing is left.
    pub fn is_handed_over(&self) -> bool {
        self.mark.records as usize == self.block.len()
    }

    /// The place behind what was handed over.
    pub fn place(&self) -> u64 {
        self.block.place_behind(self.mark.records as usize)
    }

    /// Appends to a chunk what it has room for; `is_text` says of which columns the words are texts. `offset` is the number
    /// of the next record.
    ///
    /// A part ends behind a row. What was set aside after it goes with the next one.
    pub fn hand_over(&mut self, chunk: &mut Chunk, room: &mut Room, is_text: &[bool], offset: &mut u64) {
        let first = *offset - u64::from(self.mark.records);
        let rows = self.done..self.rows.len().min(self.done + room.records);
        let is_rest = rows.end == self.rows.len();
        let (before, begin) = (chunk.batch.rows as u32, rows.start as u32);
        let mark = if is_rest { self.whole() } else { self.rows[rows.end - 1] };
        self.append_rows(chunk, rows.clone(), mark, is_text, first);
        let count = |is_in_part: &dyn Fn(usize) -> bool, all: usize| -> usize {
            if is_rest { all } else { (0..all).take_while(|at| is_in_part(*at)).count() }
        };
        let end = rows.end as u32;
        let (aside, deleted) = (&mut self.chunk.rejects, &mut self.chunk.deleted);
        let part = count(&|at| aside[at].row < end, aside.len());
        chunk.rejects.extend(aside.drain(..part).map(|mut reject| {
            room.aside += reject.raw.len();
            reject.row = reject.row - begin + before;
            reject.offset = absolute(reject.offset, first);
            reject
        }));
        let part = count(&|at| deleted[at] < end, deleted.len());
        chunk.deleted.extend(deleted.drain(..part).map(|row| row - begin + before));
        let part = count(&|at| self.faults[at].0 < end, self.faults.len());
        for (_, column, faults) in self.faults.drain(..part) {
            let sum = &mut chunk.faults[column as usize];
            sum.unreadable += faults.unreadable;
            sum.outside += faults.outside;
        }
        let count = mark.records - self.mark.records;
        room.records = room.records.saturating_sub(count as usize);
        *offset += u64::from(count);
        (self.done, self.mark) = (rows.end, mark);
    }

    fn whole(&self) -> Mark {
        Mark { records: self.block.len() as u32, texts: self.chunk.batch.texts.len() as u32 }
    }

    /// Appends rows, and the texts up to a mark; `first` is the number of the block's first record.
    fn append_rows(&self, chunk: &mut Chunk, rows: Range<usize>, mark: Mark, is_text: &[bool], first: u64) {
        let own = &self.chunk;
        // By how much the offset in a handle grows.
        let by = (chunk.batch.texts.len() as u64).wrapping_sub(u64::from(self.mark.texts)) << 24;
        let before = chunk.batch.rows;
        chunk.batch.texts.extend_from_slice(&own.batch.texts[self.mark.texts as usize..mark.texts as usize]);
        for ((to, from), is_text) in chunk.batch.columns.iter_mut().zip(&own.batch.columns).zip(is_text) {
            let words = &from[rows.clone()];
            if *is_text {
                to.extend(words.iter().map(|handle| moved(*handle, by)));
            } else {
                to.extend_from_slice(words);
            }
        }
        chunk.batch.rows += rows.len();
        chunk.offsets.extend(own.offsets[rows.clone()].iter().map(|offset| absolute(*offset, first)));
        append_late(&mut chunk.times, before, &own.times, rows.clone(), i64::MIN, |time| time);
        append_late(&mut chunk.keys, before, &own.keys, rows, ABSENT_STRING, |key| moved(key, by));
    }
}

/// Offsets from here on are counted from the block's first record, whose number is not known while the block is decoded.
/// Offsets that a record tells itself are smaller.
pub(super) const COUNTED: u64 = 1 << 63;

/// An offset, where the block's first record has this number.
#[inline]
fn absolute(offset: u64, first: u64) -> u64 {
    if offset >= COUNTED { offset - COUNTED + first } else { offset }
}

/// The handle of a text that was moved with those before it.
#[inline]
fn moved(handle: Word, by: u64) -> Word {
    if text_parts(handle).0 == TextSpace::Batch as u64 { handle.wrapping_add(by) } else { handle }
}

/// Appends rows of a list that stays empty until some record has a value.
fn append_late<T: Copy>(
    list: &mut Vec<T>,
    before: usize,
    from: &[T],
    rows: Range<usize>,
    absent: T,
    moved: impl Fn(T) -> T,
) {
    if from.is_empty() && list.is_empty() {
        return;
    }
    list.resize(before, absent);
    let count = rows.len();
    list.extend(from.get(rows).unwrap_or_default().iter().map(|value| moved(*value)));
    list.resize(before + count, absent);
}

/// Takes what was counted for the row just added out of the chunk.
fn take_faults(chunk: &mut Chunk, row: u32, faults: &mut Vec<(u32, u32, ColumnFaults)>) {
    // Nearly always there are none, which is seen without a branch for each column.
    if chunk.faults.iter().fold(0, |any, fault| any | fault.unreadable | fault.outside) == 0 {
        return;
    }
    for (fault, column) in chunk.faults.iter_mut().zip(0..) {
        if *fault != ColumnFaults::default() {
            faults.push((row, column, std::mem::take(fault)));
        }
    }
}
