//! Which clock a late event met, so that it can be said how far behind it was.
//!
//! The kernel says which entries were late. A late event's twin has the time of the last event applied before it, or, if
//! the call holds none, the clock that stood in its row before the call; that is noted beforehand for the few twins whose
//! first entry lies before it.

use crate::shard::Late;
use twin_plan::kernel::{Entry, What};
use twin_plan::layout::{CLOCK, NOT_BEGUN};
use twin_types::Word;

/// Clocks before a call.
#[derive(Debug)]
pub(crate) struct Clocks {
    /// Of twins whose first entry lies before them: the entry's place, the clock.
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

    /// Looks at the first entry of each group that is an event or moves the clock, before the kernel does.
    pub fn note(&mut self, entries: &[Entry], rows: &[Word], words: usize) {
        self.before.clear();
        let (mut slot, mut begin, mut is_open) = (u32::MAX, 0, false);
        for (at, entry) in entries.iter().enumerate() {
            if entry.slot != slot {
                (slot, begin, is_open) = (entry.slot, at as u32, true);
            }
            if !is_open || !matches!(entry.what, What::Event | What::Advance) {
                continue;
            }
            is_open = false;
            // Most rows need not be looked at.
            if entry.time >= entry.stream.max(self.ahead) {
                continue;
            }
            let clock = clock(rows, words, slot);
            if entry.time < clock {
                self.before.push((begin, clock));
            }
        }
    }

    /// The late ones among the entries of the call, with the clock that each met.
    pub fn follow(&self, entries: &[Entry], late_at: &[u32], late: &mut Vec<Late>) {
        let mut late_at = late_at.iter().copied().peekable();
        while let Some(first) = late_at.peek().copied() {
            let slot = entries[first as usize].slot;
            let before = entries[..first as usize].iter().rev().take_while(|e| e.slot == slot).count();
            let begin = first as usize - before;
            let mut clock = self
                .before
                .binary_search_by_key(&(begin as u32), |(at, _)| *at)
                .map_or(NOT_BEGUN, |n| self.before[n].1);
            for (at, entry) in (begin..).zip(&entries[begin..]).take_while(|(_, e)| e.slot == slot) {
                if late_at.next_if_eq(&(at as u32)).is_some() {
                    late.push(Late { entry: *entry, clock });
                } else if matches!(entry.what, What::Event | What::Advance) {
                    clock = clock.max(entry.time);
                }
            }
        }
    }
}

/// The clock in a twin's row.
pub(crate) fn clock(rows: &[Word], words: usize, slot: u32) -> i64 {
    rows[slot as usize * words + CLOCK.index()] as i64
}
