//! When something happens to a twin: the log position that makes it happen, and what the stream clock shows there.

use crate::ring::Ring;
use crate::round::Records;
use crate::shard::Surroundings;
use crate::stream::{Reached, Stream};
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
    /// They may have waited.
    Ring(&'a Ring),
    /// They are all of this round.
    Round(Records<'a>),
}

impl Places<'_> {
    fn position(&self, row: u32) -> u64 {
        match self {
            Places::Ring(ring) => ring.position(row).1,
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

    /// The log positions of an entry: what makes it happen, and its own.
    pub fn positions(&self, at: usize) -> (u64, u64) {
        match self {
            Moments::Known(moments) => (moments[at].trigger, moments[at].position),
            Moments::OfEvents(of) => {
                let (reached, position) = of.reached(at);
                (reached.map_or(position, |reached| reached.position), position)
            }
        }
    }

    /// What the stream clock shows when an entry happens.
    pub fn stream(&self, at: usize) -> i64 {
        match self {
            Moments::Known(moments) => moments[at].stream,
            Moments::OfEvents(of) => {
                let (reached, position) = of.reached(at);
                reached.map_or_else(|| of.stream.at(position), |reached| reached.stream)
            }
        }
    }
}

impl OfEvents<'_> {
    /// Where the clock releases an event (`None`: it happens where it is read), and where it was read.
    fn reached(&self, at: usize) -> (Option<Reached>, u64) {
        let (time, position) = (self.entries.times[at], self.places.position(self.entries.records[at]));
        if self.lateness == 0 {
            return (None, position);
        }
        let end = || Reached { position: self.end.unwrap_or(u64::MAX), stream: self.stream.now() };
        let reached = self.stream.reaches(time.saturating_add(self.lateness)).unwrap_or_else(end);
        // Before it was read: a straggler.
        (Some(reached).filter(|reached| reached.position >= position), position)
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
