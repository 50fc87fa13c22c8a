//! Twins with one input, which are most: what waits for stragglers, twin by twin, and what of it happens in a round.
//!
//! Within a twin everything is in the order of time but for stragglers, which happen where they are read. So the
//! log position that releases an event need not be known to put events in order. It is looked up afterwards, for
//! what writes records or is late; only twins that look at the stream clock or at tables need it beforehand.
//!
//! Entries are made a small batch at a time, so that they never leave the processor's cache.

use crate::intake::Record;
use crate::interner::NO_SLOT;
use crate::shard::{Form, ShardState, Surroundings};
use crate::stream::NOT_STARTED;
use twin_plan::kernel::{Entry, What};

/// An event that waits for stragglers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Waiting {
    /// Event time.
    pub time: i64,
    /// Log position.
    pub position: u64,
    /// The twin's row.
    pub slot: u32,
    /// Its row in the input's batch.
    pub record: u32,
    /// The input.
    pub input: u16,
}

impl Waiting {
    /// What happens when it waits no longer.
    #[inline]
    pub fn entry(&self, trigger: u64, stream: i64) -> Entry {
        let Waiting { time, position, slot, record, input } = *self;
        Entry { time, trigger, position, stream, slot, record, input, what: What::Event }
    }
}

/// Scratch space.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    /// Where the records of each twin end in `order`.
    ends: Vec<u32>,
    /// Records, twin by twin, in the order of the log.
    order: Vec<u32>,
    /// Some of the records in that order, fetched together, because they lie far apart.
    near: Vec<Record>,
    /// The queue of the twin at hand, by time, then log position.
    queue: Vec<Waiting>,
    /// What waited before the round.
    before: Vec<Waiting>,
    batch: Vec<Entry>,
}

/// Entries that are handed to the kernel at a time.
const BATCH: usize = 1024;

/// Records that are fetched at a time.
const NEAR: usize = 256;

impl ShardState {
    /// Lets happen what a round brings to twins with one input.
    pub fn run_queued(&mut self, around: &Surroundings<'_>) {
        let mut queues = std::mem::take(&mut self.queues);
        queues.group(around);
        std::mem::swap(&mut self.waiting, &mut queues.before);
        self.waiting.clear();
        let records = around.events.records[0];
        let (mut waited, mut begin, mut near_begin) = (0, 0, 0);
        queues.near.clear();
        for slot in 0..around.twins as u32 {
            queues.queue.clear();
            while let Some(waiting) = queues.before.get(waited).filter(|w| w.slot == slot) {
                queues.queue.push(*waiting);
                waited += 1;
            }
            let end = queues.ends[slot as usize] as usize;
            let Queues { order, near, queue, batch, .. } = &mut queues;
            if end > near_begin + near.len() {
                near_begin = begin;
                let some = &order[begin..end.max(begin + NEAR).min(order.len())];
                near.clear();
                near.extend(some.iter().map(|at| records[*at as usize]));
            }
            let own = &near[begin - near_begin..end - near_begin];
            begin = end;
            follow_twin(slot, own, queue, batch, around);
            self.waiting.extend_from_slice(queue);
            if batch.len() >= BATCH {
                self.run_batch(batch, around);
            }
        }
        self.run_batch(&mut queues.batch, around);
        if let Some(patience) = around.form.patience {
            self.run_quiet_twins(patience, around);
        }
        self.queues = queues;
    }

    /// Lets happen what a round brings to twins with one input where nothing waits.
    pub fn run_directly(&mut self, around: &Surroundings<'_>) {
        let mut batch = std::mem::take(&mut self.queues.batch);
        let (shard, shards) = around.events.shard;
        let all = around.events.records[0].chunks(BATCH).zip(around.events.slots[0].chunks(BATCH));
        for (records, slots) in all {
            let both = records.iter().zip(slots);
            if shards == 1 && !slots.contains(&NO_SLOT) {
                // The same as below, but without a decision for each.
                batch.extend(both.map(|(record, slot)| at_once(record, *slot)));
            } else {
                let own = both.filter(|(_, slot)| **slot != NO_SLOT && **slot % shards == shard);
                batch.extend(own.map(|(record, slot)| at_once(record, slot / shards)));
            }
            self.run_batch(&mut batch, around);
        }
        self.queues.batch = batch;
    }

