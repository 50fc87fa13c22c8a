//! Events that wait for stragglers, by their time: a calendar of buckets.
//!
//! An event waits until the stream clock is `lateness` beyond it, so events leave in the order of their times, more or
//! less: exactly in order from bucket to bucket, and within a bucket in the order in which they came. What is far ahead
//! of the rest waits in a list of its own, so that a single time in the next century costs no million empty buckets.

use std::collections::VecDeque;

/// An event that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// Event time.
    pub time: i64,
    /// The twin's row.
    pub slot: u32,
    /// The number of its row, see [`crate::ring`]; what came later has a later one.
    pub row: u32,
}

/// See above.
#[derive(Debug)]
pub(crate) struct Calendar {
    /// A bucket holds times that agree in all but so many bits.
    shift: u32,
    /// The number (time >> shift) of the first bucket.
    first: i64,
    /// In each, events are in the order in which they came.
    buckets: VecDeque<Vec<Waiting>>,
    /// Beyond the last bucket that there may be, and the smallest time there.
    far: Vec<Waiting>,
    far_min: i64,
    /// Buckets that were emptied.
    spare: Vec<Vec<Waiting>>,
    count: usize,
    /// The most events of a bucket that were released together, and whether any of them had to be put in order.
    largest: usize,
    was_disordered: bool,
    /// As many events a new bucket is made for.
    expected: usize,
    /// The longest buckets that may be made: in longer ones events had to be put in order.
    most_shift: u32,
}

/// Most buckets.
const BUCKETS_MAX: i64 = 1 << 12;

/// A bucket of the first calendar: 2^26 ns, 67 ms.
const FIRST_SHIFT: u32 = 26;

/// Events of a bucket: fewer are not worth one, more leave the cache;
const EVENTS_MIN: usize = 128;
const EVENTS_MAX: usize = 2048;
/// and where they have to be put in order, fewer are better.
const SORTED_MAX: usize = 64;

impl Default for Calendar {
    fn default() -> Calendar {
        Calendar {
            shift: FIRST_SHIFT,
            first: 0,
            buckets: VecDeque::new(),
            far: Vec::new(),
            far_min: i64::MAX,
            spare: Vec::new(),
            count: 0,
            largest: 0,
            was_disordered: false,
            expected: 0,
            most_shift: MAX_SHIFT,
        }
    }
}

impl Calendar {
    /// Of events that are listed in any order, whose rows have the numbers 0, 1, 2, …
    pub fn of(mut waiting: Vec<Waiting>) -> Calendar {
        let mut calendar = Calendar::default();
        waiting.sort_unstable_by_key(|waiting| waiting.row);
        calendar.refill(waiting);
        calendar
    }

    /// How many wait.
    pub fn len(&self) -> usize {
        self.count
    }

