//! When something happens to a twin: the log position that makes it happen, and what the stream clock shows there.

use crate::round::Records;
use crate::shard::Surroundings;
use crate::stream::Stream;
use twin_plan::kernel::{Entries, Entry, Kind, What};

/// See above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Log position that makes it happen.
    pub trigger: u64,
    /// Log position of the event itself.
    pub position: u64,
    /// The stream clock at `trigger`.
    pub stream: i64,
}

/// Moments of the entries of a call.
#[derive(Clone, Copy)]
pub(crate) enum Moments<'a> {
    /// They are known.
    Known(&'a [Moment]),
    /// They follow from the events' times and records, and are looked up where they are asked for.
    OfEvents(OfEvents<'a>),
}

/// See [`Moments::OfEvents`].
#[derive(Clone, Copy)]
pub(crate) struct OfEvents<'a> {
    entries: Entries<'a>,
    places: Places<'a>,
    stream: &'a Stream,
    lateness: i64,
    end: Option<u64>,
}

/// Where records stand in the log.
#[derive(Clone, Copy)]
pub(crate) enum Places<'a> {
    /// By row.
    Rows(&'a [u64]),
    /// They are all of this round.
    Round(Records<'a>),
}

impl Places<'_> {
    fn position(&self, row: u32) -> u64 {
        match self {
            Places::Rows(positions) => positions[row as usize],
            Places::Round(records) => records.position(row).expect("a record of the round"),
        }
    }
}

impl<'a> Moments<'a> {
    /// Those of events of twins with one input.
    pub fn of_events(entries: Entries<'a>, around: &Surroundings<'a>) -> Moments<'a> {
        Moments::OfEvents(OfEvents {
            entries,
            places: around.events.inputs[0].places,
            stream: around.stream,
            lateness: around.form.lateness[0],
            end: around.end,
        })
    }

    /// The moment of an entry.
    pub fn of(&self, at: usize) -> Moment {
        match self {
            Moments::Known(moments) => moments[at],
            Moments::OfEvents(of) => of.moment(at),
        }
    }
}

impl OfEvents<'_> {
    fn moment(&self, at: usize) -> Moment {
        let (time, position) = (self.entries.times[at], self.places.position(self.entries.records[at]));
        let at_once = || Moment { trigger: position, position, stream: self.stream.at(position) };
        if self.lateness == 0 {
            return at_once();
        }
        match self.stream.reaches(time.saturating_add(self.lateness)) {
            // Before it was read: a straggler.
            Some(reached) if reached.position < position => at_once(),
            Some(reached) => Moment { trigger: reached.position, position, stream: reached.stream },
            None => {
                let trigger = self.end.unwrap_or(u64::MAX);
                Moment { trigger, position, stream: self.stream.now() }
            }
        }
    }
}

/// What happens to a twin, with its moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Happening {
    /// Event time, or see [`What`].
    pub time: i64,
    /// Log position that makes it happen.
    pub trigger: u64,
    /// Log position of the event itself.
    pub position: u64,
    /// The stream clock at `trigger`.
    pub stream: i64,
    /// The twin's row.
    pub slot: u32,
    /// The row of the input's columns.
    pub record: u32,
    /// The input.
    pub input: u16,
    /// What happens.
    pub what: What,
}

impl Happening {
    /// As kernels see it.
    pub fn entry(&self) -> Entry {
        let Happening { time, stream, slot, record, input, what, .. } = *self;
        Entry { time, stream, slot, record, kind: Kind { input, what } }
    }

    /// When it happens.
    pub fn moment(&self) -> Moment {
        Moment { trigger: self.trigger, position: self.position, stream: self.stream }
    }
}
