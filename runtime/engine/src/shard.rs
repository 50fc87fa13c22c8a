//! The state of one shard of one twin type, and what happens to it in a round of the log.
//!
//! Events that still wait for stragglers are carried from round to round. What is released is grouped by twin and
//! ordered: first by the log position that releases it, then by time, then by input, then by its own log position.
//! Nothing of that depends on where a round ends.

use crate::duplicates::Repeats;
use crate::group::Grouping;
use crate::interner::NO_SLOT;
use crate::moment::{Happening, Moment, Moments, Places};
use crate::prepare::Prepared;
use crate::queue::{Queue, run_directly, run_queued};
use crate::ring::{Lap, Ring};
use crate::round::Records;
use crate::stream::{NOT_STARTED, Stream};
use crate::tables::{TableStore, TableView};
use twin_operators::captures::{Closing, close};
use twin_operators::outputs::StepHead;
use twin_plan::kernel::{
    BEHIND_EVENTS, Batch, Entries, Entry, EntryList, Heap, Kernel, Keys, LateEntry, Outputs, OwnRow, OwnRows,
    Shard, What,
};
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
    /// Whether nothing but events of one input happens, and all of them: see [`crate::queue`].
    pub is_queued: bool,
    /// Whether equal times matter for any input.
    pub has_duplicates: bool,
    /// Whether steps look at the stream clock.
    pub looks_at_stream: bool,
}

impl Form {
    pub fn new(plan: &Plan, twin: &TwinPlan) -> Form {
        let sources: Vec<_> = twin.inputs.iter().map(|input| &plan.sources[input.source as usize]).collect();
        let lateness: Vec<_> = sources.iter().map(|s| s.lateness_ns.max(0)).collect();
        let duplicates: Vec<_> = sources.iter().map(|s| s.duplicates).collect();
        let has_duplicates = duplicates.iter().any(|d| *d != Duplicates::Keep);
        let patience = sources.iter().filter_map(|s| s.patience_ns).min();
        let is_plain = twin.silences.is_empty() && patience.is_none() && !has_duplicates;
        Form {
            is_queued: lateness.len() == 1 && is_plain,
            has_duplicates,
            looks_at_stream: twin.looks_at_stream(),
            lateness,
            duplicates,
            patience,
        }
    }

    /// Whether it matters when the stream clock reached what.
    pub fn follows_stream(&self, twin: &TwinPlan) -> bool {
        self.looks_at_stream || !self.is_direct() || !twin.tables.is_empty()
    }

    /// Whether nothing waits, so that events happen as they stand in the log.
    pub fn is_direct(&self) -> bool {
        self.is_queued && self.lateness == [0]
    }
}

/// An event that waits for stragglers, of a twin where more than events of one input happens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    /// Event time.
    pub time: i64,
    /// Log position.
    pub position: u64,
    /// The twin's row.
    pub slot: u32,
    /// The number of its row, see [`crate::ring`].
    pub row: u32,
    /// The input.
    pub input: u16,
}

/// An event that came too late.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Late {
    /// Event time.
    pub time: i64,
    /// Log position at which it turned out.
    pub trigger: u64,
    /// Log position of the event itself.
    pub position: u64,
    /// The twin's row.
    pub slot: u32,
    /// Its row in the input's batch.
    pub record: u32,
    /// The input.
    pub input: u16,
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
    /// Events that wait for stragglers, where they do not wait in the queue.
    pub pending: Vec<Pending>,
    /// Of the first of the twin types that share it.
    pub queue: Queue,
    pub repeats: Repeats,
    pub silences: crate::silence::Silences,
    pub timers: crate::patience::Timers,
    /// By table: rows under the twins' own keys.
    pub own_rows: Vec<Vec<OwnRow>>,
    /// When the first timer is due, once clocks have been moved to the end of a run.
    pub next_due: i64,
    /// Faults so far.
    pub faults: Vec<u64>,
    /// What this round wrote.
    pub outputs: Outputs,
    /// Events of this round that were late.
    pub late: Vec<Late>,
    released: Vec<Happening>,
    grouping: Grouping,
    entries: EntryList,
    moments: Vec<Moment>,
    late_at: Vec<LateEntry>,
}

/// The events of a round for one input of a twin type.
#[derive(Clone, Copy)]
pub(crate) struct InputEvents<'a> {
    pub records: Records<'a>,
    /// Whose they are: a slot for each record.
    pub slots: &'a [u32],
    /// Whether some are no one's ([`NO_SLOT`]).
    pub has_keyless: bool,
    /// Where they, and those that wait, stand in the log.
    pub places: Places<'a>,
    /// The ring that their rows are in, where they are not used in place.
    pub ring: Option<&'a Ring>,
    /// What makes places in the batch of the numbers of rows.
    pub lap: Lap,
    /// The rows of the batch with all that is kept of them.
    pub rows: &'a Prepared,
}

impl InputEvents<'_> {
    /// The number of one of the last rows.
    fn number(&self, row: u32) -> u32 {
        self.ring.map_or(row, |ring| ring.number(row))
    }
}

