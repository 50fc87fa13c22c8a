//! Integration of a block's states.
//!
//! Methods with a fixed step and no discontinuities are loops in line, their states
//! in registers; the rest is the operators' solver, which calls back functions of
//! this twin. The loop does what `twin_operators::solve` does, operation by operation.

use super::Emit;
use super::value::Val;
use crate::helpers::Helper;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, Value, types};
use twin_plan::layout::NOT_BEGUN;
use twin_plan::{ExprId, Integration, IntegrationId, SUB_STEPS_MAX, Solver};
use twin_types::Scalar;

/// Beyond so many derivatives and values the code would be large four times over.
const INLINE_MAX: usize = 24;

/// Whether an integration is a loop in line.
pub(crate) fn is_inlined(integration: &Integration) -> bool {
    let size = integration.rates.len() + integration.derivatives.len();
    integration.whens.is_empty() && step_ns(integration.solver).is_some() && size <= INLINE_MAX
}

fn step_ns(solver: Solver) -> Option<i64> {
    match solver {
        Solver::Euler { step_ns } | Solver::Heun { step_ns } | Solver::Rk4 { step_ns } => {
            Some(step_ns.max(1))
        }
        Solver::Dopri5 { .. } => None,
    }
}

/// A sub-step on its way.
struct SubStep<'p> {
    plan: &'p Integration,
    from_ns: Value,
    h: Value,
    t: Value,
    states: Vec<Value>,
}

impl Emit<'_, '_> {
    pub(crate) fn integrate(&mut self, id: IntegrationId) {
        let twin = self.twin;
        let plan = &twin.integrations[id.index()];
        if !is_inlined(plan) {
            self.solve(id);
            return self.slots.forget_all();
        }
        let now = self.frame.now;
        let from = self.load_slot(plan.last, Scalar::Int).as_whole();
        let to = self.b.ins().smax(from, now);
        self.store_slot(plan.last, Val::whole(to));
        let is_later = self.b.ins().icmp(IntCC::SignedGreaterThan, now, from);
        let has_begun = self.b.ins().icmp_imm_s(IntCC::NotEqual, from, NOT_BEGUN);
        let is_due = self.b.ins().band(is_later, has_begun);
        self.branch(is_due, |emit| emit.fixed_steps(id, plan, from));
        let computed = plan.rates.iter().filter_map(|(value, _)| twin.values[value.index()].slot);
        self.slots.forget(plan.states.iter().copied().chain(computed));
    }

    /// Integrates by the operators' solver.
    fn solve(&mut self, id: IntegrationId) {
        let variant = self.looks.get(&id.0).copied().expect("its functions were made before");
        let number = self.b.ins().iconst(types::I64, i64::from(id.0));
        let variant = self.b.ins().iconst(types::I64, i64::from(variant));
        self.call(Helper::Integrate, &[number, variant]);
    }

