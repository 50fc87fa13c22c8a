//! Integration by the operators' solver, with right sides and conditions in generated code.

use crate::abi::{Context, StepCode};
use crate::kernel::Looks;
use twin_operators::integration::{self, Block};
use twin_operators::solve::{self, Failure, System, Workspace};
use twin_plan::Integration;
use twin_types::words;

/// What solvers work with, used again from one integration to the next.
#[derive(Default)]
pub(crate) struct Solving {
    block: Block,
    work: Workspace,
}

/// See [`super::Helper::Integrate`].
pub(super) extern "C" fn integrate(context: &mut Context<'_, '_>, number: u64, variant: u64) {
    let twin = context.rust.twin;
    let plan = &twin.plan.integrations[number as usize];
    let looks = &twin.functions.looks[variant as usize];
    let now_ns = context.now;
    let mut solving = std::mem::take(&mut context.rust.solving);
    let Solving { block, work } = &mut solving;
    if let Some(from_ns) = integration::begin(context.row_mut(), plan, now_ns, block) {
        let before = block.states.clone();
        let mut system = Right { context, plan, looks };
        let span = (from_ns, now_ns);
        let ended =
            solve::integrate(plan.solver, span, &mut block.states, &mut block.held, &mut system, work);
        context.now = now_ns;
        integration::end(context.row_mut(), plan, block, &before, ended);
        if let Err(failure) = ended {
            let fault = match failure {
                Failure::TooLong => {
                    context.rust.buffers.resets[plan.reset.index() / 64] |= 1 << (plan.reset.0 % 64);
                    plan.fault
                }
                Failure::Chattering => plan.chatter,
            };
            context.rust.shard.faults[fault.0 as usize] += 1;
        }
    }
    context.rust.solving = solving;
}

/// The block as the solver looks at it.
struct Right<'x, 'c, 's, 'p> {
    context: &'x mut Context<'c, 's>,
    plan: &'p Integration,
    looks: &'p Looks,
}

impl Right<'_, '_, '_, '_> {
    fn look(&mut self, code: StepCode, now_ns: i64, states: &[f64]) {
        integration::show(self.context.row_mut(), self.plan, states);
        self.context.now = now_ns;
        self.context.run_look(code);
    }

    fn result(&self, at: usize) -> f64 {
        words::to_f64(self.context.rust.buffers.arguments[at])
    }
}

impl System for Right<'_, '_, '_, '_> {
    fn derivatives(&mut self, now_ns: i64, states: &[f64], rates: &mut [f64]) {
        self.look(self.looks.derivatives, now_ns, states);
        for (at, rate) in rates.iter_mut().enumerate() {
            *rate = self.result(at);
        }
    }

    fn holds(&mut self, when: usize, now_ns: i64, states: &[f64]) -> Option<bool> {
        self.look(self.looks.whens[when].holds, now_ns, states);
        words::to_bool(self.context.rust.buffers.arguments[0])
    }

    fn roots(&mut self, when: usize, now_ns: i64, states: &[f64], into: &mut Vec<f64>) {
        self.look(self.looks.whens[when].roots, now_ns, states);
        let count = self.plan.whens[when].roots.len();
        into.extend((0..count).map(|at| self.result(at)));
    }

    fn jump(&mut self, when: usize, now_ns: i64, states: &mut [f64]) {
        self.look(self.looks.whens[when].jump, now_ns, states);
        let plan = self.plan;
        let row = self.context.row_mut();
        for (state, slot) in states.iter_mut().zip(&plan.states) {
            *state = words::to_f64(row[slot.index()]);
        }
    }
}