    /// All of them: by bucket, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &Waiting> {
        self.buckets.iter().flatten().chain(&self.far)
    }

    /// Rows of some of them, among which is the oldest.
    pub fn oldest_rows(&self) -> impl Iterator<Item = u32> {
        self.buckets.iter().filter_map(|bucket| bucket.first()).chain(&self.far).map(|waiting| waiting.row)
    }

    /// Their rows, to be changed without changing their order.
    pub fn rows_mut(&mut self) -> impl Iterator<Item = &mut u32> {
        self.buckets.iter_mut().flatten().chain(&mut self.far).map(|waiting| &mut waiting.row)
    }

    /// What comes now is later than this.
    pub fn begin(&mut self, after: i64) {
        let number = after >> self.shift;
        if self.count == 0 {
            self.first = number;
        } else if number < self.first {
            let waiting = self.take_all();
            self.first = number;
            waiting.into_iter().for_each(|waiting| self.push(waiting));
        }
        self.shorten();
    }

    /// Makes buckets shorter that have too many events before they are released.
    fn shorten(&mut self) {
        let largest = self.buckets.iter().map(|bucket| size(bucket)).max().unwrap_or(0);
        if largest > EVENTS_MAX {
            let times = (largest / EVENTS_MAX).ilog2() + 1;
            self.change(self.shift.saturating_sub(times));
        }
    }

    /// Lets an event wait. It must be later than what [`Calendar::begin`] was told, and than what was released.
    #[inline]
    pub fn push(&mut self, waiting: Waiting) {
        self.count += 1;
        let number = (waiting.time >> self.shift).wrapping_sub(self.first) as u64;
        match self.buckets.get_mut(number as usize) {
            Some(bucket) => push_to(bucket, waiting),
            None => self.push_behind(number, waiting),
        }
    }

    #[cold]
    fn push_behind(&mut self, number: u64, waiting: Waiting) {
        if number >= BUCKETS_MAX as u64 {
            self.far_min = self.far_min.min(waiting.time);
            return self.far.push(waiting);
        }
        while self.buckets.len() <= number as usize {
            let expected = self.expected;
            let bucket = self.spare.pop().unwrap_or_else(|| Vec::with_capacity(expected));
            self.buckets.push_back(bucket);
        }
        push_to(&mut self.buckets[number as usize], waiting);
    }

    /// Hands over all that is not later than `until`, a bucket after the other, each in the order in which its events
    /// came; and with each the last time that may have been in it. What is called says whether they were in order.
    pub fn release(&mut self, until: i64, mut call: impl FnMut(&[Waiting], i64) -> bool) {
        loop {
            self.fetch_far(until);
            let Some(front) = self.buckets.front_mut() else { break };
            let last = last_of(self.first, self.shift);
            if last > until {
                let is_over = |waiting: &Waiting| waiting.time > until;
                let mut released = self.spare.pop().unwrap_or_default();
                released.extend(front.iter().filter(|waiting| !is_over(waiting)));
                front.retain(is_over);
                self.give(released, until, &mut call);
                break;
            }
            let released = self.buckets.pop_front().unwrap_or_default();
            self.first += 1;
            self.give(released, last, &mut call);
        }
        if self.buckets.is_empty() {
            self.first = self.first.max((until >> self.shift).min(self.far_min >> self.shift));
        }
        self.suit();
    }

    fn give(
        &mut self,
        mut released: Vec<Waiting>,
        last: i64,
        call: &mut impl FnMut(&[Waiting], i64) -> bool,
    ) {
        self.count -= released.len();
        self.largest = self.largest.max(size(&released));
        if !released.is_empty() {
            self.was_disordered |= !call(&released, last);
        }
        released.clear();
        self.spare.push(released);
    }

    /// Brings what was far ahead into buckets, once there may be one for it.
    fn fetch_far(&mut self, until: i64) {
        if self.far.is_empty() {
            return;
        }
        if self.buckets.is_empty() {
            self.first = self.first.max((until >> self.shift).min(self.far_min >> self.shift));
        }
        if (self.far_min >> self.shift).saturating_sub(self.first) < BUCKETS_MAX {
            let far = std::mem::take(&mut self.far);
            self.far_min = i64::MAX;
            self.count -= far.len();
            far.into_iter().for_each(|waiting| self.push_back_dated(waiting));
        }
    }

    /// Lets an event wait that came before others did that wait.
    fn push_back_dated(&mut self, waiting: Waiting) {
        let number = (waiting.time >> self.shift).wrapping_sub(self.first) as u64;
        let Some(bucket) = self.buckets.get_mut(number as usize) else { return self.push(waiting) };
        let is_earlier = |other: &Waiting| (other.row.wrapping_sub(waiting.row) as i32) < 0;
        bucket.insert(bucket.partition_point(is_earlier), waiting);
        self.count += 1;
    }

    /// Makes buckets longer or shorter, if their number of events asks for it. Nothing that is released depends on it.
    fn suit(&mut self) {
        let most = if self.was_disordered { SORTED_MAX } else { EVENTS_MAX };
        let shift = match self.largest {
            0 => self.shift,
            n if n > most => self.shift.saturating_sub(1),
            n if n < EVENTS_MIN && !self.was_disordered => (self.shift + 1).min(self.most_shift),
            _ => self.shift,
        };
        if self.was_disordered && shift < self.shift {
            // Otherwise they would be made longer again, and all events moved twice, in every other round.
            self.most_shift = shift;
        }
        if self.largest > 0 {
            // Most buckets grow no larger, and take no more room than that.
            self.expected = self.largest + self.largest / 16;
        }
        (self.largest, self.was_disordered) = (0, false);
        self.change(shift);
    }

    /// Changes the length of buckets.
    fn change(&mut self, shift: u32) {
        if shift != self.shift {
            let first = if shift < self.shift { self.first << (self.shift - shift) } else { self.first >> 1 };
            let waiting = self.take_all();
            (self.shift, self.first) = (shift, first);
            waiting.into_iter().for_each(|waiting| self.push(waiting));
        }
    }

    fn take_all(&mut self) -> Vec<Waiting> {
        let mut waiting: Vec<_> = self.iter().copied().collect();
        // Rows follow the order in which events came, also of those that were far ahead.
        let first = waiting.first().map_or(0, |waiting| waiting.row);
        waiting.sort_unstable_by_key(|waiting| waiting.row.wrapping_sub(first) as i32);
        // Buckets come back with another length.
        self.buckets.clear();
        self.spare.clear();
        self.expected = 0;
        self.far.clear();
        (self.far_min, self.count) = (i64::MAX, 0);
        waiting
    }

    fn refill(&mut self, waiting: Vec<Waiting>) {
        let earliest = waiting.iter().map(|waiting| waiting.time).min();
        self.begin(earliest.unwrap_or(0));
        waiting.into_iter().for_each(|waiting| self.push(waiting));
    }
}

