//! The state of one shard of one twin type, and what happens to it in a round of the log.
//!
//! Events that still wait for stragglers are carried from round to round. What is released is grouped by twin and
//! ordered: first by the log position that releases it, then by time, then by input, then by its own log position.
//! Nothing of that depends on where a round ends.

use crate::group::Grouping;
use crate::intake::Record;
use crate::interner::NO_SLOT;
use crate::lateness::{Clocks, clock};
use crate::queue::{Queues, Waiting};
use crate::stream::{NOT_STARTED, Stream};
use twin_operators::captures::{Closing, close};
use twin_operators::outputs::StepHead;
use twin_plan::kernel::{BEHIND_EVENTS, Batch, Entry, Heap, Kernel, Keys, Outputs, Shard, Tables, What};
use twin_plan::layout::{CLOCK, NEVER, NEXT_DEADLINE, NEXT_TICK};
use twin_plan::{Duplicates, Plan, TwinPlan};
use twin_types::Word;

/// What the twins of a type have in common.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// Lateness by input.
    pub lateness: Vec<i64>,
    /// What to do with equal times, by input.
    pub duplicates: Vec<Duplicates>,
    /// The smallest patience of its inputs.
    pub patience: Option<i64>,
    /// Whether events wait twin by twin: there is one input, and no limit of silence.
    pub is_queued: bool,
    /// Whether nothing waits, and nothing but events happens: they come as they stand in the log.
    pub is_direct: bool,
    /// See [`crate::queue::is_lazy`].
    pub is_lazy: bool,
    /// Whether equal times matter for any input.
    pub has_duplicates: bool,
}

impl Form {
    pub fn new(plan: &Plan, twin: &TwinPlan) -> Form {
        let sources: Vec<_> = twin.inputs.iter().map(|input| &plan.sources[input.source as usize]).collect();
        let lateness: Vec<_> = sources.iter().map(|s| s.lateness_ns.max(0)).collect();
        let duplicates: Vec<_> = sources.iter().map(|s| s.duplicates).collect();
        let mut form = Form {
            is_queued: lateness.len() == 1 && twin.silences.is_empty(),
            is_direct: false,
            is_lazy: false,
            has_duplicates: duplicates.iter().any(|d| *d != Duplicates::Keep),
            lateness,
            duplicates,
            patience: sources.iter().filter_map(|s| s.patience_ns).min(),
        };
        form.is_direct =
            form.is_queued && form.lateness == [0] && form.patience.is_none() && !form.has_duplicates;
        form.is_lazy = crate::queue::is_lazy(&form, twin);
        form
    }
}

/// An event that came too late.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late {
    pub entry: Entry,
    /// The twin's clock then.
    pub clock: i64,
}

/// State of a shard. Rows, heap, clocks, waiting events and timers outlive a round; the rest is scratch.
#[derive(Default)]
pub(crate) struct ShardState {
    pub rows: Vec<Word>,
    pub heap: Heap,
    /// How many twins there are.
    pub twins: usize,
    /// Events that wait for stragglers.
    pub waiting: Vec<Waiting>,
    /// Time of the last event, by input and twin, where equal times matter.
    pub last_times: Vec<Vec<i64>>,
    pub silences: crate::silence::Silences,
    pub timers: crate::patience::Timers,
    /// Faults so far.
    pub faults: Vec<u64>,
    /// Duplicates dropped so far.
    pub duplicates: u64,
    /// What this round wrote.
    pub outputs: Outputs,
    /// Events of this round that were late.
    pub late: Vec<Late>,
    /// What was handed to the kernel in this round, in order, where a twin has several inputs.
    pub done: Vec<Entry>,
    released: Vec<Entry>,
    grouping: Grouping,
    pub(crate) queues: Queues,
    late_at: Vec<u32>,
    pub(crate) clocks: Clocks,
}

/// The events of a round for a twin type: by input, the records and whose they are. A shard takes those of its own.
#[derive(Clone, Copy)]
pub(crate) struct Events<'a> {
    /// Records by input.
    pub records: &'a [&'a [Record]],
    /// Slots by input, one for each record.
    pub slots: &'a [Vec<u32>],
    /// Which shard of how many.
    pub shard: (u32, u32),
}

