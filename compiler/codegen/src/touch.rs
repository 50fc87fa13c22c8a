//! Rows on their way into the cache before their turn comes.
//!
//! With many twins a step waits for its row longer than it takes. So while some
//! entries are carried out, the lines of the row that the next ones will use are
//! fetched: a prefetch costs next to nothing and delays no one.

use crate::abi::Context;
use crate::walk::Uses;
use twin_plan::kernel::Entries;
use twin_plan::layout::NEXT_TICK;
use twin_plan::{Extent, TwinPlan, few};

/// Words of a line of the cache.
const LINE_WORDS: usize = 8;
/// A heap of fewer words is near enough: looking for the samples would take longer than waiting for them.
const FETCHED_HEAP_WORDS_MIN: usize = 1 << 19;
/// Most lines that are fetched of one row: more would push out what has been fetched for the others.
const LINES_MAX: usize = 12;

/// Lines that are fetched of a block of samples.
pub(crate) const LINES_OF_BLOCK: usize = 4;
/// Lines on their way or waiting for their turn, all in all: half of what the nearest cache holds.
const LINES_WAITING_MAX: usize = 256;

/// What the steps of an input use of a row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Touched {
    /// Words a row.
    row_words: usize,
    /// A word of every line.
    words: Vec<usize>,
    rings: Vec<Ring>,
    /// Words that are handles of samples on the heap.
    handles: Vec<usize>,
}

/// Panes in a ring: which of them is used depends on the time.
#[derive(Clone, Debug)]
struct Ring {
    pane_ns: i64,
    count: i64,
    /// First word of the lanes' accumulators, and words of one.
    lanes: Vec<(usize, usize)>,
}

/// The panes that were in use last: most entries follow each other in time.
#[derive(Default)]
pub(crate) struct Cursor {
    panes: Vec<(i64, usize)>,
}

impl Touched {
    /// What a step uses, by what its operators do.
    pub(crate) fn of(twin: &TwinPlan, uses: &Uses) -> Touched {
        let mut lines: Vec<usize> = uses.slots.iter().map(|slot| slot.index() / LINE_WORDS).collect();
        lines.push(0);
        let (mut rings, mut handles) = (Vec::new(), Vec::new());
        for window in uses.windows.iter().map(|window| &twin.windows[*window as usize]) {
            let lanes = window
                .lanes
                .iter()
                .filter_map(|lane| lane.slot.map(|slot| (slot.index(), lane.accumulator.words() as usize)));
            handles.extend(window.heap.map(|slot| slot.index()));
            let mut always: Vec<(usize, usize)> = Vec::new();
            always.extend(window.newest.iter().chain(&window.heap).map(|slot| (slot.index(), 1)));
            always.extend(window.few.map(|few| (few.0.index(), few::WORDS as usize)));
            match window.extent {
                Extent::Panes { pane_ns, count } if count > 1 && window.by.is_none() => {
                    rings.push(Ring { pane_ns, count: i64::from(count), lanes: lanes.collect() });
                }
                _ => always.extend(lanes),
            }
            for (at, words) in always {
                lines.extend(at / LINE_WORDS..=(at + words - 1) / LINE_WORDS);
            }
        }
        lines.sort_unstable();
        lines.dedup();
        lines.truncate(LINES_MAX);
        let words = lines.into_iter().map(|line| line * LINE_WORDS).collect();
        Touched { row_words: twin.layout.words as usize, words, rings, handles }
    }

    /// How many entries make a turn, if there may be so many: what is fetched for two turns must not push out what is
    /// used in the one between.
    pub(crate) fn turn(&self, most: usize) -> usize {
        let of_rings: usize = self.rings.iter().map(|ring| 2 * ring.lanes.len()).sum();
        let lines = self.words.len() + of_rings + LINES_OF_BLOCK * self.handles.len();
        most.min((LINES_WAITING_MAX / 2 / lines.max(1)).max(1))
    }

    /// Fetches what the rows of entries lead to, which have been fetched: only once they are there it is known where that
    /// lies.
    pub(crate) fn fetch_behind(&self, context: &Context<'_, '_>, entries: Entries<'_>, cursor: &mut Cursor) {
        self.fetch_samples(context, entries);
        self.fetch_due(context, entries, cursor);
    }

    fn fetch_samples(&self, context: &Context<'_, '_>, entries: Entries<'_>) {
        if self.handles.is_empty() || context.rust.shard.heap.words.len() < FETCHED_HEAP_WORDS_MIN {
            return;
        }
        for handle in &self.handles {
            for slot in entries.slots {
                context.fetch_block(*slot as usize * self.row_words + handle);
            }
        }
    }

    /// Fetches of the rows of entries what does not depend on the time.
    pub(crate) fn fetch_rows(&self, context: &Context<'_, '_>, entries: Entries<'_>) {
        for slot in entries.slots {
            let row = *slot as usize * self.row_words;
            self.words.iter().for_each(|word| context.fetch(row + word));
        }
    }

    /// Fetches the rows of entries.
    pub(crate) fn fetch(&self, context: &Context<'_, '_>, entries: Entries<'_>, cursor: &mut Cursor) {
        cursor.panes.resize(self.rings.len(), (i64::MIN, 0));
        for (slot, time) in entries.slots.iter().zip(entries.times) {
            let row = *slot as usize * self.row_words;
            self.words.iter().for_each(|word| context.fetch(row + word));
            for (ring, pane) in self.rings.iter().zip(&mut cursor.panes) {
                let place = ring.place(*time, pane);
                for (first, words) in &ring.lanes {
                    context.fetch(row + first + place * words);
                    context.fetch(row + first + place * words + words - 1);
                }
            }
        }
    }

    /// Fetches what a tick takes together of the rows of entries before which one is due; where that stands in a row has
    /// been fetched.
    fn fetch_due(&self, context: &Context<'_, '_>, entries: Entries<'_>, cursor: &mut Cursor) {
        if self.rings.is_empty() {
            return;
        }
        for (slot, time) in entries.slots.iter().zip(entries.times) {
            let row = *slot as usize * self.row_words;
            if context.row_word(row + NEXT_TICK.index()) as i64 > *time {
                continue;
            }
            for (ring, pane) in self.rings.iter().zip(&mut cursor.panes) {
                let place = ring.place(*time, pane);
                let last = if place == 0 { ring.count as usize - 1 } else { place - 1 };
                for (first, words) in &ring.lanes {
                    for at in [last, ring.count as usize] {
                        context.fetch(row + first + at * words);
                        context.fetch(row + first + at * words + words - 1);
                    }
                }
            }
        }
    }
}

impl Ring {
    /// The place of the pane that a time lies in; `last` is where the last one was.
    fn place(&self, time: i64, last: &mut (i64, usize)) -> usize {
        if (time.wrapping_sub(last.0) as u64) >= self.pane_ns as u64 {
            let pane = time.div_euclid(self.pane_ns);
            *last = (pane.wrapping_mul(self.pane_ns), pane.rem_euclid(self.count) as usize);
        }
        last.1
    }
}
