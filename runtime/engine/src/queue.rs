//! Twin types with one input, which are most: what waits for stragglers, and what of it happens in a round.
//!
//! Within a twin everything is in the order of time but for stragglers, which happen where they are read. So the log
//! position that releases an event need not be known to put events in order, and twins need not be told apart: what
//! the stream clock releases leaves the calendar bucket by bucket, and only where two events of one twin lie in one
//! bucket is their order looked at. Positions are looked up afterwards, for what writes records or is late.
//!
//! Several twin types with the same keys of the same source share all of it: their entries are made once.

use crate::calendar::{Calendar, Waiting};
use crate::moment::Moments;
use crate::ring::Lap;
use crate::shard::{Member, Surroundings, is_own, row_in};
use twin_plan::kernel::{Entries, EntryList};

/// What twin types with the same keys have in common in a shard: events that wait, and scratch space.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    pub calendar: Calendar,
    stragglers: Vec<Straggler>,
    batch: EntryList,
    ordering: Ordering,
    /// Places of the round's rows: 0, 1, 2, … where they are used in place.
    places: Vec<u32>,
    streams: Vec<i64>,
    selected: Vec<u32>,
}

/// An event that has its time behind it when it is read. It happens behind all that the clock has released by then.
#[derive(Clone, Copy, Debug)]
struct Straggler {
    released: i64,
    event: Waiting,
}

