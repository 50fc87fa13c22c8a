//! Events that came too late, and records that were set aside, become rows of their sinks.

use crate::intake::Intake;
use crate::round::SetAside;
use crate::shard::Late;
use crate::sinks::{BuiltIn, Cell, Sinks, time_cell};
use crate::summary::Counts;
use crate::twin::TwinState;
use crate::wire::{Shapes, decoded};
use twin_plan::Plan;
use twin_types::{Word, words};

/// Writes the round's late events, in the order of the log.
pub(crate) fn write_late(
    plan: &Plan,
    intake: &Intake,
    twins: &[TwinState],
    sinks: &mut Sinks,
    counts: &mut Counts,
) {
    let mut all: Vec<(&Late, &[u8], usize)> = Vec::new();
    for (at, twin) in twins.iter().enumerate() {
        let shards = twin.shards.len();
        for (number, shard) in twin.shards.iter().enumerate() {
            let key = |late: &Late| twin.keys.text((late.slot as usize * shards + number) as u32);
            all.extend(shard.late.iter().map(|late| (late, key(late), at)));
        }
    }
    all.sort_by_key(|(late, key, twin)| (late.trigger, late.time, late.position, *key, *twin, late.input));
    counts.late += all.len() as u64;
    let sink = sinks.built_in(BuiltIn::Late);
    let mut shapes = Shapes::default();
    for (late, key, twin) in all {
        if sink.writer.is_none() {
            sink.count += 1;
            continue;
        }
        let source = plan.twins[twin].inputs[late.input as usize].source as usize;
        let log = &intake.sources[source];
        let mut time = String::new();
        let of = time_cell(
            &sink.schema.columns[4],
            words::from_i64(late.time),
            plan.sources[source].counts.as_ref(),
            &mut time,
        );
        let value = decoded(plan, &plan.sources[source].columns, shapes.of(plan, source), |at| {
            log.find(at, late.record)
        });
        sink.push(&[
            Cell::Text(plan.sources[source].name.as_bytes()),
            Cell::Word(Word::from(log.partition(late.record))),
            Cell::Word(log.offset(late.record)),
            Cell::Text(key),
            of,
            Cell::Word(words::from_i64(late.clock.saturating_sub(late.time))),
            Cell::Text(value.as_bytes()),
        ]);
    }
}

/// Writes what was set aside, in the order of the log.
pub(crate) fn write_rejects(set_aside: &mut Vec<SetAside>, sinks: &mut Sinks, counts: &mut Counts) {
    set_aside.sort_by_key(|one| one.position);
    let sink = sinks.built_in(BuiltIn::Rejects);
    for one in set_aside.drain(..) {
        counts.reject(one.reject.reason);
        sink.push(&[
            Cell::Text(one.source.as_bytes()),
            Cell::Word(Word::from(one.partition)),
            Cell::Word(one.reject.offset),
            one.reject.key.as_ref().map_or(Cell::NoText, |key| Cell::Text(key.as_bytes())),
            Cell::Text(one.reject.reason.name().as_bytes()),
            Cell::Text(one.reject.detail.as_bytes()),
            Cell::Text(one.reject.raw.as_bytes()),
        ]);
    }
}
