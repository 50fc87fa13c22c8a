//! What a checkpoint keeps of each part of a run.

use crate::calendar::{Calendar, Waiting};
use crate::codec::{Decoder, Encoder, Malformed, Stored, stored};
use crate::duplicates::Repeats;
use crate::intake::{Intake, TopicLog};
use crate::interner::Interner;
use crate::log::{Chunk, ColumnFaults, FileMark, Position, Reject, RejectReason};
use crate::partition::{Faults, Partition};
use crate::prepare::{Fate, Prepared};
use crate::ring::Ring;
use crate::runs::Run;
use crate::shard::{Pending, ShardState};
use crate::silence::Limit;
use crate::summary::{AlertCount, Counts};
use crate::tables::Table;
use crate::twin::TwinState;
use crate::versions::{Form, Newest, Row, Version, Versions};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use twin_plan::kernel::{Batch, Heap};

stored!(FileMark { row, name });
stored!(Reject { row, offset, key, reason, detail, raw });
stored!(ColumnFaults { unreadable, outside });
stored!(Batch { rows, columns, texts });
stored!(Chunk { batch, offsets, times, keys, files, deleted, rejects, faults, next });
stored!(Faults { columns, places, unknown_filters });
stored!(Version { position, time, row });
stored!(Row { words, texts });
stored!(Newest { position, time, form });
stored!(Heap { words, free });
stored!(Waiting { time, slot, row });
stored!(Pending { time, position, slot, row, input });
stored!(Repeats { last_times, keys_then, dropped });
stored!(Limit { last_read, due, is_silent, is_armed });
stored!(AlertCount { raised, cleared });

impl Stored for Position {
    fn encode(&self, to: &mut Encoder) {
        self.0.encode(to);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        Ok(Position(Vec::decode(from)?))
    }
}

impl Stored for usize {
    fn encode(&self, to: &mut Encoder) {
        (*self as u64).encode(to);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        usize::try_from(u64::decode(from)?).map_err(|_| Malformed)
    }
}

/// One of a closed list, by its number.
fn choice<T: Copy>(all: &[T], from: &mut Decoder<'_>) -> Result<T, Malformed> {
    all.get(u8::decode(from)? as usize).copied().ok_or(Malformed)
}

impl Stored for RejectReason {
    fn encode(&self, to: &mut Encoder) {
        (*self as u8).encode(to);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        choice(&RejectReason::ALL, from)
    }
}

impl Stored for Fate {
    fn encode(&self, to: &mut Encoder) {
        (*self as u8).encode(to);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        choice(&Fate::ALL, from)
    }
}

/// A heap's entries, in whatever order they lie.
impl<T: Stored + Ord> Stored for BinaryHeap<Reverse<T>> {
    fn encode(&self, to: &mut Encoder) {
        self.len().encode(to);
        self.iter().for_each(|Reverse(entry)| entry.encode(to));
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        Ok(Vec::<T>::decode(from)?.into_iter().map(Reverse).collect())
    }
}

impl Stored for Interner {
    fn encode(&self, to: &mut Encoder) {
        self.bytes.encode(to);
        self.ends.encode(to);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        Interner::from_parts(Vec::decode(from)?, Vec::decode(from)?).ok_or(Malformed)
    }
}

impl Stored for Form {
    fn encode(&self, to: &mut Encoder) {
        (*self as u8).encode(to);
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        choice(&Form::ALL, from)
    }
}

impl Stored for Table {
    fn encode(&self, to: &mut Encoder) {
        self.keys.encode(to);
        let Versions { columns, newest, words, texts, earlier } = &self.versions;
        (*columns as u64).encode(to);
        newest.encode(to);
        words.encode(to);
        texts.encode(to);
        earlier.len().encode(to);
        for (key, versions) in earlier {
            key.encode(to);
            versions.encode(to);
        }
    }

    fn decode(from: &mut Decoder<'_>) -> Result<Self, Malformed> {
        let keys = Interner::decode(from)?;
        let (columns, newest): (usize, Vec<Newest>) = Stored::decode(from)?;
        let (words, texts) = Stored::decode(from)?;
        let earlier = Vec::decode(from)?.into_iter().collect();
        let versions = Versions { columns, newest, words, texts, earlier };
        if !versions.is_sound() {
            return Err(Malformed);
        }
        Ok(Table::of(keys, versions))
    }
}

impl Counts {
    pub fn save(&self, to: &mut Encoder) {
        self.late.encode(to);
        self.rejected.encode(to);
        self.rejects.iter().for_each(|count| count.encode(to));
        self.alerts.encode(to);
    }

    pub fn load(&mut self, from: &mut Decoder<'_>) -> Result<(), Malformed> {
        self.late = Stored::decode(from)?;
        self.rejected = Stored::decode(from)?;
        for count in &mut self.rejects {
            *count = Stored::decode(from)?;
        }
        self.alerts = Stored::decode(from)?;
        Ok(())
    }
}

impl Partition {
    fn save(&self, to: &mut Encoder) {
        self.ahead.encode(to);
        self.stands.encode(to);
        (self.fresh, self.row, self.reject).encode(to);
        self.is_at_start.encode(to);
    }

