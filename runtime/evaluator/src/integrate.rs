//! Integration: the right side, conditions and jumps of a block as the solver asks for them.

use crate::step::Step;
use twin_operators::integration::{self, Block};
use twin_operators::solve::{self, Failure, System, Workspace};
use twin_plan::{Integration, IntegrationId};
use twin_types::words;

impl Step<'_, '_> {
    pub fn integrate(&mut self, id: IntegrationId) {
        let integration = &self.plan.integrations[id.index()];
        let now_ns = self.now_ns;
        let mut block = Block::default();
        let Some(from_ns) = integration::begin(self.row_mut(), integration, now_ns, &mut block) else {
            return;
        };
        let before = block.states.clone();
        let mut system = Looks { step: self, integration };
        let ended = solve::integrate(
            integration.solver,
            (from_ns, now_ns),
            &mut block.states,
            &mut block.held,
            &mut system,
            &mut Workspace::default(),
        );
        self.now_ns = now_ns;
        integration::end(self.row_mut(), integration, &block, &before, ended);
        if let Err(failure) = ended {
            match failure {
                Failure::TooLong => {
                    self.fault(integration.fault);
                    self.resets.push(integration.reset);
                }
                Failure::Chattering => self.fault(integration.chatter),
            }
        }
    }
}

/// A step as the solver looks at it: at moments of its own, with states of its own in the row.
struct Looks<'x, 's, 'a> {
    step: &'x mut Step<'s, 'a>,
    integration: &'a Integration,
}

impl Looks<'_, '_, '_> {
    /// Shows states and computes the values that are read there.
    fn look(&mut self, now_ns: i64, states: &[f64]) {
        let integration = self.integration;
        self.step.now_ns = now_ns;
        integration::show(self.step.row_mut(), integration, states);
        self.step.begin_statement();
        for &(value, expr) in &integration.rates {
            let word = self.step.eval(expr);
            self.step.set_value(value, word);
        }
    }
}

impl System for Looks<'_, '_, '_> {
    fn derivatives(&mut self, now_ns: i64, states: &[f64], rates: &mut [f64]) {
        self.look(now_ns, states);
        for (rate, &expr) in rates.iter_mut().zip(&self.integration.derivatives) {
            *rate = words::to_f64(self.step.eval(expr));
        }
    }

    fn holds(&mut self, when: usize, now_ns: i64, states: &[f64]) -> Option<bool> {
        self.look(now_ns, states);
        words::to_bool(self.step.eval(self.integration.whens[when].when))
    }

    fn roots(&mut self, when: usize, now_ns: i64, states: &[f64], into: &mut Vec<f64>) {
        self.look(now_ns, states);
        for &root in &self.integration.whens[when].roots {
            into.push(words::to_f64(self.step.eval(root)));
        }
    }

    fn jump(&mut self, when: usize, now_ns: i64, states: &mut [f64]) {
        self.look(now_ns, states);
        let integration = self.integration;
        self.step.statements(&integration.whens[when].body);
        for (state, slot) in states.iter_mut().zip(&integration.states) {
            *state = words::to_f64(self.step.row()[slot.index()]);
        }
    }
}