impl<'a> Events<'a> {
    /// The shard's part: input, record, the twin's row here.
    fn own(&self) -> impl Iterator<Item = (u16, &'a Record, u32)> {
        let (shard, shards) = self.shard;
        let inputs = self.records.iter().zip(self.slots).zip(0u16..);
        inputs.flat_map(move |((records, slots), input)| {
            let both = records.iter().zip(slots);
            both.filter_map(move |(record, slot)| match shards {
                _ if *slot == NO_SLOT => None,
                1 => Some((input, record, *slot)),
                _ if slot % shards != shard => None,
                _ => Some((input, record, slot / shards)),
            })
        })
    }

    /// The events, by input, in the order of the log.
    pub fn entries(&self) -> impl Iterator<Item = Entry> {
        self.own().map(|(input, record, slot)| Entry {
            time: record.time,
            trigger: record.position,
            position: record.position,
            stream: record.stream,
            slot,
            record: record.row,
            input,
            what: What::Event,
        })
    }
}

/// What a shard needs of its surroundings in a round.
pub(crate) struct Surroundings<'a> {
    pub plan: &'a Plan,
    pub twin: &'a TwinPlan,
    pub form: &'a Form,
    pub kernel: &'a dyn Kernel,
    pub batches: &'a [&'a Batch],
    pub keys: &'a dyn Keys,
    pub tables: &'a dyn Tables,
    pub stream: &'a Stream,
    /// What the round's records are.
    pub events: Events<'a>,
    /// How many twins the shard has.
    pub twins: usize,
    /// The input has ended at this position: nothing waits any longer.
    pub end: Option<u64>,
}

impl ShardState {
    pub fn new(plan: &Plan, twin: &TwinPlan) -> ShardState {
        ShardState {
            faults: vec![0; plan.faults.len()],
            last_times: vec![Vec::new(); twin.inputs.len()],
            ..ShardState::default()
        }
    }

    /// Lets happen what this round of the log brings.
    pub fn run_round(&mut self, around: &Surroundings<'_>) {
        self.begin_round(around);
        if around.form.is_direct {
            return self.run_directly(around);
        }
        if around.form.is_queued {
            return self.run_queued(around);
        }
        self.release(around);
        if !around.twin.silences.is_empty() {
            self.silences.add_reads(around, &mut self.released);
        }
        let mut ordered = self.grouping.group(&self.released, around.twins);
        if around.form.has_duplicates {
            self.drop_duplicates(&mut ordered, around.form);
        }
        if !around.twin.silences.is_empty() {
            self.silences.add_quiets(&mut ordered, around, &self.rows);
        }
        match around.form.patience {
            None => self.carry_out(&ordered, around),
            Some(patience) => {
                self.run_patiently(&ordered, patience, around);
                self.run_quiet_twins(patience, around);
            }
        }
        self.grouping.give_back(ordered);
    }

    fn begin_round(&mut self, around: &Surroundings<'_>) {
        self.outputs.heads.clear();
        self.outputs.words.clear();
        self.outputs.texts.clear();
        self.late.clear();
        self.done.clear();
        let initial = &around.twin.layout.initial;
        self.rows.reserve((around.twins - self.twins) * initial.len());
        for _ in self.twins..around.twins {
            self.rows.extend_from_slice(initial);
        }
        self.twins = around.twins;
        for (times, kind) in self.last_times.iter_mut().zip(&around.form.duplicates) {
            if *kind == Duplicates::First {
                times.resize(around.twins, NOT_STARTED);
            }
        }
    }

    /// Sorts events into those that are released in this round and those that wait on.
    fn release(&mut self, around: &Surroundings<'_>) {
        self.released.clear();
        let mut kept = 0;
        for at in 0..self.waiting.len() {
            let waiting = self.waiting[at];
            let mut entry = waiting.entry(0, NOT_STARTED);
            if is_released(&mut entry, around) {
                self.released.push(entry);
            } else {
                self.waiting[kept] = waiting;
                kept += 1;
            }
        }
        self.waiting.truncate(kept);
        let lateness = &around.form.lateness;
        around.events.entries().for_each(|mut entry| {
            let is_straggler = entry.time.saturating_add(lateness[entry.input as usize]) <= entry.stream;
            if is_straggler || is_released(&mut entry, around) {
                self.released.push(entry);
            } else {
                let Entry { time, position, slot, record, input, .. } = entry;
                self.waiting.push(Waiting { time, position, slot, record, input });
            }
        });
    }