/// How many events of a bucket shorter ones would share: none, where many are of one time.
fn size(bucket: &[Waiting]) -> usize {
    let is_of_one_time = || bucket.iter().all(|waiting| waiting.time == bucket[0].time);
    if bucket.len() > EVENTS_MAX && is_of_one_time() { 0 } else { bucket.len() }
}

/// Adds an event to a bucket, which takes little more room than it needs.
#[inline]
fn push_to(bucket: &mut Vec<Waiting>, waiting: Waiting) {
    if bucket.len() == bucket.capacity() {
        bucket.reserve_exact(bucket.len() / 8 + 8);
    }
    bucket.push(waiting);
}

/// The longest bucket: 2^50 ns, thirteen days.
const MAX_SHIFT: u32 = 50;

/// The last time of a bucket.
fn last_of(number: i64, shift: u32) -> i64 {
    // The highest numbers end with the highest time.
    let next = number.saturating_add(1);
    if next > i64::MAX >> shift { i64::MAX } else { (next << shift) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is released up to each of these times, by time then record.
    fn released(calendar: &mut Calendar, until: i64) -> Vec<(i64, u32)> {
        let (mut all, mut last_before) = (Vec::new(), i64::MIN);
        calendar.release(until, |bucket, last| {
            assert!(bucket.iter().all(|waiting| waiting.time > last_before && waiting.time <= last));
            last_before = last;
            let mut own: Vec<_> = bucket.iter().map(|waiting| (waiting.time, waiting.row)).collect();
            own.sort();
            all.extend(own);
            true
        });
        all
    }

    #[test]
    fn events_leave_when_their_time_has_come() {
        let mut calendar = Calendar::default();
        let second = 1_000_000_000;
        calendar.begin(-second);
        let mut expected = Vec::new();
        for record in 0..5_000u32 {
            let time = i64::from(record * 7919 % 5_003) * second / 50;
            calendar.push(Waiting { time, slot: 0, row: record });
            expected.push((time, record));
        }
        for (time, record) in [(i64::MAX, 9_000), (1 << 60, 9_001), (1 << 61, 9_002)] {
            calendar.push(Waiting { time, slot: 0, row: record });
            expected.push((time, record));
        }
        expected.sort();
        let mut all = Vec::new();
        for until in
            [5, 7, 7, 8, 70, 71, 90].map(|seconds| seconds * second).into_iter().chain([1 << 60, i64::MAX])
        {
            let some = released(&mut calendar, until);
            assert!(some.iter().all(|(time, _)| *time <= until));
            all.extend(some);
            assert!(calendar.iter().all(|waiting| waiting.time > until));
            assert_eq!(calendar.len() + all.len(), expected.len());
        }
        assert_eq!(all, expected);
    }

    #[test]
    fn buckets_settle_where_events_need_not_be_put_in_order() {
        let mut calendar = Calendar::default();
        let mut shifts = Vec::new();
        for round in 0..30i64 {
            let begin = round << 30;
            calendar.begin(begin - 1);
            (0..1600)
                .for_each(|n| calendar.push(Waiting { time: begin + (n << 19), slot: 0, row: n as u32 }));
            let is_fine = calendar.shift <= 25;
            calendar.release(begin + (1 << 30), |_, _| is_fine);
            shifts.push(calendar.shift);
        }
        assert!(shifts.iter().all(|shift| *shift == 25), "{shifts:?}");
    }

    #[test]
    fn it_goes_on_with_what_it_held() {
        let mut calendar = Calendar::default();
        calendar.begin(0);
        (0..100).for_each(|record| {
            calendar.push(Waiting { time: i64::from(record) << 30, slot: 1, row: record })
        });
        released(&mut calendar, 40 << 30);
        let mut other = Calendar::of(calendar.iter().copied().collect());
        other.begin(40 << 30);
        other.push(Waiting { time: (40 << 30) + 1, slot: 2, row: 100 });
        assert_eq!(released(&mut other, 42 << 30), [((40 << 30) + 1, 100), (41 << 30, 41), (42 << 30, 42)]);
        assert_eq!(other.len(), 57);
    }
}
