//! Operations on reals.
//!
//! `+ − · / √` pass on what is not finite, so a chain of them is left *open* and
//! looked at once, where its value is put to another use: if the result is finite,
//! nothing was absent and nothing went wrong anywhere in it.

use super::Emit;
use super::value::{Truth, Val};
use cranelift_codegen::ir::condcodes::FloatCC;
use cranelift_codegen::ir::{InstBuilder, Value};
use twin_plan::{Compare, ExprId, FaultId, NodeKind, Prim, expr::PureFn};
use twin_types::Scalar;

impl Emit<'_, '_> {
    /// Any operation of the plan.
    pub(crate) fn prim(
        &mut self,
        id: ExprId,
        prim: Prim,
        operands: &[ExprId],
        fault: Option<FaultId>,
    ) -> Val {
        match prim {
            Prim::AddReal | Prim::SubReal | Prim::MulReal => {
                let (x, y) = (self.value(operands[0]).as_real(), self.value(operands[1]).as_real());
                self.open(prim, &[x, y])
            }
            Prim::DivReal => {
                // What is divided by must be looked at first: x / ∞ is finite.
                let x = self.value(operands[0]).as_real();
                let y = self.settled(operands[1]).as_real();
                match self.exact_reciprocal(operands[1]) {
                    Some(factor) => {
                        let factor = self.f64(factor);
                        Val::Real { value: self.b.ins().fmul(x, factor), is_open: true }
                    }
                    None => self.open(prim, &[x, y]),
                }
            }
            Prim::NegReal | Prim::AbsReal | Prim::SqrtReal => {
                let x = self.value(operands[0]).as_real();
                self.open(prim, &[x])
            }
            Prim::MinReal | Prim::MaxReal => self.extreme(prim, operands),
            Prim::CompareReal(how) => {
                let (x, y) = (self.settled(operands[0]).as_real(), self.settled(operands[1]).as_real());
                let yes = self.b.ins().fcmp(condition(how), x, y);
                let no = self.b.ins().fcmp(condition(opposite(how)), x, y);
                Val::Truth(Truth { yes, no, is_known: false })
            }
            _ => self.prim_whole(id, prim, operands, fault),
        }
    }

    /// 1 / y of a constant power of two: multiplying by it is the same to the last bit, and much faster.
    fn exact_reciprocal(&self, y: ExprId) -> Option<f64> {
        let NodeKind::Const(word) = self.twin.exprs.get(y).kind else { return None };
        let y = f64::from_bits(word);
        let is_power = y.is_normal() && word & ((1 << 52) - 1) == 0;
        Some(1.0 / y).filter(|reciprocal| is_power && reciprocal.is_normal())
    }

    fn open(&mut self, prim: Prim, operands: &[Value]) -> Val {
        Val::Real { value: self.arithmetic(prim, operands), is_open: true }
    }

    /// The bare instruction.
    pub(crate) fn arithmetic(&mut self, prim: Prim, operands: &[Value]) -> Value {
        match (prim, operands) {
            (Prim::AddReal, &[x, y]) => self.b.ins().fadd(x, y),
            (Prim::SubReal, &[x, y]) => self.b.ins().fsub(x, y),
            (Prim::MulReal, &[x, y]) => self.b.ins().fmul(x, y),
            (Prim::DivReal, &[x, y]) => self.b.ins().fdiv(x, y),
            (Prim::NegReal, &[x]) => self.b.ins().fneg(x),
            (Prim::AbsReal, &[x]) => self.b.ins().fabs(x),
            (Prim::SqrtReal, &[x]) => self.b.ins().sqrt(x),
            (prim, _) => unreachable!("{prim:?} is no arithmetic of reals"),
        }
    }

    /// `min`: y where y < x, else x; absent where either is.
    fn extreme(&mut self, prim: Prim, operands: &[ExprId]) -> Val {
        let (x, y) = (self.settled(operands[0]).as_real(), self.settled(operands[1]).as_real());
        // Written so that it becomes one instruction.
        let is_y = match prim {
            Prim::MinReal => self.b.ins().fcmp(FloatCC::LessThan, y, x),
            _ => self.b.ins().fcmp(FloatCC::LessThan, x, y),
        };
        let chosen = self.b.ins().select(is_y, y, x);
        // Where x is absent it was chosen; where y is, it must be.
        let is_there = self.b.ins().fcmp(FloatCC::Ordered, y, y);
        Val::real(self.b.ins().select(is_there, chosen, y))
    }

    /// Whether a real is finite, as an `i8`.
    pub(crate) fn is_finite(&mut self, value: Value) -> Value {
        // ∞ − ∞ and anything with NaN is NaN; everything else gives 0.
        let zero = self.b.ins().fsub(value, value);
        self.b.ins().fcmp(FloatCC::Ordered, zero, zero)
    }

    /// A pure builtin, called where every argument is present.
    pub(crate) fn pure_call(&mut self, function: &PureFn, arguments: &[ExprId], fault: FaultId) -> Val {
        let arguments: Vec<Value> = arguments.iter().map(|id| self.settled(*id).as_real()).collect();
        let call = self.b.create_block();
        let join = self.join_block(Scalar::Real);
        let is_there = self.all_present(&arguments);
        let absent = self.absent_real();
        self.b.ins().brif(is_there, call, &[], join, &[absent.into()]);
        self.b.switch_to_block(call);
        let reference = self.imports.pure(self.module, self.b.func, function);
        let inst = self.b.ins().call(reference, &arguments);
        let result = self.b.inst_results(inst)[0];
        let is_finite = self.is_finite(result);
        let cold = self.cold_block();
        self.b.ins().brif(is_finite, join, &[result.into()], cold, &[]);
        self.b.switch_to_block(cold);
        let one = self.always();
        self.count_fault(fault, one);
        self.b.ins().jump(join, &[absent.into()]);
        self.joined(Scalar::Real, join)
    }

    /// Whether none of these reals is absent.
    pub(crate) fn all_present(&mut self, values: &[Value]) -> Value {
        let mut all: Option<Value> = None;
        for pair in values.chunks(2) {
            let both = self.b.ins().fcmp(FloatCC::Ordered, pair[0], pair[pair.len() - 1]);
            all = Some(match all {
                Some(before) => self.b.ins().band(before, both),
                None => both,
            });
        }
        match all {
            Some(all) => all,
            None => self.always(),
        }
    }
}

/// A comparison of present reals; false where one is absent.
fn condition(how: Compare) -> FloatCC {
    match how {
        Compare::Eq => FloatCC::Equal,
        Compare::Ne => FloatCC::OrderedNotEqual,
        Compare::Lt => FloatCC::LessThan,
        Compare::Le => FloatCC::LessThanOrEqual,
        Compare::Gt => FloatCC::GreaterThan,
        Compare::Ge => FloatCC::GreaterThanOrEqual,
    }
}

/// The comparison that holds of present values where the other does not.
pub(crate) fn opposite(how: Compare) -> Compare {
    match how {
        Compare::Eq => Compare::Ne,
        Compare::Ne => Compare::Eq,
        Compare::Lt => Compare::Ge,
        Compare::Le => Compare::Gt,
        Compare::Gt => Compare::Le,
        Compare::Ge => Compare::Lt,
    }
}
