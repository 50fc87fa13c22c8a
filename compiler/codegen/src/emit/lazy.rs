//! Choices: `if`, `??`, `and`, `or`.
//!
//! What is not taken must count no fault. Three ways of doing that, from cheap to
//! general: a select, where nothing can fault; a select whose faults count only
//! where it was taken, for short arithmetic; a branch for the rest.

use super::Emit;
use super::memory::block_args;
use super::value::{Truth, Val, register_types};
use crate::options::Choices;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use twin_plan::ExprId;
use twin_types::Scalar;

/// Beyond so many nodes an operand is worth a branch.
const SELECT_COST_MAX: u32 = 24;

/// What was known where a branch began.
#[derive(Clone, Copy)]
pub(crate) struct BranchMark {
    memo: (u32, usize),
    slots: usize,
    active: Option<Value>,
}

impl Emit<'_, '_> {
    /// What is learned from here on is forgotten at [`Emit::leave_branch`].
    pub(crate) fn enter_branch(&mut self) -> BranchMark {
        BranchMark { memo: self.memo.mark(), slots: self.slots.mark(), active: self.active }
    }

    /// The end of a branch in which nothing was stored.
    pub(crate) fn leave_branch(&mut self, mark: BranchMark) {
        self.memo.roll_back(mark.memo);
        self.slots.roll_back(mark.slots);
        self.active = mark.active;
    }

    /// The end of a branch in which words may have been stored: what they are is not known any more.
    pub(crate) fn leave_storing_branch(&mut self, mark: BranchMark) -> Vec<twin_plan::Slot> {
        self.memo.roll_back(mark.memo);
        self.active = mark.active;
        self.slots.roll_back(mark.slots)
    }

    /// Runs `f` where faults count only if `taken`.
    fn under<T>(&mut self, taken: Value, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.active;
        self.active = Some(match before {
            Some(active) => self.b.ins().band(active, taken),
            None => taken,
        });
        let result = f(self);
        self.active = before;
        result
    }

    /// Whether an operand may be evaluated although it might not be taken.
    fn may_be_selected(&self, id: ExprId) -> bool {
        let fact = self.facts.get(id);
        if fact.heavy || (fact.faults && !self.marks.is_empty()) {
            return false;
        }
        match self.choices {
            Choices::Branches => fact.cost <= 3,
            _ => fact.cost <= SELECT_COST_MAX,
        }
    }

    pub(crate) fn select(&mut self, ty: Scalar, when: ExprId, then: ExprId, otherwise: ExprId) -> Val {
        let when = self.truth(when);
        if self.may_be_selected(then) && self.may_be_selected(otherwise) {
            let taken = self.under(when.yes, |emit| emit.value_as(then, ty));
            let other = self.under(when.no, |emit| emit.value_as(otherwise, ty));
            return self.chosen(ty, when, taken, other);
        }
        let join = self.join_block(ty);
        let (first, second, third) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.ins().brif(when.yes, first, &[], second, &[]);
        self.in_branch(first, join, |emit| emit.settled_as(then, ty));
        self.b.switch_to_block(second);
        let fourth = if when.is_known { third } else { self.b.create_block() };
        if when.is_known {
            self.b.ins().jump(third, &[]);
        } else {
            self.b.ins().brif(when.no, third, &[], fourth, &[]);
        }
        self.in_branch(third, join, |emit| emit.settled_as(otherwise, ty));
        if !when.is_known {
            self.in_branch(fourth, join, |emit| emit.absent(ty));
        }
        self.joined(ty, join)
    }

    /// Of two values the one that a truth value takes; absent where it is unknown.
    pub(crate) fn chosen(&mut self, ty: Scalar, when: Truth, then: Val, otherwise: Val) -> Val {
        match (then, otherwise) {
            (Val::Real { value: a, is_open: x }, Val::Real { value: b, is_open: y }) => {
                let rest = if when.is_known {
                    b
                } else {
                    let absent = self.absent_real();
                    self.b.ins().select(when.no, b, absent)
                };
                Val::Real { value: self.b.ins().select(when.yes, a, rest), is_open: x || y }
            }
            (Val::Whole { value: a, is_present: x }, Val::Whole { value: b, is_present: y }) => {
                let rest = if when.is_known {
                    b
                } else {
                    let absent = self.absent(ty).as_whole();
                    self.b.ins().select(when.no, b, absent)
                };
                let value = self.b.ins().select(when.yes, a, rest);
                Val::Whole { value, is_present: x && y && when.is_known }
            }
            (Val::Truth(a), Val::Truth(b)) => {
                let mut bit = |of_a, of_b| {
                    let left = self.b.ins().band(when.yes, of_a);
                    let right = self.b.ins().band(when.no, of_b);
                    self.b.ins().bor(left, right)
                };
                let (yes, no) = (bit(a.yes, b.yes), bit(a.no, b.no));
                Val::Truth(Truth { yes, no, is_known: a.is_known && b.is_known && when.is_known })
            }
            (a, b) => unreachable!("both sides of a choice have one type, not {a:?} and {b:?}"),
        }
    }

