//! What a test looks at: expressions whose values are written down at the end of every step of a twin.
//!
//! A probe is an ordinary output to a sink that no program can name, from an operator behind all others that runs in
//! every step. So a test runs the code that a replay runs, and nothing that the program says depends on being
//! watched: a probe triggers nothing, and blocks are integrated where they would be without it. Three things differ
//! from the unwatched plan, none of which a program can see: watched values are kept in the row, a reset leaves a
//! mark for the probe, and records of the program's own sinks carry the time of their step in a last column.
//!
//! Resets are done at the very end of a step, behind every operator. What a test is to see is the value *after* the
//! step, so where the mark says that it is about to be put back, the probe reads what it will be put back to.

use crate::{exprs::Build, twins::Twin};
use std::collections::BTreeSet;
use twin_analysis::hir::{Expr, InputId, SignalId, TwinId};
use twin_plan::{
    ExprId, NodeKind, OutputKind, PathStep, ResetId, SinkColumn, SinkPlan, Slot, Stmt, Trigger, ValueId,
};
use twin_types::Scalar;

/// Expressions over a twin's signals that are written down at the end of each of its steps.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The twin.
    pub twin: TwinId,
    /// What is written, behind the key and the time of the step.
    pub values: Vec<Expr>,
}

impl Probe {
    /// The sink of the probe with this number.
    pub fn sink(at: usize) -> String {
        format!("probe {at}")
    }

    /// The words of its values, in order.
    fn scalars(&self) -> impl Iterator<Item = Scalar> + '_ {
        self.values.iter().flat_map(|value| value.ty.flatten())
    }
}

/// The name of the last column of the program's own sinks, when a run is watched.
const STEP_TIME: &str = "time of the step";

impl crate::Lowering<'_> {
    /// Sinks of the probes, behind those of the program.
    pub(crate) fn probe_sinks(&mut self) {
        let Some(probes) = self.probes else { return };
        for sink in &mut self.plan.sinks {
            sink.columns.push(column(STEP_TIME, Scalar::Timestamp));
        }
        for (at, probe) in probes.iter().enumerate() {
            let key = self.program.twins[probe.twin.index()].key.1.scalar().unwrap_or(Scalar::String);
            let fixed = [column("key", key), column("time", Scalar::Timestamp)];
            let values = probe.scalars().enumerate().map(|(at, ty)| column(&format!("value {at}"), ty));
            self.plan.sinks.push(SinkPlan {
                name: Probe::sink(at),
                topic: String::new(),
                format: twin_plan::Format::Json,
                columns: fixed.into_iter().chain(values).collect(),
                command: None,
            });
        }
    }
}

fn column(name: &str, ty: Scalar) -> SinkColumn {
    SinkColumn { path: vec![PathStep::Name(name.to_string())], ty, unit: None, time: None }
}

impl Twin<'_, '_> {
    /// The operators of the probes that look at this twin; behind all others, when resets are known.
    pub fn probes(&mut self) {
        let Some(probes) = self.lowering.probes else { return };
        let twins = &self.lowering.program.twins;
        let own_sinks = self.lowering.program.sinks.len();
        self.member = "probe".to_string();
        self.is_probing = true;
        let every_step = Trigger { every_step: true, ..Trigger::default() };
        for (at, probe) in probes.iter().enumerate() {
            if twins[probe.twin.index()].name != self.hir.name {
                continue;
            }
            self.op(every_step.clone(), self.hir.span, |this| {
                let key = this.key(this.hir.span);
                let mut args = vec![key, this.now()];
                args.extend(probe.values.iter().flat_map(|value| this.words(value)));
                let columns = (0..args.len() as u32).map(Some).collect();
                let kind = OutputKind::Record { sink: (own_sinks + at) as u32, columns };
                let output = this.output(kind, &args, this.hir.span);
                vec![Stmt::Output(output, args)]
            });
        }
        self.is_probing = false;
        let marks: Vec<Slot> = self.reset_marks.values().copied().collect();
        self.op(every_step, self.hir.span, |this| {
            marks.iter().map(|mark| Stmt::Store(*mark, this.bool(false))).collect()
        });
    }

    /// The slot of a limit of silence that the program looks at itself: a probe that reads it makes no steps of its own.
    pub fn known_silence(&self, input: InputId, limit: ExprId, inclusive: bool) -> Option<Slot> {
        let constant = |id| match self.plan.exprs.get(id).kind {
            NodeKind::Const(word) => Some(word),
            _ => None,
        };
        let limit = constant(limit).filter(|_| self.is_probing)?;
        let is_it = |known: &&twin_plan::Silence| {
            (known.input, known.inclusive, constant(known.limit)) == (input.0, inclusive, Some(limit))
        };
        self.plan.silences.iter().find(is_it).map(|known| known.is_silent)
    }

    /// The statements of a reset; when a run is watched, with a mark for the probes.
    pub fn reset(&mut self, targets: Vec<SignalId>) -> Vec<Stmt> {
        let reset = self.reset_of(targets);
        let mut stmts = vec![Stmt::Reset(reset)];
        if self.lowering.probes.is_some() {
            let mark = self.reset_mark(reset);
            let yes = self.bool(true);
            stmts.push(Stmt::Store(mark, yes));
        }
        stmts
    }

    fn reset_mark(&mut self, reset: ResetId) -> Slot {
        if let Some(mark) = self.reset_marks.get(&reset) {
            return *mark;
        }
        // A mark belongs to no member, or the reset would take it along.
        let owners = std::mem::take(&mut self.owners);
        let mark = self.flag("reset");
        self.owners = owners;
        self.reset_marks.insert(reset, mark);
        mark
    }

    /// What a slot will hold when the step's resets are done.
    pub fn slot_after_resets(&mut self, slot: Slot, ty: Scalar, read: ExprId) -> ExprId {
        let holds = |this: &Self, signal: &SignalId| {
            let runs = this.owned_slots.get(signal).into_iter().flatten();
            runs.into_iter().any(|(first, words)| (first.0..first.0 + words).contains(&slot.0))
        };
        let initial = match ty {
            Scalar::String => ty.absent(),
            _ => self.plan.layout.initial[slot.index()],
        };
        self.after_resets(holds, initial, ty, read)
    }

    /// What a value will be when the step's resets are done.
    pub fn value_after_resets(&mut self, value: ValueId, ty: Scalar, read: ExprId) -> ExprId {
        let holds = |this: &Self, signal: &SignalId| {
            this.owned_values.get(signal).is_some_and(|values| values.contains(&value))
        };
        self.after_resets(holds, ty.absent(), ty, read)
    }

    fn after_resets(
        &mut self,
        holds: impl Fn(&Self, &SignalId) -> bool,
        initial: u64,
        ty: Scalar,
        read: ExprId,
    ) -> ExprId {
        let takes_it = |this: &Self, signals: &BTreeSet<SignalId>| signals.iter().any(|s| holds(this, s));
        let marks: Vec<Slot> = self
            .reset_marks
            .iter()
            .filter(|(reset, _)| takes_it(self, &self.resets[reset.index()]))
            .map(|(_, mark)| *mark)
            .collect();
        marks.into_iter().fold(read, |read, mark| {
            let is_reset = self.push(NodeKind::Slot(mark), Scalar::Bool, self.hir.span);
            let initial = self.word(initial, ty);
            self.select(is_reset, initial, read)
        })
    }
}
