//! Records that are set aside: why, in words, and what they held.

use crate::log::{Reject, RejectReason};
use crate::partition::Partition;
use crate::prepare::{Fate, Prepared, Topic};
use crate::round::SetAside;
use crate::shape::field_name;
use crate::value::push_timestamp;
use std::fmt::Write as _;
use twin_plan::{KeyPlan, TimePlan};
use twin_types::format_duration;

/// A record that its reader set aside, at its place in the log.
pub(crate) fn set_aside(topic: &Topic<'_>, position: u64, partition: &Partition, at: usize) -> SetAside {
    SetAside {
        position,
        source: topic.name.to_string(),
        partition: partition.ahead.number,
        reject: partition.ahead.chunk.rejects[at].clone(),
    }
}

/// A record that the engine sets aside. What it looked like on the wire is gone by then; instead there is what was
/// decoded of it, as JSON.
pub(crate) fn describe(topic: &Topic<'_>, records: &Prepared, row: usize) -> Reject {
    let (reason, detail) = match records.fate(row) {
        Fate::MissingTime => (RejectReason::MissingTime, missing_time(topic)),
        Fate::Future => (RejectReason::Future, future(topic, records, row)),
        _ => (RejectReason::MissingKey, missing_key(topic)),
    };
    let key = topic.key_of(records, row).map(|key| key.text(&records.chunk.batch));
    let offset = records.chunk.offsets.get(row).copied().unwrap_or(0);
    let raw = topic.decoded(records, row);
    Reject { row: row as u32, offset, key, reason, detail, raw }
}

fn missing_key(topic: &Topic<'_>) -> String {
    match topic.key {
        KeyPlan::Column(at) => format!("{}, its key, is absent", field_name(&topic.columns[*at as usize])),
        KeyPlan::Expr(_) => "the expression of its key is absent".to_string(),
        KeyPlan::File => "it comes from no file".to_string(),
        KeyPlan::Record => "the record has no key of its own".to_string(),
    }
}

fn missing_time(topic: &Topic<'_>) -> String {
    match topic.time {
        TimePlan::Column(at) => {
            format!("{}, its event time, is absent", field_name(&topic.columns[*at as usize]))
        }
        TimePlan::Expr(_) => "the expression of its event time is absent".to_string(),
        TimePlan::Record | TimePlan::Beginning => "the record has no timestamp of its own".to_string(),
    }
}

fn future(topic: &Topic<'_>, records: &Prepared, row: usize) -> String {
    let (time, own) = (records.times()[row], records.chunk.times[row]);
    let mut detail = "its event time ".to_string();
    push_timestamp(&mut detail, time);
    let ahead = format_duration(time.saturating_sub(own));
    write!(detail, " is {ahead} ahead of its record's timestamp").expect("writing to a string does not fail");
    if let Some(source) = topic.source {
        let skew = format_duration(source.skew_ns);
        write!(detail, ", more than the `skew` of {skew}").expect("as above");
    }
    detail
}
