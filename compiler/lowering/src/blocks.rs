//! Calls of blocks: their members in line, and the integration of their states.

use crate::{
    derivatives::Kept,
    exprs::{Build, Scope},
    operators::reads_only_record,
    twins::{Place, Twin},
};
use twin_analysis::hir::{self, BlockCall, Member, SignalId};
use twin_plan::{
    Compare, ExprId, Integration, IntegrationId, NodeKind, Prim, Slot, SlotKind, Solver, Stmt, Trigger,
    ValueId, When, layout::NOT_BEGUN,
};
use twin_types::{Scalar, Word};

/// A block with derivatives: it is integrated also at steps that only read its values.
#[derive(Clone, Debug)]
pub(crate) struct Integrated {
    /// First operator that runs there (integration).
    pub integrate_op: usize,
    /// The operator that makes the values.
    pub result_op: usize,
    /// What it makes.
    pub values: Vec<ValueId>,
}

impl<'a> Twin<'_, 'a> {
    pub fn block(&mut self, id: SignalId, call: &'a BlockCall) {
        let trigger = self.trigger_of(&call.clock);
        let outer_held = std::mem::replace(&mut self.held_trigger, trigger.clone());
        let outer_elapsed = self.elapsed.take();
        self.declare_states(&call.members);
        let last = self.begin_elapsed(&trigger, call);
        let integration = self.integrate(&trigger, call);
        let kept = self.take_args(&trigger, call);
        self.members(&call.members);
        self.keep_for_derivatives(&trigger, call, &kept);
        let result_op = self.block_result(id, call, &trigger);
        if let Some((integrate_op, ..)) = integration {
            let values = self.place_values(id);
            self.integrated.push(Integrated { integrate_op, result_op, values });
        }
        if let Some(last) = last {
            self.op(trigger, call.span, |this| {
                let now = this.now();
                vec![Stmt::Store(last, now)]
            });
        }
        self.held_trigger = outer_held;
        self.elapsed = outer_elapsed;
    }

    fn place_values(&self, id: SignalId) -> Vec<ValueId> {
        let value = |place: &Place| if let Place::Value(value) = place { Some(*value) } else { None };
        self.places[id.index()].iter().filter_map(value).collect()
    }

    /// `elapsed`: since the block was last triggered, 0 s at first. Only where somebody reads it.
    fn begin_elapsed(&mut self, trigger: &Trigger, call: &'a BlockCall) -> Option<Slot> {
        let mut reads = false;
        crate::resets::visit_block(call, self.hir, &mut |expr| {
            reads |= matches!(expr.kind, hir::ExprKind::Elapsed);
        });
        if !reads {
            return None;
        }
        let last = self.value_slot("triggered", Scalar::Timestamp);
        self.op(trigger.clone(), call.span, |this| {
            let value = this.value("elapsed", Scalar::Duration, call.span);
            let (now, before) = (this.now(), this.read_slot(last, Scalar::Timestamp));
            let passed = this.prim(Prim::SubInt, &[now, before], Scalar::Duration, call.span);
            let zero = this.int(0, Scalar::Duration);
            let elapsed = this.coalesce(passed, zero);
            this.elapsed = Some(value);
            vec![Stmt::Let(value, elapsed)]
        });
        Some(last)
    }

    /// The new arguments, as the block's members read them; and kept for the derivatives until the next step.
    fn take_args(&mut self, trigger: &Trigger, call: &'a BlockCall) -> Kept {
        let kept = self.release_held();
        self.op(trigger.clone(), call.span, |this| {
            let mut stmts = Vec::new();
            for (id, arg) in &call.args {
                let words = this.words(arg);
                // What the record itself says is as cheap to read again as to keep.
                if words.iter().all(|w| reads_only_record(this.exprs(), *w)) && !has_ticks(&call.members) {
                    this.places[id.index()] = words.iter().map(|w| Place::Expr(*w)).collect();
                } else {
                    let name = this.hir.signals[id.index()].name.clone();
                    let (places, lets) = this.let_words(&name, &words, arg.span);
                    this.places[id.index()] = places;
                    stmts.extend(lets);
                }
                // What has an age limit of its own is not held beyond it.
                let is_limited = this.reads_hold(arg);
                for (place, word) in kept.values.get(id).into_iter().flatten().zip(&words) {
                    stmts.extend(this.keep_word(place, *word, is_limited));
                }
            }
            stmts
        });
        kept
    }

    /// The integration up to this step, with the arguments held as they were. Leaves what they read in
    /// `held` for `take_args`.
    fn integrate(&mut self, trigger: &Trigger, call: &'a BlockCall) -> Option<(usize, IntegrationId)> {
        if call.derivatives.is_empty() {
            return None;
        }
        self.hold_for_derivatives(call);
        let last = self.slot("integrated to", SlotKind::Bookkeeping, &[NOT_BEGUN as Word]);
        let held = (!call.whens.is_empty())
            .then(|| self.slot("held", SlotKind::Bookkeeping, &vec![0; call.whens.len()]));
        let states = call.derivatives.iter().flat_map(|(id, _)| self.state_slots(*id)).collect();
        let reset = self.reset_of(self.owners.iter().copied().last().into_iter().collect());
        let fault = self.fault(call.span, "gap too long to integrate");
        let chatter = match call.whens.is_empty() {
            true => fault,
            false => {
                self.fault(call.span, "`when` acted without end; the states stood still at the last of it")
            }
        };
        let id = IntegrationId(self.plan.integrations.len() as u32);
        let op = self.plan.ops.len();
        self.op(trigger.clone(), call.span, |this| {
            let mut rates = Vec::new();
            for (signal, expr) in &call.rates {
                let name = this.hir.signals[signal.index()].name.clone();
                let words = this.words(expr);
                for word in &words {
                    let ty = this.exprs().get(*word).ty;
                    let value = this.value(&name, ty, expr.span);
                    this.held.values.entry(*signal).or_default().push(Place::Value(value));
                    rates.push((value, *word));
                }
            }
            let derivatives = call.derivatives.iter().flat_map(|(_, rate)| this.words(rate)).collect();
            let whens = call.whens.iter().map(|when| this.when(when)).collect();
            let solver = match call.solver {
                hir::Solver::Euler(step_ns) => Solver::Euler { step_ns },
                hir::Solver::Heun(step_ns) => Solver::Heun { step_ns },
                hir::Solver::Rk4(step_ns) => Solver::Rk4 { step_ns },
                hir::Solver::Dopri5 { rtol, atol } => Solver::Dopri5 { rtol, atol },
            };
            let name = this.member.clone();
            let span = call.span;
            this.plan.integrations.push(Integration {
                name,
                states,
                rates,
                derivatives,
                solver,
                last,
                whens,
                held,
                reset,
                fault,
                chatter,
                span,
            });
            vec![Stmt::Integrate(id)]
        });
        Some((op, id))
    }

    fn state_slots(&self, id: SignalId) -> Vec<Slot> {
        let slot = |place: &Place| if let Place::Slot(slot, _) = place { Some(*slot) } else { None };
        self.places[id.index()].iter().filter_map(slot).collect()
    }

    fn when(&mut self, when: &'a hir::BlockWhen) -> When {
        let condition = self.one(&when.when);
        let mut roots = Vec::new();
        self.roots(condition, &mut roots);
        let body = self.statements(&when.body);
        When { when: condition, roots, body }
    }

    /// Left minus right of each comparison of reals in a condition: its zeros bound where the condition changes.
    fn roots(&mut self, condition: ExprId, roots: &mut Vec<ExprId>) {
        match self.plan.exprs.get(condition).kind.clone() {
            NodeKind::And(a, b) | NodeKind::Or(a, b) => {
                self.roots(a, roots);
                self.roots(b, roots);
            }
            NodeKind::Prim(Prim::Not, args, _) => self.roots(args[0], roots),
            NodeKind::Prim(
                Prim::CompareReal(Compare::Lt | Compare::Le | Compare::Gt | Compare::Ge),
                args,
                _,
            ) => {
                let span = self.plan.exprs.get(condition).span;
                roots.push(self.prim(Prim::SubReal, &args, Scalar::Real, span));
            }
            _ => {}
        }
    }

    /// What the call gives. States of a block whose derivatives lack an argument read as absent.
    fn block_result(&mut self, id: SignalId, call: &'a BlockCall, trigger: &Trigger) -> usize {
        let name = self.member.clone();
        let op = self.plan.ops.len();
        self.op(trigger.clone(), call.span, |this| {
            let mut words = this.words(&call.result);
            if let Some(ready) = this.ready(call) {
                for word in &mut words {
                    let ty = this.exprs().get(*word).ty;
                    let absent = this.absent(ty);
                    *word = this.select(ready, *word, absent);
                }
            }
            let (places, stmts) = this.let_words(&name, &words, call.span);
            this.places[id.index()] = places;
            stmts
        });
        op
    }
}

/// Whether members of a block run at ticks of their own, where arguments must have been kept.
fn has_ticks(members: &[Member]) -> bool {
    members.iter().any(|member| match member {
        Member::Operator(_, hir::Operator::Window(window)) => !matches!(
            window.extent,
            hir::Extent::Trailing { .. } | hir::Extent::Samples(_) | hir::Extent::All
        ),
        Member::Operator(_, hir::Operator::Block(call)) => has_ticks(&call.members),
        Member::Let(_, value) => matches!(value.clock, hir::Clock::Ticks(_)),
        _ => false,
    })
}