    /// Carries out the entries of some twins.
    fn run_batch(&mut self, batch: &mut Vec<Entry>, around: &Surroundings<'_>) {
        if around.form.has_duplicates {
            self.drop_duplicates(batch, around.form);
        }
        let (heads, late) = (self.outputs.heads.len(), self.late.len());
        match around.form.patience {
            None => self.carry_out(batch, around),
            Some(patience) => self.run_patiently(batch, patience, around),
        }
        if around.form.is_lazy {
            for head in &mut self.outputs.heads[heads..] {
                head.trigger = trigger(&batch[head.trigger as usize], around).0;
            }
            for late in &mut self.late[late..] {
                late.entry.trigger = trigger(&late.entry, around).0;
            }
        }
        batch.clear();
    }
}

impl Queues {
    /// Groups the round's records by twin.
    fn group(&mut self, around: &Surroundings<'_>) {
        let slots = around.events.slots[0].as_slice();
        let (shard, shards) = around.events.shard;
        let Queues { ends, order, .. } = self;
        ends.clear();
        ends.resize(around.twins + 1, 0);
        let own = |slot: u32| match shards {
            _ if slot == NO_SLOT => None,
            1 => Some(slot as usize),
            _ => (slot % shards == shard).then_some((slot / shards) as usize),
        };
        slots.iter().filter_map(|slot| own(*slot)).for_each(|slot| ends[slot + 1] += 1);
        let mut sum = 0;
        for end in ends.iter_mut() {
            sum += *end;
            *end = sum;
        }
        // What lies there is written over.
        order.resize(sum as usize, 0);
        for (at, slot) in (0u32..).zip(slots) {
            if let Some(slot) = own(*slot) {
                let end = &mut ends[slot];
                order[*end as usize] = at;
                *end += 1;
            }
        }
    }
}

/// An event that happens when it is read.
#[inline]
fn at_once(record: &Record, slot: u32) -> Entry {
    let Record { position, time, stream, row } = *record;
    Waiting { time, position, slot, record: row, input: 0 }.entry(position, stream)
}

/// What happens to one twin; afterwards the queue holds what waits on.
#[inline]
fn follow_twin(
    slot: u32,
    own: &[Record],
    queue: &mut Vec<Waiting>,
    batch: &mut Vec<Entry>,
    around: &Surroundings<'_>,
) {
    let form = around.form;
    let lateness = form.lateness[0];
    let mut done = 0;
    for record in own {
        let Record { position, time, stream, row } = *record;
        let waiting = Waiting { time, position, slot, record: row, input: 0 };
        if time.saturating_add(lateness) <= stream {
            done += release(&queue[done..], stream, batch, around);
            let trigger = if form.is_lazy { batch.len() as u64 } else { position };
            batch.push(waiting.entry(trigger, stream));
            continue;
        }
        let mut at = queue.len();
        while at > done && queue[at - 1].time > time {
            at -= 1;
        }
        if at == queue.len() { queue.push(waiting) } else { queue.insert(at, waiting) }
    }
    let until = if around.end.is_some() { i64::MAX } else { around.stream.now() };
    done += release(&queue[done..], until, batch, around);
    queue.drain(..done);
}

/// Makes entries of what waits no longer when the stream clock shows `until`; says of how much.
#[inline]
fn release(queue: &[Waiting], until: i64, batch: &mut Vec<Entry>, around: &Surroundings<'_>) -> usize {
    let form = around.form;
    let mut done = 0;
    for waiting in queue {
        if waiting.time.saturating_add(form.lateness[0]) > until {
            break;
        }
        done += 1;
        let mut entry = waiting.entry(batch.len() as u64, NOT_STARTED);
        if !form.is_lazy {
            (entry.trigger, entry.stream) = trigger(&entry, around);
        }
        batch.push(entry);
    }
    done
}

/// The log position at which an event happens, and the stream clock there (unless it is a straggler).
fn trigger(entry: &Entry, around: &Surroundings<'_>) -> (u64, i64) {
    let due = entry.time.saturating_add(around.form.lateness[0]);
    match around.stream.reaches(due) {
        // Before it was read: a straggler.
        Some(reached) if reached.position < entry.position => (entry.position, entry.stream),
        Some(reached) => (reached.position, reached.stream),
        None => (around.end.unwrap_or(u64::MAX), around.stream.now()),
    }
}

/// Whether only what writes records needs to know its log position.
pub(crate) fn is_lazy(form: &Form, twin: &twin_plan::TwinPlan) -> bool {
    let looks_at_stream =
        twin.exprs.nodes.iter().any(|node| matches!(node.kind, twin_plan::NodeKind::StreamNow));
    let waits = form.lateness.iter().any(|lateness| *lateness > 0);
    waits && !looks_at_stream && twin.tables.is_empty() && !form.has_duplicates && form.patience.is_none()
}
