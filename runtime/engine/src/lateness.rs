//! Which clock a late event met, so that it can be said how far behind it was.
//!
//! The kernel says which entries were late. A late event's twin has the time of the last event applied before it, or, if
//! the call holds none, the clock that stood in its row before the call; that is noted beforehand for the few events
//! that may be late.

use crate::shard::{Form, Late};
use twin_plan::kernel::{Entry, What};
use twin_plan::layout::{CLOCK, NOT_BEGUN};
use twin_types::Word;

/// Clocks before a call.
#[derive(Debug)]
pub(crate) struct Clocks {
    /// Of the twins of entries that may be late: the entry's place, the clock.
    before: Vec<(u32, i64)>,
    /// No clock is beyond both this and the stream clock.
    ahead: i64,
}

impl Default for Clocks {
    fn default() -> Clocks {
        Clocks { before: Vec::new(), ahead: NOT_BEGUN }
    }
}

impl Clocks {
    /// At the end of a run clocks move to where the stream clock has not been; a run may go on from there.
    pub fn run_ahead(&mut self, time: i64) {
        self.ahead = self.ahead.max(time);
    }

    /// Looks at the clocks of what may be late, before the kernel does.
    pub fn note(&mut self, entries: &[Entry], rows: &[Word], words: usize, form: &Form) {
        self.before.clear();
        for (at, entry) in (0..).zip(entries) {
            // Most rows need not be looked at. What has waited in order is late for no one.
            let is_in_order = form.is_queued && !form.is_lazy && entry.trigger != entry.position;
            if entry.what == What::Event && entry.time < entry.stream.max(self.ahead) && !is_in_order {
                self.before.push((at, clock(rows, words, entry.slot)));
            }
        }
    }

    /// The late ones among the entries of the call, with the clock that each met.
    pub fn follow(&self, entries: &[Entry], late_at: &[u32], form: &Form, late: &mut Vec<Late>) {
        let mut late_at = late_at.iter().rev().copied().peekable();
        let first = late.len();
        while let Some(at) = late_at.next() {
            let entry = entries[at as usize];
            let known = self.before.binary_search_by_key(&at, |(at, _)| *at);
            let mut clock = known.map_or(NOT_BEGUN, |n| self.before[n].1);
            let mut others = late_at.clone();
            for (n, other) in (0..at).zip(entries).rev() {
                if other.slot != entry.slot {
                    if form.is_direct { continue } else { break }
                }
                if others.next_if(|late| *late >= n) != Some(n)
                    && matches!(other.what, What::Event | What::Advance)
                {
                    clock = clock.max(other.time);
                }
            }
            late.push(Late { entry, clock });
        }
        late[first..].reverse();
    }
}

/// The clock in a twin's row.
pub(crate) fn clock(rows: &[Word], words: usize, slot: u32) -> i64 {
    rows[slot as usize * words + CLOCK.index()] as i64
}
