//! Where rows of a ring stand in the log: as runs of rows that follow one another there, which are few where records of
//! one partition come one after the other, and none is left out.

use crate::codec::stored;
use crate::prepare::Rows;
use std::collections::VecDeque;

/// Rows of a partition that follow one another, in the log and in the ring; it ends where the next begins.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// The number of its first row.
    pub number: u32,
    pub partition: u32,
    /// Log position of the first row.
    pub position: u64,
}

stored!(Run { number, partition, position });

impl Run {
    /// The log position of one of its rows.
    fn position(&self, number: u32) -> u64 {
        self.position + u64::from(number.wrapping_sub(self.number))
    }
}

/// See above.
#[derive(Clone, Debug, Default)]
pub(crate) struct Runs(VecDeque<Run>);

impl Runs {
    /// Those that are listed, in the order of their rows.
    pub fn of(runs: Vec<Run>) -> Runs {
        Runs(runs.into())
    }

    /// All of them.
    pub fn list(&self) -> Vec<Run> {
        self.0.iter().copied().collect()
    }

    /// Adds rows, of which the first has this number.
    pub fn add(&mut self, number: u32, rows: &Rows) {
        self.push(Run { number, partition: rows.partition, position: rows.position });
    }

    fn push(&mut self, run: Run) {
        let goes_on =
            |last: &Run| last.partition == run.partition && last.position(run.number) == run.position;
        if !self.0.back().is_some_and(goes_on) {
            self.0.push_back(run);
        }
    }

    /// Partition and log position of a row.
    pub fn find(&self, number: u32) -> (u32, u64) {
        let Some(first) = self.0.front() else { return (0, 0) };
        // Numbers wrap around.
        let age = |number: u32| number.wrapping_sub(first.number);
        let run = match self.0.len() {
            1 => first,
            _ => &self.0[self.0.partition_point(|run| age(run.number) <= age(number)) - 1],
        };
        (run.partition, run.position(number))
    }

    /// Nothing is asked of rows before this one any longer.
    pub fn forget_before(&mut self, number: u32) {
        let is_over = |next: &Run| (next.number.wrapping_sub(number) as i32) <= 0;
        while self.0.get(1).is_some_and(is_over) {
            self.0.pop_front();
        }
    }

    /// Where those rows stand that are listed, by their numbers in order, once they have the numbers 0, 1, 2, …
    pub fn of_kept(&self, kept: &[u32]) -> Runs {
        let mut runs = Runs::default();
        for (number, old) in (0..).zip(kept) {
            let (partition, position) = self.find(*old);
            runs.push(Run { number, partition, position });
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_found_in_their_runs() {
        let mut runs = Runs::default();
        let first = u32::MAX - 5;
        let mut expected = Vec::new();
        for (partition, position, count) in [(0, 10, 3), (0, 13, 4), (1, 17, 2), (1, 20, 1), (0, 21, 5)] {
            let number = first.wrapping_add(expected.len() as u32);
            runs.add(number, &Rows { partition, first: 0, count, position });
            expected.extend((0..u64::from(count)).map(|at| (partition, position + at)));
        }
        assert_eq!(runs.0.len(), 4, "what goes on is one");
        let find = |runs: &Runs, at: usize| runs.find(first.wrapping_add(at as u32));
        for oldest in 0..expected.len() {
            runs.forget_before(first.wrapping_add(oldest as u32));
            (oldest..expected.len()).for_each(|at| assert_eq!(find(&runs, at), expected[at], "{at}"));
        }
        assert_eq!(runs.0.len(), 1);
        runs = Runs::default();
        runs.add(first, &Rows { partition: 3, first: 0, count: 12, position: 100 });
        let kept = [1, 2, 3, 7, 11].map(|at| first.wrapping_add(at));
        let moved = runs.of_kept(&kept);
        assert_eq!([0, 1, 2, 3, 4].map(|number| moved.find(number).1), [101, 102, 103, 107, 111]);
        assert_eq!(moved.0.len(), 3);
    }
}