/// The events of a round for a twin type, by input. A shard takes those of its own.
pub(crate) struct Events<'a> {
    pub inputs: Vec<InputEvents<'a>>,
}

/// What a shard needs of its surroundings in a round.
pub(crate) struct Surroundings<'a> {
    pub plan: &'a Plan,
    pub twin: &'a TwinPlan,
    pub form: &'a Form,
    pub kernel: &'a dyn Kernel,
    pub batches: &'a [&'a Batch],
    pub keys: &'a dyn Keys,
    pub tables: &'a TableStore,
    /// For each table the twin's own key there, by slot.
    pub own: &'a [Vec<u32>],
    pub stream: &'a Stream,
    /// What the round's records are.
    pub events: Events<'a>,
    /// Which shard of how many.
    pub shard: (u32, u32),
    /// How many twins the shard has.
    pub twins: usize,
    /// The log position at which the round begins.
    pub begin: u64,
    /// The input has ended at this position: nothing waits any longer.
    pub end: Option<u64>,
}

impl<'a> Surroundings<'a> {
    /// The shard's part of the round's events, by input, in the order of the log.
    pub fn own_events(&self) -> impl Iterator<Item = Happening> {
        let shard = self.shard;
        (0u16..).zip(&self.events.inputs).flat_map(move |(input, events)| {
            let both = events.records.iter().zip(events.slots);
            let own = both.filter_map(move |(record, slot)| Some((record, own_row(*slot, shard)?)));
            own.map(move |(record, slot)| Happening {
                time: record.time,
                trigger: record.position,
                position: record.position,
                stream: record.stream,
                slot,
                record: events.lap.place(record.number),
                input,
                what: What::Event,
            })
        })
    }

    /// Tables, for those who know their log position.
    pub fn tables(&self) -> TableView<'a> {
        self.tables_at(Moments::Known(&[]))
    }

    fn tables_at<'m>(&self, moments: Moments<'m>) -> TableView<'m>
    where
        'a: 'm,
    {
        let Surroundings { plan, tables: store, stream, own, shard, begin, .. } = *self;
        TableView { plan, store, stream, own, shard, begin, moments }
    }
}

/// A shard of one of the twin types that share their entries.
pub(crate) struct Member<'a> {
    pub state: &'a mut ShardState,
    pub around: Surroundings<'a>,
}