    pub(crate) fn coalesce(&mut self, ty: Scalar, left: ExprId, right: ExprId) -> Val {
        let first = self.settled_as(left, ty);
        let is_there = self.is_present(first, ty);
        if self.may_be_selected(right) {
            let is_absent = self.b.ins().bxor_imm_u(is_there, 1);
            let second = self.under(is_absent, |emit| emit.value_as(right, ty));
            let when = Truth { yes: is_there, no: is_absent, is_known: true };
            let value = self.chosen(ty, when, first, second);
            return match (value, second) {
                // Where the first is absent the second is taken, so the second's presence is what counts.
                (Val::Whole { value, .. }, Val::Whole { is_present, .. }) => Val::Whole { value, is_present },
                (Val::Truth(truth), Val::Truth(second)) => {
                    Val::Truth(Truth { is_known: second.is_known, ..truth })
                }
                _ => value,
            };
        }
        let join = self.join_block(ty);
        let other = self.b.create_block();
        self.b.ins().brif(is_there, join, &block_args(first), other, &[]);
        self.in_branch(other, join, |emit| emit.settled_as(right, ty));
        self.joined(ty, join)
    }

    pub(crate) fn and(&mut self, left: ExprId, right: ExprId) -> Val {
        let a = self.truth(left);
        if self.may_be_selected(right) {
            let b = if self.facts.get(right).faults {
                let goes_on = self.b.ins().bxor_imm_u(a.no, 1);
                self.under(goes_on, |emit| emit.truth(right))
            } else {
                self.truth(right)
            };
            return Val::Truth(self.both(a, b));
        }
        let join = self.join_block(Scalar::Bool);
        let other = self.b.create_block();
        self.b.ins().brif(a.no, join, &block_args(Val::Truth(a)), other, &[]);
        self.in_branch(other, join, |emit| {
            let b = emit.truth(right);
            Val::Truth(emit.both(a, b))
        });
        self.joined(Scalar::Bool, join)
    }

    pub(crate) fn or(&mut self, left: ExprId, right: ExprId) -> Val {
        let a = self.truth(left);
        if self.may_be_selected(right) {
            let b = if self.facts.get(right).faults {
                let goes_on = self.b.ins().bxor_imm_u(a.yes, 1);
                self.under(goes_on, |emit| emit.truth(right))
            } else {
                self.truth(right)
            };
            return Val::Truth(self.either(a, b));
        }
        let join = self.join_block(Scalar::Bool);
        let other = self.b.create_block();
        self.b.ins().brif(a.yes, join, &block_args(Val::Truth(a)), other, &[]);
        self.in_branch(other, join, |emit| {
            let b = emit.truth(right);
            Val::Truth(emit.either(a, b))
        });
        self.joined(Scalar::Bool, join)
    }

    /// Kleene's and.
    pub(crate) fn both(&mut self, a: Truth, b: Truth) -> Truth {
        let yes = self.b.ins().band(a.yes, b.yes);
        let no = self.b.ins().bor(a.no, b.no);
        Truth { yes, no, is_known: a.is_known && b.is_known }
    }

    fn either(&mut self, a: Truth, b: Truth) -> Truth {
        let yes = self.b.ins().bor(a.yes, b.yes);
        let no = self.b.ins().band(a.no, b.no);
        Truth { yes, no, is_known: a.is_known && b.is_known }
    }

    /// A block in which branches meet with a value.
    pub(crate) fn join_block(&mut self, ty: Scalar) -> Block {
        let block = self.b.create_block();
        for register in register_types(ty) {
            self.b.append_block_param(block, *register);
        }
        block
    }

    /// Goes on where branches have met.
    pub(crate) fn joined(&mut self, ty: Scalar, join: Block) -> Val {
        self.b.switch_to_block(join);
        let registers = self.b.block_params(join).to_vec();
        Val::from_registers(ty, &registers)
    }

    /// Computes a settled value in a block of its own and takes it to where branches meet.
    pub(crate) fn in_branch(&mut self, block: Block, join: Block, f: impl FnOnce(&mut Self) -> Val) {
        self.b.switch_to_block(block);
        let mark = self.enter_branch();
        let value = f(self);
        let arguments = block_args(value);
        self.b.ins().jump(join, &arguments);
        self.leave_branch(mark);
    }

    /// An `i8` that is 1.
    pub(crate) fn always(&mut self) -> Value {
        self.b.ins().iconst(types::I8, 1)
    }
}
