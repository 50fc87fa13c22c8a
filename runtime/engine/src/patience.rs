//! `patience`: the stream clock moves a quiet twin along, so far behind itself.
//!
//! A twin's clock is never behind S − patience, whatever log position one looks at. Between two events of a twin
//! nothing can be seen of that but its timers, so its row is touched only where one of them is due: at the first log
//! position at which S − patience has reached it. Before an event the clock is moved to where it is by then, so
//! that the event may be late. A twin that has not begun has no clock to move.

use crate::moment::Happening;
use crate::shard::{ShardState, Surroundings, advance};
use crate::stream::Reached;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use twin_plan::kernel::What;
use twin_plan::layout::{NEVER, NEXT_DEADLINE, NEXT_TICK, NOT_BEGUN};
use twin_types::words;

/// When timers of quiet twins are due.
#[derive(Default)]
pub(crate) struct Timers {
    /// When, by the twins' clocks; which twin.
    pub heap: BinaryHeap<Reverse<(i64, u32)>>,
    /// What the heap knows of each twin; other entries of it are out of date.
    pub armed: Vec<i64>,
}

impl ShardState {
    /// Carries entries out one by one, with the timers that are due between them.
    pub fn run_patiently(&mut self, ordered: &[Happening], patience: i64, around: &Surroundings<'_>) {
        self.timers.armed.resize(around.twins, NEVER);
        let mut begin = 0;
        while begin < ordered.len() {
            let slot = ordered[begin].slot;
            let mut end = begin + 1;
            while end < ordered.len() && ordered[end].slot == slot {
                end += 1;
            }
            self.run_one_patiently(&ordered[begin..end], patience, around);
            self.arm(slot, around);
            begin = end;
        }
    }

    fn run_one_patiently(&mut self, entries: &[Happening], patience: i64, around: &Surroundings<'_>) {
        let slot = entries[0].slot;
        let mut at = 0;
        for entry in entries {
            if entry.trigger > at {
                self.fire(slot, at, entry.trigger, patience, around);
                at = entry.trigger;
            }
            let clock = self.clock(slot, around);
            let before = around.stream.before(entry.trigger);
            let floor = before.saturating_sub(patience);
            if entry.what == What::Event && clock != NOT_BEGUN && floor > clock {
                let moved = advance(slot, floor, entry.trigger.saturating_sub(1), before);
                self.carry_out_known(&[moved], around);
            }
            self.carry_out_known(std::slice::from_ref(entry), around);
        }
        self.fire(slot, at, u64::MAX, patience, around);
    }

    /// Twins that nothing happened to, whose timers are due in this round.
    pub fn run_quiet_twins(&mut self, patience: i64, around: &Surroundings<'_>) {
        while let Some(Reverse((due, slot))) = self.timers.heap.peek().copied() {
            if around.stream.reaches(due.saturating_add(patience)).is_none() {
                break;
            }
            self.timers.heap.pop();
            if self.timers.armed[slot as usize] == due {
                self.timers.armed[slot as usize] = NEVER;
                self.fire(slot, 0, u64::MAX, patience, around);
                if self.next_due(slot, around) != due {
                    self.arm(slot, around);
                }
            }
        }
    }

    /// Runs the instants that become due from one log position up to (not at) another.
    fn fire(&mut self, slot: u32, from: u64, until: u64, patience: i64, around: &Surroundings<'_>) {
        loop {
            let due = self.next_due(slot, around);
            if due == NEVER || self.clock(slot, around) == NOT_BEGUN {
                return;
            }
            let Some(mut reached) = around.stream.reaches(due.saturating_add(patience)) else { return };
            if reached.position < from {
                reached = Reached { position: from, stream: around.stream.before(from + 1) };
            }
            if reached.position >= until {
                return;
            }
            let time = reached.stream.saturating_sub(patience);
            self.carry_out_known(&[advance(slot, time, reached.position, reached.stream)], around);
            if self.next_due(slot, around) == due {
                return;
            }
        }
    }

    /// Lets the heap know when the twin's next timer is due, unless it will ask before that.
    fn arm(&mut self, slot: u32, around: &Surroundings<'_>) {
        if self.clock(slot, around) == NOT_BEGUN {
            return;
        }
        let due = self.next_due(slot, around);
        let armed = &mut self.timers.armed[slot as usize];
        if due < *armed {
            *armed = due;
            self.timers.heap.push(Reverse((due, slot)));
        }
    }

    /// When the twin's next tick or deadline is due.
    pub fn next_due(&self, slot: u32, around: &Surroundings<'_>) -> i64 {
        let row = slot as usize * around.twin.layout.words as usize;
        let word = |at: usize| match words::to_i64(self.rows[row + at]) {
            i64::MIN => NEVER,
            due => due,
        };
        word(NEXT_TICK.index()).min(word(NEXT_DEADLINE.index()))
    }
}