/// How many entries are handed to a kernel at a time. For one twin type few enough to stay in the processor's cache.
/// Several take turns, and each finds its rows in the cache only where its turn is long enough for most twins to come
/// more than once; the entries' columns, which are read one behind the other, suffer less.
fn batch_of(members: &[Member<'_>]) -> usize {
    if members.len() == 1 { 1 << 10 } else { 1 << 15 }
}

/// Lets happen what a round brings to twin types with one input where nothing waits.
pub(crate) fn run_directly(members: &mut [Member<'_>]) {
    let mut queue = std::mem::take(&mut members[0].state.queue);
    let events = members[0].around.events.inputs[0];
    let shard = members[0].around.shard;
    let most = batch_of(members);
    let mut slots = events.slots;
    match events.ring {
        None => queue.places.extend(queue.places.len() as u32..events.records.times.len() as u32),
        Some(_) => {
            queue.places.clear();
            queue.places.extend(events.records.iter().map(|record| events.lap.place(record.number)));
        }
    }
    for streak in events.records.streaks {
        let (own, rest) = slots.split_at(streak.rows as usize);
        slots = rest;
        let times = &events.records.times[streak.range()];
        let records = &queue.places[streak.range()];
        if shard.1 == 1 && !events.has_keyless {
            // The columns serve as they are.
            let all = times.chunks(most).zip(own.chunks(most)).zip(records.chunks(most));
            for ((times, slots), records) in all {
                let entries = Entries { times, slots, records, ..Entries::default() };
                carry_out(members, entries, &mut queue.streams);
            }
            continue;
        }
        let all = times.chunks(STRETCH).zip(own.chunks(STRETCH)).zip(records.chunks(STRETCH));
        for ((times, slots), records) in all {
            select(slots, shard, &mut queue.selected);
            let entry = |at: &u32| {
                let at = *at as usize;
                (times[at], row_in(slots[at], shard), records[at])
            };
            queue.batch.add_events(queue.selected.iter().map(entry));
            if queue.batch.entries().len() >= most / 2 {
                carry_out(members, queue.batch.entries(), &mut queue.streams);
                queue.batch.clear();
            }
        }
    }
    carry_out(members, queue.batch.entries(), &mut queue.streams);
    queue.batch.clear();
    members[0].state.queue = queue;
}

/// Records of which a shard's own are selected at a time.
const STRETCH: usize = 1024;

/// Which of the slots are of a shard (which of how many). Whose a record is cannot be foreseen, so there is no branch.
fn select(slots: &[u32], shard: (u32, u32), selected: &mut Vec<u32>) {
    selected.resize(slots.len(), 0);
    let mut count = 0;
    for (at, slot) in (0..).zip(slots) {
        selected[count] = at;
        count += usize::from(is_own(*slot, shard));
    }
    selected.truncate(count);
}

/// Lets happen what a round brings to twin types with one input.
pub(crate) fn run_queued(members: &mut [Member<'_>]) {
    let most = batch_of(members);
    let mut queue = std::mem::take(&mut members[0].state.queue);
    let around = &members[0].around;
    let (lateness, lap) = (around.form.lateness[0], around.events.inputs[0].lap);
    queue.take_in(around);
    let until = match around.end {
        Some(_) => i64::MAX,
        None => around.stream.now().saturating_sub(lateness),
    };
    let Queue { calendar, stragglers, batch, ordering, streams, .. } = &mut queue;
    ordering.last.resize(around.twins, (0, 0));
    let mut due = stragglers.as_slice();
    calendar.release(until, |bucket, last| {
        let now = due.partition_point(|straggler| straggler.released <= last);
        let (own, later) = due.split_at(now);
        due = later;
        let is_in_order = ordering.push(batch, bucket, own, lap);
        if batch.entries().len() >= most / 2 {
            carry_out(members, batch.entries(), streams);
            batch.clear();
        }
        is_in_order
    });
    ordering.push(batch, &[], due, lap);
    carry_out(members, batch.entries(), streams);
    batch.clear();
    stragglers.clear();
    members[0].state.queue = queue;
}

impl Queue {
    /// Sorts the shard's part of the round's events into those that wait and stragglers.
    fn take_in(&mut self, around: &Surroundings<'_>) {
        let events = around.events.inputs[0];
        let (lateness, shard) = (around.form.lateness[0], around.shard);
        let mut slots = events.slots;
        let Some(first) = events.records.streaks.first() else { return };
        let started = first.stream.max(events.records.times[first.first as usize]);
        self.calendar.begin(started.saturating_sub(lateness));
        for streak in events.records.streaks {
            let (own, rest) = slots.split_at(streak.rows as usize);
            slots = rest;
            let times = &events.records.times[streak.range()];
            let mut take = |stream: i64, time: i64, slot: u32, at: u32| {
                let event = Waiting { time, slot, row: streak.number.wrapping_add(at) };
                let released = stream.saturating_sub(lateness);
                if time > released {
                    self.calendar.push(event);
                } else {
                    self.stragglers.push(Straggler { released, event });
                }
            };
            let mut stream = streak.stream;
            if shard.1 == 1 && !events.has_keyless {
                for ((time, slot), at) in times.iter().zip(own).zip(0..) {
                    stream = stream.max(*time);
                    take(stream, *time, *slot, at);
                }
                continue;
            }
            for (begin, (times, slots)) in
                (0..).step_by(STRETCH).zip(times.chunks(STRETCH).zip(own.chunks(STRETCH)))
            {
                select(slots, shard, &mut self.selected);
                self.streams.clear();
                self.streams.extend(times.iter().map(|time| {
                    stream = stream.max(*time);
                    stream
                }));
                for at in &self.selected {
                    let (place, slot) = (*at as usize, row_in(slots[*at as usize], shard));
                    take(self.streams[place], times[place], slot, begin + at);
                }
            }
        }
    }
}

/// Puts events of a bucket in order, where that is needed.
#[derive(Debug, Default)]
struct Ordering {
    /// By twin: the last bucket in which it had an event, and the event's place there.
    last: Vec<(u32, u32)>,
    bucket: u32,
    /// Of a bucket that was not in order.
    sorted: Vec<Waiting>,
    /// Stragglers that happen before events of their twins in the bucket: the place, and which it is.
    inserted: Vec<(u32, u32)>,
}

impl Ordering {
    /// Adds the events of a bucket, and what was released with them, to a batch; whether they were in order. `lap` makes
    /// places of the numbers of rows.
    fn push(
        &mut self,
        batch: &mut EntryList,
        bucket: &[Waiting],
        stragglers: &[Straggler],
        lap: Lap,
    ) -> bool {
        self.bucket += 1;
        if self.bucket == u32::MAX {
            self.last.fill((0, 0));
            self.bucket = 1;
        }
        let is_in_order = self.is_in_order(bucket);
        let mut sorted = std::mem::take(&mut self.sorted);
        sorted.clear();
        let bucket = if is_in_order {
            bucket
        } else {
            let first = bucket[0].row;
            sorted.extend_from_slice(bucket);
            sorted.sort_unstable_by_key(|event| (event.time, event.row.wrapping_sub(first) as i32));
            &sorted
        };
        let entry = |event: &Waiting| (event.time, event.slot, lap.place(event.row));
        self.find_places(bucket, stragglers);
        let mut done = 0;
        for (place, straggler) in &self.inserted {
            batch.add_events(bucket[done..*place as usize].iter().map(entry));
            done = *place as usize;
            batch.add_events(std::iter::once(entry(&stragglers[*straggler as usize].event)));
        }
        batch.add_events(bucket[done..].iter().map(entry));
        self.sorted = sorted;
        is_in_order
    }

    /// A straggler happens before the events of its twin that were released after it.
    fn find_places(&mut self, bucket: &[Waiting], stragglers: &[Straggler]) {
        self.inserted.clear();
        for (number, straggler) in (0..).zip(stragglers) {
            let slot = straggler.event.slot;
            let is_behind = |event: &Waiting| event.slot == slot && event.time > straggler.released;
            let place = match self.last[slot as usize].0 == self.bucket {
                true => bucket.iter().position(is_behind),
                false => None,
            };
            self.inserted.push((place.unwrap_or(bucket.len()) as u32, number));
        }
        self.inserted.sort_unstable();
    }

    fn is_in_order(&mut self, bucket: &[Waiting]) -> bool {
        let mut is_in_order = true;
        for (place, event) in (0u32..).zip(bucket) {
            let last = &mut self.last[event.slot as usize];
            if last.0 == self.bucket {
                let before = &bucket[last.1 as usize];
                let is_later = (before.row.wrapping_sub(event.row) as i32) < 0;
                is_in_order &= before.time < event.time || before.time == event.time && is_later;
            }
            *last = (self.bucket, place);
        }
        is_in_order
    }
}

/// Carries entries out for every twin type that shares them.
fn carry_out(members: &mut [Member<'_>], entries: Entries<'_>, streams: &mut Vec<i64>) {
    if entries.is_empty() {
        return;
    }
    streams.clear();
    if members.iter().any(|member| member.around.form.looks_at_stream) {
        let moments = Moments::of_events(entries, &members[0].around);
        streams.extend((0..entries.len()).map(|at| moments.stream(at)));
    }
    let entries = Entries { streams, ..entries };
    for Member { state, around } in members {
        let moments = Moments::of_events(entries, around);
        state.carry_out(entries, &moments, around);
    }
}