    /// The reader is sent to where it stood; what was the end may have become more since.
    fn load(&mut self, from: &mut Decoder<'_>) -> Result<(), LoadError> {
        self.ahead = Stored::decode(from)?;
        self.stands = Stored::decode(from)?;
        (self.fresh, self.row, self.reject) = Stored::decode(from)?;
        self.is_at_start = Stored::decode(from)?;
        self.is_done = false;
        if self.stands != Position::default() {
            self.reader.seek(&self.stands)?;
        }
        Ok(())
    }
}

impl TopicLog {
    /// Rows have moved together before.
    fn save(&self, to: &mut Encoder) {
        self.faults.encode(to);
        self.ring.as_ref().map(Ring::moved_rows).encode(to);
        self.partitions.len().encode(to);
        self.partitions.iter().for_each(|partition| partition.save(to));
    }

    fn load(&mut self, name: &str, from: &mut Decoder<'_>) -> Result<(), LoadError> {
        self.faults = Stored::decode(from)?;
        let rows: Option<(Prepared, Vec<Run>)> = Stored::decode(from)?;
        let partitions = usize::decode(from)?;
        if partitions != self.partitions.len() || rows.is_some() != self.ring.is_some() {
            let ours = self.partitions.len();
            return Err(LoadError::Other(format!(
                "`{name}` had {partitions} partitions then, and {ours} now"
            )));
        }
        let columns = self.needed.late.len();
        if rows.as_ref().is_some_and(|(rows, _)| rows.chunk.batch.columns.len() != columns) {
            return Err(LoadError::Malformed);
        }
        self.ring = rows.map(|(rows, runs)| Ring::of(rows, runs, &self.needed));
        self.partitions.iter_mut().try_for_each(|partition| partition.load(from))
    }
}

impl Intake {
    pub fn save(&self, to: &mut Encoder) {
        self.position.encode(to);
        self.stream.now().encode(to);
        self.events.encode(to);
        self.sources.iter().chain(&self.tables).for_each(|log| log.save(to));
    }

    pub fn load(&mut self, plan: &twin_plan::Plan, from: &mut Decoder<'_>) -> Result<(), LoadError> {
        self.position = Stored::decode(from)?;
        self.stream.go_on(self.position, Stored::decode(from)?);
        self.events = Stored::decode(from)?;
        for (log, (name, _)) in self.sources.iter_mut().chain(&mut self.tables).zip(topics(plan)) {
            log.load(name, from)?;
        }
        Ok(())
    }
}

/// Names and columns of the sources and tables.
fn topics(plan: &twin_plan::Plan) -> impl Iterator<Item = (&str, &[twin_plan::Column])> {
    let sources = plan.sources.iter().map(|source| (source.name.as_str(), source.columns.as_slice()));
    sources.chain(plan.tables.iter().map(|table| (table.name.as_str(), table.columns.as_slice())))
}

impl ShardState {
    fn save(&self, to: &mut Encoder) {
        self.rows.encode(to);
        self.heap.encode(to);
        self.twins.encode(to);
        self.pending.encode(to);
        self.queue.calendar.iter().copied().collect::<Vec<_>>().encode(to);
        self.repeats.encode(to);
        self.faults.encode(to);
        self.silences.limits.encode(to);
        self.silences.heap.encode(to);
        self.silences.unstarted.encode(to);
        self.timers.heap.encode(to);
        self.timers.armed.encode(to);
    }

    fn load(&mut self, from: &mut Decoder<'_>) -> Result<(), Malformed> {
        self.rows = Stored::decode(from)?;
        self.heap = Stored::decode(from)?;
        self.twins = Stored::decode(from)?;
        self.pending = Stored::decode(from)?;
        self.queue.calendar = Calendar::of(Stored::decode(from)?);
        self.repeats = Stored::decode(from)?;
        self.faults = Stored::decode(from)?;
        self.silences.limits = Stored::decode(from)?;
        self.silences.heap = Stored::decode(from)?;
        self.silences.unstarted = Stored::decode(from)?;
        self.timers.heap = Stored::decode(from)?;
        self.timers.armed = Stored::decode(from)?;
        Ok(())
    }
}

impl TwinState {
    pub fn save(&self, to: &mut Encoder) {
        self.keys.encode(to);
        self.own.encode(to);
        self.shards.len().encode(to);
        self.shards.iter().for_each(|shard| shard.save(to));
    }

    /// The number of shards is that of the run which is gone on with, whatever this one has threads.
    pub fn load(plan: &twin_plan::Plan, at: usize, from: &mut Decoder<'_>) -> Result<TwinState, Malformed> {
        let (keys, own) = Stored::decode(from)?;
        let shards = usize::decode(from)?;
        if shards == 0 || shards > 1 << 16 {
            return Err(Malformed);
        }
        let mut twin = TwinState { keys, own, ..TwinState::new(plan, at, shards) };
        twin.shards.iter_mut().try_for_each(|shard| shard.load(from))?;
        Ok(twin)
    }
}

/// Why a checkpoint cannot be gone on from.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// It is damaged.
    Malformed,
    /// It is of a run that was bound otherwise.
    Other(String),
    /// A reader or writer cannot go back.
    Log(crate::log::LogError),
}

impl From<Malformed> for LoadError {
    fn from(_: Malformed) -> LoadError {
        LoadError::Malformed
    }
}

impl From<crate::log::LogError> for LoadError {
    fn from(error: crate::log::LogError) -> LoadError {
        LoadError::Log(error)
    }
}
