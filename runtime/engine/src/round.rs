//! What was read in a round of the log.
//!
//! Records that follow one another in the log mostly lie one behind the other in their batch too. So a round is kept as
//! streaks of such records; where each stands and what the stream clock showed there follows from the streak.

use crate::log::Reject;

/// Records of one source that follow one another, in the log and in their batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Streak {
    /// Log position of the first.
    pub position: u64,
    /// The stream clock before the first.
    pub stream: i64,
    /// The first of them, among the round's rows.
    pub first: u32,
    /// How many.
    pub rows: u32,
    /// Number of the first row; it stays with the row while its event waits, see [`crate::ring`].
    pub number: u32,
}

impl Streak {
    /// Its rows.
    pub fn range(&self) -> std::ops::Range<usize> {
        self.first as usize..self.first as usize + self.rows as usize
    }
}

/// An event that goes to the twins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Log position.
    pub position: u64,
    /// Event time.
    pub time: i64,
    /// The stream clock there.
    pub stream: i64,
    /// Which of the round's rows it is.
    pub row: u32,
    /// The number of its row.
    pub number: u32,
}

/// The events of one source in a round, with the event times of its rows.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Records<'a> {
    pub streaks: &'a [Streak],
    pub times: &'a [i64],
}

impl<'a> Records<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.streaks.iter().map(|streak| streak.rows as usize).sum()
    }

    /// All of them, in the order of the log.
    pub fn iter(self) -> impl Iterator<Item = Record> + Clone + use<'a> {
        self.streaks.iter().flat_map(move |streak| {
            let mut stream = streak.stream;
            let times = self.times[streak.range()].iter();
            times.zip(0..).map(move |(time, at)| {
                stream = stream.max(*time);
                let (position, row) = (streak.position + u64::from(at), streak.first + at);
                Record { position, time: *time, stream, row, number: streak.number.wrapping_add(at) }
            })
        })
    }

    /// Where a row of the round stands in the log.
    pub fn position(&self, row: u32) -> Option<u64> {
        let at = self.streaks.partition_point(|streak| streak.first <= row).checked_sub(1)?;
        let streak = self.streaks[at];
        (row - streak.first < streak.rows).then(|| streak.position + u64::from(row - streak.first))
    }
}

/// A record that was set aside, in the order of the log.
#[derive(Clone, Debug)]
pub(crate) struct SetAside {
    pub position: u64,
    /// Name of the source or table.
    pub source: String,
    pub partition: u32,
    pub reject: Reject,
}

/// A key that a table had not seen before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewKey {
    pub table: u32,
    pub key: u32,
    pub position: u64,
    pub stream: i64,
}

/// What was read in a round.
#[derive(Debug, Default)]
pub(crate) struct Round {
    /// The log position at which it begins.
    pub begin: u64,
    /// Events by source.
    pub streaks: Vec<Vec<Streak>>,
    /// What was set aside.
    pub set_aside: Vec<SetAside>,
    /// Keys new to their tables.
    pub new_keys: Vec<NewKey>,
}

impl Round {
    /// Empties it for a round that begins at a position.
    pub fn begin(&mut self, position: u64) {
        self.begin = position;
        self.streaks.iter_mut().for_each(Vec::clear);
        self.set_aside.clear();
        self.new_keys.clear();
    }

    /// Adds records that follow one another.
    pub fn add(&mut self, source: usize, streak: Streak) {
        let streaks = &mut self.streaks[source];
        if let Some(last) = streaks.last_mut() {
            let goes_on = last.first + last.rows == streak.first
                && last.number.wrapping_add(last.rows) == streak.number
                && last.position + u64::from(last.rows) == streak.position;
            if goes_on {
                last.rows += streak.rows;
                return;
            }
        }
        streaks.push(streak);
    }
}