    /// All sub-steps of an interval that is not empty: on trial, and by the solver where something was absent, went
    /// wrong or grew beyond all numbers, for it knows what to count.
    fn fixed_steps(&mut self, id: IntegrationId, plan: &Integration, from_ns: Value) {
        let step_ns = step_ns(plan.solver).expect("the method has a fixed step");
        let now = self.frame.now;
        let difference = self.b.ins().isub(now, from_ns);
        let most = self.b.ins().iconst(types::I64, i64::MAX);
        let overflows = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, difference, 0);
        let span = self.b.ins().select(overflows, most, difference);
        let whole = self.b.ins().sdiv_imm_s(span, step_ns);
        let back = self.b.ins().imul_imm_s(whole, step_ns);
        let has_rest = self.b.ins().icmp(IntCC::NotEqual, back, span);
        let rest = self.b.ins().uextend(types::I64, has_rest);
        let steps = self.b.ins().iadd(whole, rest);
        let (failed, done) = (self.cold_block(), self.b.create_block());
        let going_on = self.b.create_block();
        let too_many = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThan, steps, SUB_STEPS_MAX);
        self.b.ins().brif(too_many, failed, &[], going_on, &[]);
        self.b.switch_to_block(going_on);
        let seconds = self.seconds(span);
        let count = self.b.ins().fcvt_from_sint(types::F64, steps);
        let h = self.b.ins().fdiv(seconds, count);
        let states = self.sub_steps(plan, from_ns, h, steps, failed);
        for (slot, state) in plan.states.iter().zip(states) {
            self.store_slot(*slot, Val::real(state));
        }
        self.b.ins().jump(done, &[]);

        self.b.switch_to_block(failed);
        self.store_slot(plan.last, Val::whole(from_ns));
        self.solve(id);
        self.b.ins().jump(done, &[]);
        self.b.switch_to_block(done);
    }

    /// The loop over sub-steps; gives the states behind it, all finite. Goes to `failed` where the trial fails.
    fn sub_steps(
        &mut self,
        plan: &Integration,
        from_ns: Value,
        h: Value,
        steps: Value,
        failed: Block,
    ) -> Vec<Value> {
        let head = self.b.create_block();
        let step = self.b.append_block_param(head, types::I64);
        let states: Vec<Value> =
            plan.states.iter().map(|_| self.b.append_block_param(head, types::F64)).collect();
        let zero = self.b.ins().iconst(types::I64, 0);
        let mut first = vec![BlockArg::from(zero)];
        first.extend(
            plan.states.iter().map(|slot| BlockArg::from(self.load_slot(*slot, Scalar::Real).as_real())),
        );
        // What the right side computes is stored anew in every look at it.
        self.slots.forget(plan.rates.iter().filter_map(|(value, _)| self.twin.values[value.index()].slot));
        let trial = self.b.declare_var(types::F64);
        self.b.ins().jump(head, &first);

        self.b.switch_to_block(head);
        let good = self.f64(0.0);
        self.b.def_var(trial, good);
        self.trial = Some(trial);
        let number = self.b.ins().fcvt_from_sint(types::F64, step);
        let t = self.b.ins().fmul(number, h);
        let next = self.sub_step(SubStep { plan, from_ns, h, t, states });
        next.iter().for_each(|state| self.doubt(*state));
        self.trial = None;
        let ahead = self.b.create_block();
        let is_good = self.went_well(trial);
        self.b.ins().brif(is_good, ahead, &[], failed, &[]);
        self.b.switch_to_block(ahead);
        let step = self.b.ins().iadd_imm_s(step, 1);
        let is_left = self.b.ins().icmp(IntCC::SignedLessThan, step, steps);
        let after = self.b.create_block();
        let mut again = vec![BlockArg::from(step)];
        again.extend(next.iter().copied().map(BlockArg::from));
        self.b.ins().brif(is_left, head, &again, after, &[]);
        self.b.switch_to_block(after);
        next
    }

    fn sub_step(&mut self, step: SubStep<'_>) -> Vec<Value> {
        let k1 = self.rates(&step, step.t, &step.states.clone());
        match step.plan.solver {
            Solver::Euler { .. } => self.offset(&step.states, step.h, &k1),
            Solver::Heun { .. } => self.heun(&step, &k1),
            _ => self.rk4(&step, k1),
        }
    }

    /// x + h / 2 · (k1 + k2)
    fn heun(&mut self, step: &SubStep<'_>, k1: &[Value]) -> Vec<Value> {
        let stage = self.offset(&step.states, step.h, k1);
        let t = self.b.ins().fadd(step.t, step.h);
        let k2 = self.rates(step, t, &stage);
        let two = self.f64(2.0);
        let half = self.b.ins().fdiv(step.h, two);
        let mut next = Vec::new();
        for (state, (k1, k2)) in step.states.iter().zip(k1.iter().zip(k2)) {
            let sum = self.b.ins().fadd(*k1, k2);
            let change = self.b.ins().fmul(half, sum);
            next.push(self.b.ins().fadd(*state, change));
        }
        next
    }

    /// x + h / 6 · (k1 + 2 k2 + 2 k3 + k4)
    fn rk4(&mut self, step: &SubStep<'_>, k1: Vec<Value>) -> Vec<Value> {
        let mut stages = vec![k1];
        for part in [0.5, 0.5, 1.0] {
            let part = self.f64(part);
            let reach = self.b.ins().fmul(part, step.h);
            let stage = self.offset(&step.states, reach, &stages[stages.len() - 1]);
            let t = self.b.ins().fadd(step.t, reach);
            let rates = self.rates(step, t, &stage);
            stages.push(rates);
        }
        let (two, six) = (self.f64(2.0), self.f64(6.0));
        let sixth = self.b.ins().fdiv(step.h, six);
        let mut next = Vec::new();
        for (n, state) in step.states.iter().enumerate() {
            let twice = [1, 2].map(|k| self.b.ins().fmul(two, stages[k][n]));
            let sum = self.b.ins().fadd(stages[0][n], twice[0]);
            let sum = self.b.ins().fadd(sum, twice[1]);
            let sum = self.b.ins().fadd(sum, stages[3][n]);
            let change = self.b.ins().fmul(sixth, sum);
            next.push(self.b.ins().fadd(*state, change));
        }
        next
    }

    /// states + factor · rates
    fn offset(&mut self, states: &[Value], factor: Value, rates: &[Value]) -> Vec<Value> {
        let mut moved = Vec::new();
        for (state, rate) in states.iter().zip(rates) {
            let change = self.b.ins().fmul(factor, *rate);
            moved.push(self.b.ins().fadd(*state, change));
        }
        moved
    }

    /// dx/dt at `t` seconds after the beginning. What is not finite in a state goes on into what comes of it, so it is
    /// enough to doubt the states.
    fn rates(&mut self, step: &SubStep<'_>, t: Value, states: &[Value]) -> Vec<Value> {
        let plan = step.plan;
        for (slot, state) in plan.states.iter().zip(states) {
            self.doubt(*state);
            self.slots.set(*slot, Val::real(*state));
        }
        let giga = self.f64(1e9);
        let nanos = self.b.ins().fmul(t, giga);
        let nanos = self.b.ins().nearest(nanos);
        let nanos = self.b.ins().fcvt_to_sint_sat(types::I64, nanos);
        let moment = self.b.ins().iadd(step.from_ns, nanos);
        let now = std::mem::replace(&mut self.frame.now, moment);
        let rates = self.right_side(plan);
        self.frame.now = now;
        rates
    }

    /// Computes the values that the right side reads, then the derivatives.
    pub(crate) fn right_side(&mut self, plan: &Integration) -> Vec<Value> {
        let rates = plan.rates.iter().map(|(_, expr)| *expr);
        let roots: Vec<_> = rates.chain(plan.derivatives.iter().copied()).collect();
        self.look_values(plan, &roots);
        let derivative = |id: &ExprId| match self.trial {
            // The states that come of it are looked at instead.
            Some(_) => self.value_as(*id, Scalar::Real).as_real(),
            None => self.settled_as(*id, Scalar::Real).as_real(),
        };
        plan.derivatives.iter().map(derivative).collect()
    }

    /// Begins a look at the right side with these roots and computes the values that are read in it.
    pub(crate) fn look_values(&mut self, plan: &Integration, roots: &[ExprId]) {
        self.roots(roots);
        for (value, expr) in &plan.rates {
            let computed = self.settled(*expr);
            let computed = self.kept(computed, *expr);
            self.write_value(*value, computed);
        }
    }

    /// Seconds of a span in nanoseconds.
    fn seconds(&mut self, nanos: Value) -> Value {
        let real = self.b.ins().fcvt_from_sint(types::F64, nanos);
        let giga = self.f64(1e9);
        self.b.ins().fdiv(real, giga)
    }
}
