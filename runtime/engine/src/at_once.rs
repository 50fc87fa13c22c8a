//! Records that all happen at one log position, as where clocks are moved on to the end of a run.
//!
//! A shard lists the records of a twin one behind the other, in the order of their times. So it is twins that are put
//! in order, by key, and not records; those are then dealt out to the moments at which they happen, and their words go
//! straight to where their rows will be. Records are read and rows are written more or less one behind the other,
//! where an order of records by time would jump from twin to twin.

use crate::collect::{Numbered, Ranking, shards};
use crate::rows::{Plain, RecordTexts};
use crate::sinks::{Sink, Sinks};
use crate::twin::TwinState;
use twin_plan::Plan;
use twin_plan::kernel::OutputHead;

/// Scratch space, and what was written.
#[derive(Debug, Default)]
pub(crate) struct AtOnce {
    runs: Vec<Run>,
    records: Vec<Record>,
    /// By sink and moment: how many rows there are, then the next one.
    next: Vec<u32>,
    /// By twin type and output, whether its rows are written; empty where none are.
    done: Vec<Vec<bool>>,
}

/// Records of one twin, one behind the other.
#[derive(Clone, Copy, Debug)]
struct Run {
    /// The beginning of the key.
    prefix: u64,
    shard: u32,
    slot: u32,
    from: u32,
    to: u32,
}

/// What has to be known of a record when its twin's turn comes; its head is four times as long, and far away by then.
#[derive(Clone, Copy, Debug)]
struct Record {
    /// Its place in [`AtOnce::next`].
    next: u32,
    output: u32,
    /// Its first word.
    first: u32,
}

impl AtOnce {
    /// Whether the rows of an output were written.
    pub fn is_done(&self, twin: u32, head: &OutputHead) -> bool {
        self.done.get(twin as usize).is_some_and(|outputs| outputs[head.output.index()])
    }

    /// Whether any rows were written.
    pub fn is_any_done(&self) -> bool {
        !self.done.is_empty()
    }

    /// Writes the rows of all sinks to which nothing but plain rows is written, if everything happens at one log
    /// position and nothing of it is the step of an event.
    pub fn render(&mut self, plan: &Plan, twins: &[TwinState], sinks: &mut Sinks) {
        self.done.clear();
        let shards = shards(twins);
        let all = || shards.iter().flat_map(|(.., state)| &state.outputs.heads);
        let Some(first) = all().next() else { return };
        let ends = shards.iter().filter_map(|(.., state)| state.outputs.heads.last());
        if ends.clone().any(|head| head.trigger != first.trigger) {
            return;
        }
        let ranking = Ranking::of(all());
        let Some(moments) = ranking.moments().filter(|moments| *moments <= all().count() * 4 + 64) else {
            return;
        };
        let outputs = plain_outputs(plan, sinks);
        if !self.count(&shards, &ranking, moments, &outputs, sinks.list.len()) {
            return;
        }
        self.sort_runs(&shards, twins);
        self.give_rows(moments, sinks);
        for run in &self.runs {
            let (twin, _, state) = shards[run.shard as usize];
            let texts = RecordTexts { outputs: &state.outputs, literals: &plan.texts };
            for record in &self.records[run.from as usize..run.to as usize] {
                let Some(plain) = &outputs[twin as usize][record.output as usize] else { continue };
                let row = &mut self.next[record.next as usize];
                plain.put(*row as usize, record.first, texts, &mut sinks.list[plain.sink].rows);
                *row += 1;
            }
        }
        self.done = outputs.iter().map(|outputs| outputs.iter().map(Option::is_some).collect()).collect();
    }

    /// Counts rows by sink and moment, and finds the runs. `false`: the step of an event is among them.
    fn count(
        &mut self,
        shards: &[Numbered<'_>],
        ranking: &Ranking,
        moments: usize,
        outputs: &[Vec<Option<Plain<'_>>>],
        sinks: usize,
    ) -> bool {
        self.runs.clear();
        self.records.clear();
        self.next.clear();
        self.next.resize(sinks * moments, 0);
        for (shard, (twin, _, state)) in (0..).zip(shards) {
            let mut last = None;
            for head in &state.outputs.heads {
                let Some(moment) = ranking.moment(head) else { return false };
                let Some(plain) = &outputs[*twin as usize][head.output.index()] else { continue };
                let (next, from) = (plain.sink * moments + moment, self.records.len() as u32);
                if last != Some(head.slot) {
                    self.runs.push(Run { prefix: 0, shard, slot: head.slot, from, to: from });
                    last = Some(head.slot);
                }
                self.next[next] += 1;
                self.records.push(Record { next: next as u32, output: head.output.0, first: head.first });
                if let Some(run) = self.runs.last_mut() {
                    run.to = from + 1;
                }
            }
        }
        true
    }

    /// Puts runs in the order of their keys, then of twin types; what is of one twin stays as it is.
    fn sort_runs(&mut self, shards: &[Numbered<'_>], twins: &[TwinState]) {
        let key = |run: &Run| {
            let (twin, number, _) = shards[run.shard as usize];
            let twin = &twins[twin as usize];
            (&twin.keys, run.slot * twin.shards.len() as u32 + number)
        };
        for run in &mut self.runs {
            let (keys, slot) = key(run);
            run.prefix = keys.prefix(slot);
        }
        self.runs.sort_unstable_by(|a, b| {
            let whole = |run: &Run| {
                let (keys, slot) = key(run);
                keys.text(slot)
            };
            let by_key = a.prefix.cmp(&b.prefix).then_with(|| whole(a).cmp(whole(b)));
            by_key.then((a.shard, a.from).cmp(&(b.shard, b.from)))
        });
    }

    /// Makes room for the rows of every sink, and says where those of each moment begin.
    fn give_rows(&mut self, moments: usize, sinks: &mut Sinks) {
        for (next, sink) in self.next.chunks_exact_mut(moments).zip(&mut sinks.list) {
            let Sink { rows, schema, count, .. } = sink;
            let mut row = rows.rows;
            for next in next {
                (*next, row) = (row as u32, row + *next as usize);
            }
            for (column, form) in rows.columns.iter_mut().zip(&schema.columns) {
                column.resize(row, form.ty.absent());
            }
            *count += (row - rows.rows) as u64;
            rows.rows = row;
        }
    }
}

/// By twin type, the outputs that write plain rows to sinks to which nothing else is written.
fn plain_outputs<'p>(plan: &'p Plan, sinks: &Sinks) -> Vec<Vec<Option<Plain<'p>>>> {
    let plain = |twin: &'p twin_plan::TwinPlan| -> Vec<_> {
        twin.outputs.iter().map(|output| Plain::of(plan, twin, output, sinks)).collect()
    };
    let mut all: Vec<Vec<Option<Plain<'p>>>> = plan.twins.iter().map(plain).collect();
    let mut is_mixed = vec![false; sinks.list.len()];
    for (twin, found) in plan.twins.iter().zip(&all) {
        for (output, found) in twin.outputs.iter().zip(found) {
            if let (twin_plan::OutputKind::Record { sink, .. }, None) = (&output.kind, found) {
                is_mixed[*sink as usize] = true;
            }
        }
    }
    all.iter_mut().flatten().for_each(|plain| *plain = plain.filter(|plain| !is_mixed[plain.sink]));
    all
}
