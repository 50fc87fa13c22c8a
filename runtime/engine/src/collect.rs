//! What all shards wrote in a round, in the order in which it is written out.
//!
//! By the log position that made the step happen, then step time, log position of the event (ticks before events,
//! deadlines after them), key, twin type, place in the step. No two records agree in all of these, so the number of
//! shards and of rounds cannot be seen in it.

use crate::interner::Interner;
use crate::shard::ShardState;
use crate::twin::TwinState;
use std::cmp::Ordering;
use twin_plan::kernel::OutputHead;

/// A record that a step wrote.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'a> {
    pub head: &'a OutputHead,
    pub twin: u32,
    pub shard: u32,
}

/// A record's place among those of a round: what decides nearly always, and where the record is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    /// Trigger and time of the step, as whole numbers compare.
    by: u128,
    /// The log position of the event.
    position: u64,
    /// The first bytes of the key, where an event does not decide already.
    key: u64,
    /// Which of the shards of all twin types.
    pub shard: u32,
    /// Which of its records.
    at: u32,
}

/// The records of a round, and their order.
#[derive(Debug, Default)]
pub(crate) struct Collecting {
    places: Vec<Place>,
}

/// The shards of all twin types, with twin type and number of each.
pub(crate) fn shards(twins: &[TwinState]) -> Vec<(u32, u32, &ShardState)> {
    let of = |(twin, state)| -> Vec<(u32, u32, &ShardState)> {
        let state: &TwinState = state;
        (0..).zip(&state.shards).map(|(number, shard)| (twin, number, shard)).collect()
    };
    (0u32..).zip(twins).flat_map(of).collect()
}

impl Collecting {
    /// Puts all records of the round in order.
    pub fn collect(&mut self, twins: &[TwinState]) {
        self.places.clear();
        let shards = shards(twins);
        for (number, (twin, shard, state)) in (0u32..).zip(&shards) {
            let place = |(at, head): (u32, &OutputHead)| {
                // `BEFORE_EVENTS` wraps around to the front. Times are shifted, so that they compare as whole numbers do.
                let time = head.time as u64 ^ 1 << 63;
                let by = u128::from(head.trigger) << 64 | u128::from(time);
                let position = head.position.wrapping_add(1);
                let (keys, slot) = keys(&Written { head, twin: *twin, shard: *shard }, twins);
                let key = if head.is_of_event() { 0 } else { keys.prefix(slot) };
                Place { by, position, key, shard: number, at }
            };
            self.places.extend((0u32..).zip(&state.outputs.heads).map(place));
        }
        self.places.sort_unstable_by(|a, b| {
            let first = a.by.cmp(&b.by).then_with(|| (a.position, a.key).cmp(&(b.position, b.key)));
            first.then_with(|| among_equals(a, b, &shards, twins))
        });
    }

    /// Where the records are, in order.
    pub fn in_order(&self) -> &[Place] {
        &self.places
    }
}

impl Place {
    /// The record.
    pub fn written<'a>(&self, shards: &[(u32, u32, &'a ShardState)]) -> Written<'a> {
        let (twin, shard, state) = shards[self.shard as usize];
        Written { head: &state.outputs.heads[self.at as usize], twin, shard }
    }
}

/// The order of records of one moment whose keys begin alike. Records of one twin type, shard and key stand in the order of
/// writing; the rest is decided before that.
#[cold]
fn among_equals(a: &Place, b: &Place, shards: &[(u32, u32, &ShardState)], twins: &[TwinState]) -> Ordering {
    let key = |place: &Place| {
        let (keys, slot) = keys(&place.written(shards), twins);
        keys.text(slot)
    };
    key(a).cmp(key(b)).then((a.shard, a.at).cmp(&(b.shard, b.at)))
}

/// The keys of the twin type that wrote a record, and which of them it is.
pub(crate) fn keys<'a>(written: &Written<'_>, twins: &'a [TwinState]) -> (&'a Interner, u32) {
    let twin = &twins[written.twin as usize];
    (&twin.keys, written.head.slot * twin.shards.len() as u32 + written.shard)
}
