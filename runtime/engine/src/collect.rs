//! What all shards wrote in a round, in the order in which it is written out.
//!
//! By the log position that made the step happen, then step time, log position of the event (ticks before events,
//! deadlines after them), key, twin type, place in the step. No two records agree in all of these, so the number of
//! shards and of rounds cannot be seen in it.

use crate::interner::Interner;
use crate::shard::ShardState;
use crate::twin::TwinState;
use twin_plan::kernel::{OutputHead, What};

/// "It comes from no record", as an input.
pub(crate) const NO_INPUT: u16 = u16::MAX;

/// A record that a step wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written {
    pub head: OutputHead,
    pub twin: u32,
    pub shard: u32,
    /// The input whose record was at hand.
    pub input: u16,
}

/// A record's place among those of a round: what decides nearly always, packed, and where the record is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Trigger and time of the step, then the log position of the event.
    by: (u128, u64),
    /// The first bytes of the key.
    key: u64,
    at: u32,
}

/// The records of a round, and their order.
#[derive(Debug, Default)]
pub(crate) struct Collecting {
    written: Vec<Written>,
    places: Vec<Place>,
}

impl Collecting {
    /// The records in order.
    pub fn in_order(&self) -> impl Iterator<Item = &Written> {
        self.places.iter().map(|place| &self.written[place.at as usize])
    }
}

/// Puts all records of the round in order.
pub(crate) fn collect(twins: &[TwinState], collecting: &mut Collecting) {
    let Collecting { written, places } = collecting;
    gather(twins, written);
    places.clear();
    places.extend((0u32..).zip(&*written).map(|(at, record)| {
        let head = &record.head;
        // `BEFORE_EVENTS` wraps around to the front. Times are shifted, so that they compare as whole numbers do.
        let time = head.time as u64 ^ 1 << 63;
        let by = (u128::from(head.trigger) << 64 | u128::from(time), head.position.wrapping_add(1));
        let (keys, slot) = keys(record, twins);
        Place { by, key: keys.prefix(slot), at }
    }));
    // Records of one twin type, shard and key stand in the order of writing; the rest is decided before that.
    places.sort_unstable_by(|a, b| {
        (a.by, a.key).cmp(&(b.by, b.key)).then_with(|| {
            let (first, second) = (&written[a.at as usize], &written[b.at as usize]);
            key(first, twins).cmp(key(second, twins)).then(a.at.cmp(&b.at))
        })
    });
}

/// All records of the round, shard by shard in the order of writing.
fn gather(twins: &[TwinState], written: &mut Vec<Written>) {
    written.clear();
    for (twin, state) in twins.iter().enumerate() {
        for (number, shard) in state.shards.iter().enumerate() {
            let mut done = shard.done.iter();
            for head in &shard.outputs.heads {
                let input = input_of(head, shard, &mut done);
                written.push(Written { head: *head, twin: twin as u32, shard: number as u32, input });
            }
        }
    }
}

fn input_of<'a>(
    head: &OutputHead,
    shard: &ShardState,
    done: &mut (impl Iterator<Item = &'a twin_plan::kernel::Entry> + Clone),
) -> u16 {
    if !head.is_of_event() {
        return NO_INPUT;
    }
    if shard.done.is_empty() {
        return 0;
    }
    // Records are written in the order of the steps, so the search goes on where the last one ended.
    let mut ahead = done.clone();
    loop {
        let before = ahead.clone();
        let Some(entry) = ahead.next() else { return NO_INPUT };
        if entry.position == head.position && entry.slot == head.slot && entry.what == What::Event {
            *done = before;
            return entry.input;
        }
    }
}

/// The keys of the twin type that wrote a record, and which of them it is.
pub(crate) fn keys<'a>(written: &Written, twins: &'a [TwinState]) -> (&'a Interner, u32) {
    let twin = &twins[written.twin as usize];
    (&twin.keys, written.head.slot * twin.shards.len() as u32 + written.shard)
}

fn key<'a>(written: &Written, twins: &'a [TwinState]) -> &'a [u8] {
    let (keys, slot) = keys(written, twins);
    keys.text(slot)
}