    /// Of events with equal time in one twin and input, keeps the first or the last.
    ///
    /// `last` looks at events that are applied together: one that was applied before its like was read stays.
    pub fn drop_duplicates(&mut self, ordered: &mut Vec<Entry>, form: &Form) {
        let mut kept = 0;
        for at in 0..ordered.len() {
            let entry = ordered[at];
            let input = entry.input as usize;
            let is_dropped = entry.what == What::Event
                && match form.duplicates[input] {
                    Duplicates::Keep => false,
                    Duplicates::First => {
                        let last = &mut self.last_times[input][entry.slot as usize];
                        let is_again = *last == entry.time && *last != NOT_STARTED;
                        *last = (*last).max(entry.time);
                        is_again
                    }
                    Duplicates::Last => ordered[at + 1..]
                        .iter()
                        .take_while(|next| next.slot == entry.slot && next.trigger == entry.trigger)
                        .take_while(|next| next.time == entry.time)
                        .any(|next| next.input == entry.input && next.what == What::Event),
                };
            if is_dropped {
                self.duplicates += 1;
            } else {
                ordered[kept] = entry;
                kept += 1;
            }
        }
        ordered.truncate(kept);
    }

    /// Hands entries to the kernel and notes which of them were late.
    pub fn carry_out(&mut self, entries: &[Entry], around: &Surroundings<'_>) {
        if entries.is_empty() {
            return;
        }
        self.late_at.clear();
        self.clocks.note(entries, &self.rows, around.twin.layout.words as usize, around.form);
        let mut shard = Shard {
            plan: around.twin,
            rows: &mut self.rows,
            heap: &mut self.heap,
            batches: around.batches,
            texts: &around.plan.texts,
            keys: around.keys,
            tables: around.tables,
            outputs: &mut self.outputs,
            late: &mut self.late_at,
            faults: &mut self.faults,
        };
        around.kernel.run(&mut shard, entries);
        if !self.late_at.is_empty() {
            self.clocks.follow(entries, &self.late_at, around.form, &mut self.late);
        }
        if around.twin.inputs.len() > 1 {
            self.done.extend_from_slice(entries);
        }
    }

    /// The clock of a twin.
    pub fn clock(&self, slot: u32, around: &Surroundings<'_>) -> i64 {
        clock(&self.rows, around.twin.layout.words as usize, slot)
    }

    /// Writes the records of captures that are still open; the recording has ended.
    pub fn close_captures(&mut self, around: &Surroundings<'_>, position: u64) {
        self.begin_round(around);
        let words = around.twin.layout.words as usize;
        for slot in 0..around.twins {
            let row = &mut self.rows[slot * words..(slot + 1) * words];
            let time = row[CLOCK.index()] as i64;
            let mut step =
                StepHead { trigger: position, time, position: BEHIND_EVENTS, slot: slot as u32, place: 0 };
            for capture in &around.twin.captures {
                let (heap, outputs) = (&mut self.heap, &mut self.outputs);
                close(row, heap, around.twin, capture, Closing::End, outputs, &mut step);
            }
        }
    }

    /// When the first timer of any twin is due.
    pub fn earliest_due(&self, words: usize) -> Option<i64> {
        let due = |word: Word| if word as i64 == i64::MIN { NEVER } else { word as i64 };
        let rows = self.rows.chunks_exact(words.max(1));
        rows.map(|row| due(row[NEXT_TICK.index()]).min(due(row[NEXT_DEADLINE.index()]))).min()
    }

    /// Lets every twin's clock move to `time`, at the end of the log.
    pub fn advance_all(&mut self, time: i64, around: &Surroundings<'_>, position: u64) {
        self.begin_round(around);
        let stream = around.stream.now();
        self.clocks.run_ahead(time);
        let entries: Vec<_> =
            (0..around.twins as u32).map(|slot| advance(slot, time, position, stream)).collect();
        self.carry_out(&entries, around);
    }
}

/// Whether the stream clock releases a waiting event in this round; then it gets the position where it does.
#[inline]
fn is_released(entry: &mut Entry, around: &Surroundings<'_>) -> bool {
    let due = entry.time.saturating_add(around.form.lateness[entry.input as usize]);
    if let Some(reached) = around.stream.reaches(due) {
        (entry.trigger, entry.stream) = (reached.position, reached.stream);
    } else if let Some(position) = around.end {
        (entry.trigger, entry.stream) = (position, around.stream.now());
    } else {
        return false;
    }
    true
}

/// A twin's clock moves to `time` at a log position.
pub(crate) fn advance(slot: u32, time: i64, trigger: u64, stream: i64) -> Entry {
    Entry { time, trigger, position: u64::MAX, stream, slot, record: 0, input: 0, what: What::Advance }
}