/// Lets happen what this round of the log brings to twin types that share their entries (or to one alone).
pub(crate) fn run_round(members: &mut [Member<'_>]) {
    for member in members.iter_mut() {
        member.state.begin_round(&member.around);
    }
    let form = members[0].around.form;
    if form.is_direct() {
        run_directly(members);
    } else if form.is_queued {
        run_queued(members);
    } else {
        for member in members {
            member.state.run_grouped(&member.around);
        }
    }
}

/// The row of a twin in a shard (which of how many); `None`: it is another's, or no one's.
pub(crate) fn own_row(slot: u32, shard: (u32, u32)) -> Option<u32> {
    is_own(slot, shard).then(|| row_in(slot, shard))
}

/// Whether a slot is of a shard (which of how many), and not no one's.
#[inline]
pub(crate) fn is_own(slot: u32, (shard, shards): (u32, u32)) -> bool {
    // Most runs have one thread, or two, or four: dividing costs more than a step.
    let whose = if shards.is_power_of_two() { slot & (shards - 1) } else { slot % shards };
    (whose == shard) & (slot != NO_SLOT)
}

/// The row of a slot in its shard.
#[inline]
pub(crate) fn row_in(slot: u32, (_, shards): (u32, u32)) -> u32 {
    if shards.is_power_of_two() { slot >> shards.trailing_zeros() } else { slot / shards }
}

/// Clocks of so many twins are moved together.
const TOGETHER: usize = 1024;

impl ShardState {
    pub fn new(plan: &Plan, twin: &TwinPlan) -> ShardState {
        ShardState {
            own_rows: vec![Vec::new(); plan.tables.len()],
            faults: vec![0; plan.faults.len()],
            repeats: Repeats::new(twin.inputs.len()),
            ..ShardState::default()
        }
    }

    /// Lets happen what this round brings to twins that have several inputs, limits of silence or patience.
    fn run_grouped(&mut self, around: &Surroundings<'_>) {
        self.release(around);
        if !around.twin.silences.is_empty() {
            self.silences.add_reads(around, &mut self.released);
        }
        let mut ordered = self.grouping.group(&self.released, around.twins);
        if around.form.has_duplicates {
            self.repeats.drop_from(&mut ordered, around);
        }
        if !around.twin.silences.is_empty() {
            self.silences.add_quiets(&mut ordered, around, &self.rows);
        }
        match around.form.patience {
            None => self.carry_out_known(&ordered, around),
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
        let initial = &around.twin.layout.initial;
        self.rows.reserve((around.twins - self.twins) * initial.len());
        for _ in self.twins..around.twins {
            self.rows.extend_from_slice(initial);
        }
        self.twins = around.twins;
        self.repeats.resize(around);
    }

    /// Sorts events into those that are released in this round and those that wait on.
    fn release(&mut self, around: &Surroundings<'_>) {
        self.released.clear();
        let ShardState { pending, released, .. } = self;
        pending.retain(|waiting| {
            let Pending { time, position, slot, row, input } = *waiting;
            let record = around.events.inputs[input as usize].lap.place(row);
            let (trigger, stream, what) = (0, NOT_STARTED, What::Event);
            let mut one = Happening { time, trigger, position, stream, slot, record, input, what };
            let is_now = is_released(&mut one, around);
            if is_now {
                released.push(one);
            }
            !is_now
        });
        let lateness = &around.form.lateness;
        for mut one in around.own_events() {
            let is_straggler = one.time.saturating_add(lateness[one.input as usize]) <= one.stream;
            if is_straggler || is_released(&mut one, around) {
                self.released.push(one);
            } else {
                let Happening { time, position, slot, record, input, .. } = one;
                let row = around.events.inputs[input as usize].number(record);
                self.pending.push(Pending { time, position, slot, row, input });
            }
        }
    }

    /// Hands what happens to the kernel.
    pub fn carry_out_known(&mut self, happenings: &[Happening], around: &Surroundings<'_>) {
        let mut entries = std::mem::take(&mut self.entries);
        let mut moments = std::mem::take(&mut self.moments);
        for one in happenings {
            entries.push(one.entry());
            moments.push(one.moment());
        }
        self.carry_out(entries.entries(), &Moments::Known(&moments), around);
        entries.clear();
        moments.clear();
        (self.entries, self.moments) = (entries, moments);
    }

    /// Hands entries to the kernel; puts log positions to what was written, and notes which events were late.
    pub fn carry_out(&mut self, entries: Entries<'_>, moments: &Moments<'_>, around: &Surroundings<'_>) {
        if entries.is_empty() {
            return;
        }
        let written_before = self.outputs.heads.len();
        self.late_at.clear();
        let tables = around.tables_at(*moments);
        let own_rows = self.own_rows.iter().zip(&around.tables.tables);
        let own_rows: Vec<_> =
            own_rows.map(|(rows, table)| OwnRows { rows, words: &table.versions.words }).collect();
        let mut shard = Shard {
            plan: around.twin,
            rows: &mut self.rows,
            heap: &mut self.heap,
            batches: around.batches,
            texts: &around.plan.texts,
            keys: around.keys,
            tables: &tables,
            own_rows: &own_rows,
            outputs: &mut self.outputs,
            late: &mut self.late_at,
            faults: &mut self.faults,
        };
        around.kernel.run(&mut shard, entries);
        for head in &mut self.outputs.heads[written_before..] {
            let (trigger, position) = moments.positions(head.trigger as usize);
            head.trigger = trigger;
            if head.is_of_event() {
                head.position = position;
            }
        }
        self.late.extend(self.late_at.iter().map(|late| {
            let (trigger, position) = moments.positions(late.at as usize);
            let Entry { time, slot, record, kind, .. } = entries.get(late.at as usize);
            Late { time, trigger, position, slot, record, input: kind.input, clock: late.clock }
        }));
    }

    /// The clock of a twin.
    pub fn clock(&self, slot: u32, around: &Surroundings<'_>) -> i64 {
        self.rows[slot as usize * around.twin.layout.words as usize + CLOCK.index()] as i64
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

    /// When the first timer of some twins is due.
    pub fn earliest_due(&self, twins: std::ops::Range<usize>, words: usize) -> i64 {
        let due = |word: Word| if word as i64 == i64::MIN { NEVER } else { word as i64 };
        let rows = self.rows[twins.start * words..twins.end * words].chunks_exact(words.max(1));
        let dues = rows.map(|row| due(row[NEXT_TICK.index()]).min(due(row[NEXT_DEADLINE.index()])));
        dues.min().unwrap_or(NEVER)
    }

    /// Lets every twin's clock move to `time`, at the end of the log; notes when the first timer is due after that.
    pub fn advance_all(&mut self, time: i64, around: &Surroundings<'_>, position: u64) {
        self.begin_round(around);
        self.next_due = NEVER;
        let stream = around.stream.now();
        let mut some = std::mem::take(&mut self.released);
        for first in (0..around.twins as u32).step_by(TOGETHER) {
            let end = (around.twins as u32).min(first + TOGETHER as u32);
            some.clear();
            some.extend((first..end).map(|slot| advance(slot, time, position, stream)));
            self.carry_out_known(&some, around);
            // The rows are still in the cache.
            let words = around.twin.layout.words as usize;
            self.next_due = self.next_due.min(self.earliest_due(first as usize..end as usize, words));
        }
        self.released = some;
    }
}

/// Whether the stream clock releases a waiting event in this round; then it gets the position where it does.
#[inline]
fn is_released(entry: &mut Happening, around: &Surroundings<'_>) -> bool {
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
pub(crate) fn advance(slot: u32, time: i64, trigger: u64, stream: i64) -> Happening {
    Happening { time, trigger, position: u64::MAX, stream, slot, record: 0, input: 0, what: What::Advance }
}
