//! What a run comes to: counts, and their names for people and scripts.

use crate::intake::{Intake, TopicLog};
use crate::log::RejectReason;
use crate::sinks::Sinks;
use crate::twin::TwinState;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use twin_plan::{Column, Plan};

/// The summary of a run. As JSON it is the object that `--json` prints.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The program's name.
    pub program: String,
    /// Its version.
    pub version: String,
    /// Events accepted, those that `where` dropped among them.
    pub events: u64,
    /// Twins.
    pub twins: u64,
    /// Events that were late.
    pub late: u64,
    /// Records set aside.
    pub rejected: u64,
    /// Faults, of all places.
    pub faults: u64,
    /// How long this run took; a resumed run counts from where it went on.
    pub seconds: f64,
    /// Events of this run in a second.
    pub events_per_second: f64,
    /// Records by sink.
    pub outputs: BTreeMap<String, u64>,
    /// Alerts by rule.
    pub alerts: BTreeMap<String, AlertCount>,
    /// Records set aside, by reason.
    pub rejects: BTreeMap<String, u64>,
    /// Faults by place.
    pub faults_by: BTreeMap<String, u64>,
    /// Events that `duplicates` dropped.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub duplicates: u64,
    /// It was asked to stop before the input's end.
    #[serde(skip)]
    pub is_stopped: bool,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Alerts of one rule.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertCount {
    /// How often it was raised.
    pub raised: u64,
    /// How often it was cleared.
    pub cleared: u64,
}

/// Counts that are kept while a run goes on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub late: u64,
    pub rejected: u64,
    /// By number of the reason.
    pub rejects: [u64; RejectReason::ALL.len()],
    /// By twin type, by rule.
    pub alerts: Vec<Vec<AlertCount>>,
}

impl Counts {
    pub fn new(plan: &Plan) -> Counts {
        let alerts = plan.twins.iter().map(|twin| vec![AlertCount::default(); twin.rules.len()]);
        Counts { alerts: alerts.collect(), ..Counts::default() }
    }

    pub fn alert(&mut self, twin: u32, rule: u32, is_raised: bool) {
        let count = &mut self.alerts[twin as usize][rule as usize];
        if is_raised {
            count.raised += 1;
        } else {
            count.cleared += 1;
        }
    }

    pub fn reject(&mut self, reason: RejectReason) {
        self.rejected += 1;
        self.rejects[reason as usize] += 1;
    }

    /// Alerts so far.
    pub fn raised(&self) -> u64 {
        self.alerts.iter().flatten().map(|count| count.raised).sum()
    }
}

/// Puts the summary together; the time it took is added by the caller.
pub(crate) fn summary(
    plan: &Plan,
    counts: &Counts,
    intake: &Intake,
    twins: &[TwinState],
    sinks: &Sinks,
) -> Summary {
    let faults_by = faults_by(plan, intake, twins);
    let rejects = RejectReason::ALL.iter().map(|r| (r.name().to_string(), counts.rejects[*r as usize]));
    Summary {
        program: plan.program.clone(),
        version: plan.version.clone(),
        events: intake.events,
        twins: twins.iter().map(|twin| twin.keys.len() as u64).sum(),
        late: counts.late,
        rejected: counts.rejected,
        faults: faults_by.values().sum(),
        outputs: sinks.list.iter().map(|sink| (sink.schema.name.clone(), sink.count)).collect(),
        alerts: alerts_by(plan, counts),
        rejects: rejects.filter(|(_, n)| *n > 0).collect(),
        faults_by,
        duplicates: twins.iter().flat_map(|twin| &twin.shards).map(|shard| shard.repeats.dropped).sum(),
        ..Summary::default()
    }
}

/// Alerts by rule; where two twin types have a rule of the same name, the twin's name stands before it.
fn alerts_by(plan: &Plan, counts: &Counts) -> BTreeMap<String, AlertCount> {
    let all = || plan.twins.iter().flat_map(|twin| twin.rules.iter().map(move |rule| (twin, rule)));
    let mut by = BTreeMap::new();
    for ((twin, rule), count) in all().zip(counts.alerts.iter().flatten()) {
        let is_alone = all().filter(|(_, other)| other.name == rule.name).count() == 1;
        let name = if is_alone { rule.name.clone() } else { format!("{}.{}", twin.name, rule.name) };
        by.insert(name, *count);
    }
    by
}

fn faults_by(plan: &Plan, intake: &Intake, twins: &[TwinState]) -> BTreeMap<String, u64> {
    let mut by = BTreeMap::new();
    let mut add = |label: String, count: u64| {
        if count > 0 {
            *by.entry(label).or_insert(0) += count;
        }
    };
    for (at, place) in plan.faults.iter().enumerate() {
        let of_twins = twins.iter().flat_map(|twin| &twin.shards).map(|shard| shard.faults[at]);
        let of_topics = intake.sources.iter().chain(&intake.tables).map(|log| log.faults.places[at]);
        add(place.label.clone(), of_twins.chain(of_topics).sum());
    }
    let sources = intake.sources.iter().zip(plan.sources.iter().map(|s| (&s.name, &s.columns)));
    let tables = intake.tables.iter().zip(plan.tables.iter().map(|t| (&t.name, &t.columns)));
    for (log, (name, columns)) in sources.chain(tables) {
        add_topic_faults(log, name, columns, &mut add);
    }
    by
}

fn add_topic_faults(log: &TopicLog, name: &str, columns: &[Column], add: &mut impl FnMut(String, u64)) {
    for (column, faults) in columns.iter().zip(&log.faults.columns) {
        add(format!("{name}.{}: unreadable", column.name), faults.unreadable);
        add(format!("{name}.{}: outside `valid`", column.name), faults.outside);
    }
    add(format!("{name}: `where` unknown"), log.faults.unknown_filters);
}
