//! Which clock a late event met, so that it can be said how far behind it was.
//!
//! The kernel says which entries were late. A late event's twin has the time of the last event applied before it, or, if
//! the call holds none, the clock that stood in its row before the call; that is noted beforehand for the few twins whose
//! first entry lies before it.

use crate::shard::Late;
use twin_plan::kernel::{Entry, What};
use twin_plan::layout::{CLOCK, NOT_BEGUN};
use twin_types::Word;

/// Clocks before a call, for twins whose first entry lies before them: the entry's place, the clock.
#[derive(Debug, Default)]
pub(crate) struct Clocks(Vec<(u32, i64)>);

impl Clocks {
    /// Looks at the first entry of each group that is an event or moves the clock, before the kernel does.
    pub fn note(&mut self, entries: &[Entry], rows: &[Word], words: usize) {
        self.0.clear();
        let (mut slot, mut begin, mut is_open) = (u32::MAX, 0, false);
        for (at, entry) in entries.iter().enumerate() {
            if entry.slot != slot {
                (slot, begin, is_open) = (entry.slot, at as u32, true);
            }
            if !is_open || !matches!(entry.what, What::Event | What::Advance) {
                continue;
            }
            is_open = false;
            let clock = clock(rows, words, slot);
            if entry.time < clock {
                self.0.push((begin, clock));
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
                .0
                .binary_search_by_key(&(begin as u32), |(at, _)| *at)
                .map_or(NOT_BEGUN, |n| self.0[n].1);
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
