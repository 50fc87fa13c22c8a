//! Machines: the first line that leaves the current state and holds is taken, at most one a step.

use crate::{
    exprs::Build,
    holding::Holding,
    twins::{Place, Twin},
};
use twin_analysis::hir::{Machine, MachineLine};
use twin_plan::{Compare, ExprId, Slot, Stmt, Trigger, ValueId};
use twin_types::Scalar;

impl<'a> Twin<'_, 'a> {
    pub fn machine(&mut self, machine: &'a Machine) {
        let Some(Place::Slot(state, ty)) = self.places[machine.signal.index()].first().cloned() else {
            return;
        };
        let holdings: Vec<_> = machine
            .lines
            .iter()
            .enumerate()
            .map(|(at, line)| line.hold_for.as_ref().map(|_| self.holding(&format!("line {at} "))))
            .collect();
        let triggers: Vec<_> = machine.lines.iter().map(|line| self.trigger_of(&line.when.clock)).collect();
        let all = triggers.iter().fold(Trigger::default(), |a, b| union(&a, b));
        self.op(all.clone(), machine.span, |this| {
            let taken = this.value("taken", Scalar::Bool, machine.span);
            let no = this.bool(false);
            let mut stmts = vec![Stmt::Let(taken, no)];
            for ((line, own), holding) in machine.lines.iter().zip(&triggers).zip(&holdings) {
                let body = |this: &mut Self| this.line(line, *holding, (state, ty), taken, &holdings);
                if *own == all {
                    stmts.extend(body(this));
                } else {
                    stmts.push(this.within(own.clone(), body));
                }
            }
            stmts.extend(this.enter(machine, &triggers, &holdings, (state, ty), taken));
            stmts
        });
    }

    /// A `for` that leaves the state just entered begins with this step, though it cannot be reached in it.
    fn enter(
        &mut self,
        machine: &'a Machine,
        triggers: &[Trigger],
        holdings: &[Option<Holding>],
        (state, ty): (Slot, Scalar),
        taken: ValueId,
    ) -> Option<Stmt> {
        let mut looks = Vec::new();
        for ((line, own), holding) in machine.lines.iter().zip(triggers).zip(holdings) {
            let (Some(limit), Some(holding)) = (&line.hold_for, holding) else { continue };
            looks.push(self.within(own.clone(), |this| {
                let leaves = this.leaves(line, (state, ty));
                let condition = this.one(&line.when);
                let unused = this.value("confirmed", Scalar::Bool, line.span);
                let look = this.look(*holding, condition, limit, unused);
                vec![Stmt::If { when: leaves, then: look, otherwise: Vec::new() }]
            }));
        }
        let when = self.read_value(taken);
        (!looks.is_empty()).then_some(Stmt::If { when, then: looks, otherwise: Vec::new() })
    }

    /// Whether a line leaves the current state.
    fn leaves(&mut self, line: &MachineLine, (state, ty): (Slot, Scalar)) -> ExprId {
        let current = self.read_slot(state, ty);
        let (how, other) = match line.from {
            Some(from) => (Compare::Eq, from),
            None => (Compare::Ne, line.to),
        };
        let other = self.int(i64::from(other), ty);
        self.compare_int(how, current, other)
    }

    fn line(
        &mut self,
        line: &'a MachineLine,
        holding: Option<Holding>,
        (state, ty): (Slot, Scalar),
        taken: ValueId,
        all: &[Option<Holding>],
    ) -> Vec<Stmt> {
        let is_taken = self.read_value(taken);
        let free = self.not(is_taken);
        let leaves = self.leaves(line, (state, ty));
        let applies = self.and(free, leaves);
        let condition = self.one(&line.when);
        let (yes, to) = (self.bool(true), self.int(i64::from(line.to), ty));
        let mut take = vec![Stmt::Let(taken, yes), Stmt::Store(state, to)];
        // Every `for` starts anew on entry to a state.
        for holding in all.iter().flatten() {
            take.extend(self.forget(*holding));
        }
        take.extend(self.statements(&line.body));
        let look = match (&line.hold_for, holding) {
            (Some(limit), Some(holding)) => {
                let confirmed = self.value("confirmed", Scalar::Bool, line.span);
                let no = self.bool(false);
                let mut look = vec![Stmt::Let(confirmed, no)];
                look.extend(self.look(holding, condition, limit, confirmed));
                let when = self.read_value(confirmed);
                look.push(Stmt::If { when, then: take, otherwise: Vec::new() });
                look
            }
            _ => vec![Stmt::If { when: condition, then: take, otherwise: Vec::new() }],
        };
        vec![Stmt::If { when: applies, then: look, otherwise: Vec::new() }]
    }
}

/// The steps of either.
pub(crate) fn union(a: &Trigger, b: &Trigger) -> Trigger {
    let merge = |a: &[u32], b: &[u32]| {
        let mut all = [a, b].concat();
        all.sort_unstable();
        all.dedup();
        all
    };
    if a.every_step || b.every_step {
        return Trigger { every_step: true, ..Trigger::default() };
    }
    Trigger {
        inputs: merge(&a.inputs, &b.inputs),
        ticks: merge(&a.ticks, &b.ticks),
        every_step: false,
        quiet: a.quiet || b.quiet,
    }
}
