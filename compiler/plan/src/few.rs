//! A trailing window's samples in the row, while they are few.
//!
//! ```text
//! next | times × PLACES | samples × PLACES
//! ```
//!
//! A new sample goes to the place `next`, which goes round. Nothing is dropped: whoever reads looks at all places, and
//! takes those whose times are in the window. Where that is still true of the place `next`, there is no room, and all
//! samples move to the heap. It suits aggregates to which the order of samples is all the same, in twins whose time
//! never goes back.

use crate::{Accumulator, Lane, Slot};
use twin_types::Word;

/// How many samples there is room for.
pub const PLACES: u32 = 8;
/// Words in the row.
pub const WORDS: u32 = 1 + 2 * PLACES;
/// The time of a place in which nothing is: no event has it.
const EMPTY: i64 = i64::MIN;

/// Where they are: the first word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Few(pub Slot);

impl Few {
    /// The place of the next sample.
    pub fn next(self) -> Slot {
        self.0
    }

    /// The times, place by place.
    pub fn times(self) -> Slot {
        self.0.plus(1)
    }

    /// The samples' arguments.
    pub fn samples(self) -> Slot {
        self.0.plus(1 + PLACES)
    }
}

/// None at all.
pub fn at_first() -> Vec<Word> {
    let mut words = vec![0; WORDS as usize];
    words[1..=PLACES as usize].fill(EMPTY as Word);
    words
}

/// Whether they do for what a window's lanes hold: one extreme or both, of one argument.
pub fn suits(lanes: &[Lane]) -> bool {
    matches!(lanes, [lane] if lane.accumulator == Accumulator::MinMax)
}

/// From which time on samples are in a trailing window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// So long before now.
    pub back_ns: i64,
    /// The earliest now for which that is a time; before it, whatever has a time is in.
    pub earliest_ns: i64,
}

impl Edge {
    /// That of a window of this length.
    pub fn of(span_ns: i64, closed: bool) -> Edge {
        let back_ns = if closed { span_ns } else { span_ns - 1 };
        Edge { back_ns, earliest_ns: EMPTY + 1 + back_ns }
    }

    /// The time from which on samples are in; never that of an empty place.
    pub fn at(self, now_ns: i64) -> i64 {
        now_ns.max(self.earliest_ns) - self.back_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_place_is_in_no_window() {
        for (span_ns, closed) in [(1, false), (1, true), (i64::MAX, false), (i64::MAX, true)] {
            for now_ns in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
                let edge = Edge::of(span_ns, closed).at(now_ns);
                assert!(edge > EMPTY && edge <= now_ns.max(EMPTY + 1));
            }
        }
        assert_eq!((Edge::of(3, true).at(10), Edge::of(3, false).at(10)), (7, 8));
    }
}
