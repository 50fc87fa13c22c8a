//! One accumulator per key that statements clear and read: `all`, sessions, `during`, `from … until`, calendar
//! periods.

use crate::accumulators::{self, WORDS_MAX, kept};
use crate::windows::Sample;
use twin_plan::kernel::Heap;
use twin_plan::{Accumulator, Lane, WindowPlan};
use twin_types::Word;

/// Where a lane's accumulator of a key lies in the row.
fn bounds(lane: &Lane, key: usize) -> std::ops::Range<usize> {
    let words = lane.accumulator.words() as usize;
    let first =
        lane.slot.expect("a lane without rings has its accumulators in the row").index() + key * words;
    first..first + words
}

/// Takes in a sample; of more than `max` kept ones the oldest goes.
pub fn add(row: &mut [Word], heap: &mut Heap, lane: &Lane, key: usize, max: Option<u32>, sample: Sample<'_>) {
    let held = &mut row[bounds(lane, key)];
    match lane.accumulator {
        Accumulator::Kept => kept::add(heap, &mut held[0], sample.x, max),
        other => accumulators::add(other, held, &sample),
    }
}

/// Empties all accumulators. Where the next window begins at once, at `next_ns`, the value in force goes on being so.
pub fn clear(row: &mut [Word], heap: &mut Heap, window: &WindowPlan, keys: usize, next_ns: Option<i64>) {
    for lane in &window.lanes {
        for key in 0..keys {
            let held = &mut row[bounds(lane, key)];
            if lane.accumulator == Accumulator::Kept {
                kept::clear(heap, &mut held[0]);
                continue;
            }
            let Some(next_ns) = next_ns.filter(|_| accumulators::weighs_time(lane.accumulator)) else {
                held.fill(0);
                continue;
            };
            let mut before = [0; WORDS_MAX];
            before[..held.len()].copy_from_slice(held);
            held.fill(0);
            accumulators::carry_from(lane.accumulator, held, &before, next_ns);
        }
    }
}

/// A lane's accumulator under a key.
pub fn accumulator<'a>(row: &'a [Word], lane: &Lane, key: usize) -> &'a [Word] {
    &row[bounds(lane, key)]
}

/// The samples that a lane keeps under a key, oldest first.
pub fn collect(row: &[Word], heap: &Heap, lane: &Lane, key: usize, into: &mut Vec<Word>) {
    kept::collect(heap, accumulator(row, lane, key)[0], into);
}
