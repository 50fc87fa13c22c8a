//! What all shards wrote in a round, in the order in which it is written out.
//!
//! By the log position that made the step happen, then step time, log position of the event (ticks before events,
//! deadlines after them), key, twin type, place in the step. No two records agree in all of these, so the number of
//! shards and of rounds cannot be seen in it.

use crate::shard::ShardState;
use crate::twin::TwinState;
use std::cmp::Ordering;
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

/// All records of the round in order.
pub(crate) fn collect(twins: &[TwinState], written: &mut Vec<Written>) {
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
    // Stable, because it notices what is in order already; each shard's steps mostly are.
    written.sort_by(|a, b| compare(a, b, twins));
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

fn compare(a: &Written, b: &Written, twins: &[TwinState]) -> Ordering {
    // `BEFORE_EVENTS` wraps around to the front.
    let by = |w: &Written| (w.head.trigger, w.head.time, w.head.position.wrapping_add(1));
    by(a).cmp(&by(b)).then_with(|| {
        key(a, twins).cmp(key(b, twins)).then((a.twin, a.head.place).cmp(&(b.twin, b.head.place)))
    })
}

/// The key of the twin that wrote a record.
pub(crate) fn key<'a>(written: &Written, twins: &'a [TwinState]) -> &'a [u8] {
    let twin = &twins[written.twin as usize];
    twin.keys.text(written.head.slot * twin.shards.len() as u32 + written.shard)
}
