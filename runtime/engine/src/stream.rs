//! The stream clock: the largest event time read so far in the merged log.
//!
//! The language says "in a partition". A replay merges the partitions of all its inputs into one log by event time, so
//! here there is one clock; a live run has one per task, which is the same thing on a smaller scale.
//!
//! Within a round the clock is kept as the positions at which it rose, so that "when did it first reach t" is
//! a search. What is due by the clock therefore happens at the same log position whatever the size of a round.

/// The clock over one round of the log.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// Values in rising order; the first is that from before the round.
    values: Vec<i64>,
    /// Log position at which each was reached.
    positions: Vec<u64>,
    /// For equal stretches of time, the first value that is not before the stretch; see [`Stream::end_round`].
    stretches: Vec<u32>,
    /// How many bits of a time since the first value say where in a stretch it lies.
    shift: u32,
    /// Whether anybody asks when it reached what; otherwise only the last value is kept.
    pub is_followed: bool,
    /// Whether somebody asks that of every event, so that searching has to be quick.
    pub is_searched: bool,
}

/// The clock before anything was read.
pub(crate) const NOT_STARTED: i64 = i64::MIN;

/// A moment of the stream clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    /// Log position.
    pub position: u64,
    /// What the clock shows there.
    pub stream: i64,
}

impl Stream {
    /// A round that begins at a position with this value.
    pub fn new(position: u64, value: i64) -> Stream {
        Stream {
            values: vec![value],
            positions: vec![position],
            stretches: Vec::new(),
            shift: 0,
            is_followed: true,
            is_searched: true,
        }
    }

    /// Goes on from a checkpoint, at a position and with a value.
    pub fn go_on(&mut self, position: u64, value: i64) {
        let Stream { is_followed, is_searched, .. } = *self;
        *self = Stream { is_followed, is_searched, ..Stream::new(position, value) };
    }

    /// Begins the next round at a position.
    pub fn begin_round(&mut self, position: u64) {
        let now = self.now();
        self.values.clear();
        self.positions.clear();
        self.stretches.clear();
        self.values.push(now);
        self.positions.push(position);
    }

    /// What it shows at the end of what was read.
    #[inline]
    pub fn now(&self) -> i64 {
        self.values[self.values.len() - 1]
    }

    /// What it showed when the round began.
    pub fn at_begin(&self) -> i64 {
        self.values[0]
    }

    /// An event at a position; gives what it shows then.
    #[inline]
    pub fn see(&mut self, position: u64, time: i64) -> i64 {
        let now = self.now();
        if time <= now {
            return now;
        }
        self.rise(position, time);
        time
    }

    /// Events that follow one another from a position on.
    pub fn see_all(&mut self, position: u64, times: &[i64]) {
        let mut now = self.now();
        if !self.is_followed {
            return self.rise(position, now.max(latest(times)));
        }
        for (at, time) in (position..).zip(times) {
            if *time > now {
                now = *time;
                self.rise(at, now);
            }
        }
    }

    #[inline]
    fn rise(&mut self, position: u64, time: i64) {
        if !self.is_followed {
            self.values.clear();
            self.positions.clear();
        }
        self.values.push(time);
        self.positions.push(position);
    }

    /// Nothing more is read in this round: makes searching quick. There are about as many stretches as values, so that
    /// a search looks at one or two values, wherever it begins.
    pub fn end_round(&mut self) {
        self.stretches.clear();
        let (first, last) = (self.values[0], self.now());
        let is_worth_it = self.is_searched && self.values.len() > 16;
        let Some(span) = last.checked_sub(first).filter(|span| is_worth_it && *span > 0) else {
            return;
        };
        let bits = 64 - (span as u64).leading_zeros();
        self.shift = bits.saturating_sub((self.values.len() as u64).ilog2() + 1);
        let mut at = 0;
        for stretch in 0..=(span as u64 >> self.shift) {
            let begin = first + (stretch << self.shift) as i64;
            while self.values[at] < begin {
                at += 1;
            }
            self.stretches.push(at as u32);
        }
    }

