//! The second look at an open chain of arithmetic, in a block that is nearly never entered.
//!
//! There the chain is computed again node by node, each fault counted where it
//! happened and each absent value made the one NaN that the plan knows.

use super::Emit;
use super::memory::block_args;
use super::value::Val;
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use cranelift_frontend::Variable;
use twin_plan::{ExprId, FaultId, NodeKind, Prim};
use twin_types::Scalar;

impl Emit<'_, '_> {
    /// Makes an open value one that is finite or absent.
    pub(crate) fn settle(&mut self, id: ExprId, value: Value) -> Val {
        if self.trial.is_some() {
            self.doubt(value);
            return Val::real(value);
        }
        let cold = self.cold_block();
        let join = self.join_block(Scalar::Real);
        let is_finite = self.is_finite(value);
        self.b.ins().brif(is_finite, join, &[value.into()], cold, &[]);
        self.b.switch_to_block(cold);
        let checked = self.checked(id);
        self.b.ins().jump(join, &block_args(Val::real(checked)));
        self.joined(Scalar::Real, join)
    }

    /// On trial: lets it fail where the value is not finite. The sum of all that is doubted says so; where it grows beyond
    /// all numbers by itself, the trial fails for nothing.
    pub(crate) fn doubt(&mut self, value: Value) {
        let Some(trial) = self.trial else { return };
        let before = self.b.use_var(trial);
        let after = self.b.ins().fadd(before, value);
        self.b.def_var(trial, after);
    }

    /// Whether a trial has gone well.
    pub(crate) fn went_well(&mut self, trial: Variable) -> Value {
        let sum = self.b.use_var(trial);
        self.is_finite(sum)
    }

    /// A node of an open chain, with everything below it, once more and step by step.
    fn checked(&mut self, id: ExprId) -> Value {
        match self.memo.get(id) {
            Some(Val::Real { value, is_open: false }) => return value,
            Some(Val::Real { is_open: true, .. }) => {}
            // A plan may put the absent word of another scalar where a real belongs.
            Some(other) => return self.in_form(other, Scalar::Real).as_real(),
            other => unreachable!("an operand of a chain is a real that was computed, not {other:?}"),
        }
        let twin = self.twin;
        match &twin.exprs.get(id).kind {
            NodeKind::Prim(prim, operands, fault) => {
                let operands: Vec<Value> = operands.iter().map(|operand| self.checked(*operand)).collect();
                self.checked_step(*prim, &operands, *fault)
            }
            NodeKind::Select(when, then, otherwise) => {
                let when = self.memo.get(*when).expect("a choice was made").as_truth();
                let taken = self.checked_under(when.yes, *then);
                let other = self.checked_under(when.no, *otherwise);
                self.chosen(Scalar::Real, when, Val::real(taken), Val::real(other)).as_real()
            }
            NodeKind::Coalesce(left, right) => {
                let first = self.checked(*left);
                let is_absent = self.b.ins().fcmp(FloatCC::Unordered, first, first);
                let second = self.checked_under(is_absent, *right);
                self.b.ins().select(is_absent, second, first)
            }
            other => unreachable!("{other:?} is never open"),
        }
    }

    fn checked_under(&mut self, taken: Value, id: ExprId) -> Value {
        let before = self.active;
        self.active = Some(match before {
            Some(active) => self.b.ins().band(active, taken),
            None => taken,
        });
        let value = self.checked(id);
        self.active = before;
        value
    }

    /// One operation on reals that are finite or absent.
    fn checked_step(&mut self, prim: Prim, operands: &[Value], fault: Option<FaultId>) -> Value {
        let result = self.arithmetic(prim, operands);
        let is_finite = self.is_finite(result);
        if let Some(fault) = fault {
            let is_there = self.all_present(operands);
            let is_wrong = self.b.ins().bxor_imm_u(is_finite, 1);
            let hit = self.b.ins().band(is_there, is_wrong);
            self.count_fault(fault, hit);
        }
        let absent = self.absent_real();
        self.b.ins().select(is_finite, result, absent)
    }
}