    /// The first place whose value is not below this one, which is not beyond the last.
    #[inline]
    fn place(&self, value: i64) -> usize {
        if self.stretches.is_empty() || value < self.values[0] {
            return self.values.partition_point(|v| *v < value);
        }
        let stretch = ((value - self.values[0]) as u64 >> self.shift) as usize;
        let mut at = self.stretches[stretch] as usize;
        let end = self.stretches.get(stretch + 1).map_or(self.values.len(), |end| *end as usize);
        if end - at > 8 {
            // A gap in the recording: most values are in one stretch.
            return at + self.values[at..end].partition_point(|v| *v < value);
        }
        while self.values[at] < value {
            at += 1;
        }
        at
    }

    /// Where it first reaches a value it had not reached before the round; `None`: not in this round.
    #[inline]
    pub fn reaches(&self, value: i64) -> Option<Reached> {
        if value > self.now() {
            return None;
        }
        let at = self.place(value);
        Some(Reached { position: self.positions[at], stream: self.values[at] })
    }

    /// Where it first is beyond a value; `None`: not in this round.
    pub fn passes(&self, value: i64) -> Option<Reached> {
        self.reaches(value.checked_add(1)?)
    }

    /// What it shows at a position of the round.
    pub fn at(&self, position: u64) -> i64 {
        self.before(position + 1)
    }

    /// What it showed just before a position of the round.
    pub fn before(&self, position: u64) -> i64 {
        let at = self.positions.partition_point(|p| *p < position);
        self.values[at.max(1) - 1]
    }
}

/// The latest of some times.
fn latest(times: &[i64]) -> i64 {
    let Some(last) = times.last() else { return NOT_STARTED };
    // Mostly the last; whether it is, signs say, several at a time. (Where two signs differ, so may the sign of the
    // difference.)
    let is_latest = times.iter().fold(0, |any, time| any | last.wrapping_sub(*time) | (last ^ time)) >= 0;
    if is_latest { *last } else { times.iter().fold(*last, |most, time| most.max(*time)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn searching_quickly_finds_the_same() {
        let mut stream = Stream::new(0, 1000);
        let mut time = 1000;
        for position in 1..500u64 {
            time += (position * 7919 % 97) as i64;
            stream.see(position, time);
        }
        let slowly: Vec<_> = (900..time + 10).map(|value| stream.reaches(value)).collect();
        stream.end_round();
        let quickly: Vec<_> = (900..time + 10).map(|value| stream.reaches(value)).collect();
        assert_eq!(slowly, quickly);
    }

    #[test]
    fn the_latest_is_found_wherever_it_stands() {
        assert_eq!(latest(&[1, 3, 3]), 3);
        assert_eq!(latest(&[5, 3, -3]), 5);
        assert_eq!(latest(&[i64::MAX, i64::MIN]), i64::MAX);
        assert_eq!(latest(&[i64::MIN, -7]), -7);
        assert_eq!(latest(&[]), NOT_STARTED);
    }

    #[test]
    fn it_knows_when_it_reached_what() {
        let mut stream = Stream::new(10, NOT_STARTED);
        for (position, time) in [(10, 5), (11, 3), (12, 9), (13, 9), (15, 20)] {
            stream.see(position, time);
        }
        let position = |r: Option<Reached>| r.map(|r| r.position);
        assert_eq!(position(stream.reaches(5)), Some(10));
        assert_eq!(position(stream.reaches(6)), Some(12));
        assert_eq!(position(stream.passes(9)), Some(15));
        assert_eq!(position(stream.passes(20)), None);
        assert_eq!(stream.before(10), NOT_STARTED);
        assert_eq!(stream.before(12), 5);
        assert_eq!(stream.before(13), 9);
        assert_eq!(stream.before(99), 20);
    }
}
