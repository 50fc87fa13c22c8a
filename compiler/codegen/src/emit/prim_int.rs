//! Operations on whole numbers and truth values.
//!
//! Absence of a whole number is one of its own values, which arithmetic does not
//! pass on, so each operation asks for it, without a branch: being absent is often
//! the normal state of a timestamp. Only a fault goes to a block aside.

use super::Emit;
use super::prim_real::opposite;
use super::value::{Truth, Val};
use crate::helpers::Helper;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use twin_plan::{Compare, ExprId, FaultId, NodeKind, Prim};
use twin_types::{ABSENT_INT, ABSENT_STRING, Scalar};

/// Reals of a smaller magnitude fit an int: 2⁶³.
const INT_BOUND: f64 = 9_223_372_036_854_775_808.0;
/// The bits of an infinite real, and the first that are no finite one.
const INFINITE_BITS: u64 = 0x7ff0_0000_0000_0000;
/// So many nanoseconds are no duration any more.
const NANOS_BOUND: f64 = 9.2e18;

impl Emit<'_, '_> {
    /// What [`Emit::prim`] leaves over.
    pub(crate) fn prim_whole(
        &mut self,
        id: ExprId,
        prim: Prim,
        operands: &[ExprId],
        fault: Option<FaultId>,
    ) -> Val {
        match prim {
            Prim::AddInt | Prim::SubInt | Prim::MulInt => self.sum(prim, operands, fault),
            Prim::NegInt | Prim::AbsInt => self.sign(prim, operands[0]),
            Prim::DivInt | Prim::ModInt => self.division(prim, operands, fault),
            Prim::MinInt | Prim::MaxInt => self.extreme_int(prim, operands),
            Prim::Floor | Prim::Ceil | Prim::Trunc | Prim::Round => {
                let x = self.settled(operands[0]).as_real();
                let rounded = match prim {
                    Prim::Floor => self.b.ins().floor(x),
                    Prim::Ceil => self.b.ins().ceil(x),
                    Prim::Trunc => self.b.ins().trunc(x),
                    _ => self.b.ins().nearest(x),
                };
                self.to_int(x, rounded, INT_BOUND, fault)
            }
            Prim::SecondsToNanos => {
                let x = self.settled(operands[0]).as_real();
                let giga = self.f64(1e9);
                let nanos = self.b.ins().fmul(x, giga);
                let rounded = self.b.ins().nearest(nanos);
                self.to_int(x, rounded, NANOS_BOUND, fault)
            }
            Prim::IntToReal => self.int_to_real(operands[0], None),
            Prim::NanosToSeconds => self.int_to_real(operands[0], Some(1e9)),
            Prim::BoolToInt => {
                let truth = self.truth(operands[0]);
                let yes = self.b.ins().uextend(types::I64, truth.yes);
                if truth.is_known {
                    return Val::Whole { value: yes, is_present: true };
                }
                let known = self.b.ins().bor(truth.yes, truth.no);
                let absent = self.word(ABSENT_INT);
                Val::whole(self.b.ins().select(known, yes, absent))
            }
            Prim::IntToOrdered => self.int_to_ordered(operands[0], fault),
            Prim::OrderedToInt => self.ordered_to_int(operands[0]),
            Prim::CompareInt(how) => self.compare_int(how, operands),
            Prim::CompareBool(how) => self.compare_bool(how, operands),
            Prim::CompareText(how) => self.compare_text(how, operands),
            Prim::TextWithin(most) => self.text_within(most, operands[0], fault),
            Prim::Not => {
                let truth = self.truth(operands[0]);
                Val::Truth(Truth { yes: truth.no, no: truth.yes, is_known: truth.is_known })
            }
            other => unreachable!("{other:?} (node {id:?}) is an operation on reals"),
        }
    }

    /// `+ − ·`
    fn sum(&mut self, prim: Prim, operands: &[ExprId], fault: Option<FaultId>) -> Val {
        let (x, y) = (self.settled(operands[0]), self.settled(operands[1]));
        let (a, b) = (x.as_whole(), y.as_whole());
        let (result, overflows) = match prim {
            Prim::AddInt => self.b.ins().sadd_overflow(a, b),
            Prim::SubInt => self.b.ins().ssub_overflow(a, b),
            _ => self.b.ins().smul_overflow(a, b),
        };
        if prim == Prim::AddInt && operands.iter().any(|operand| self.is_positive(*operand)) {
            return self.checked_int(&[(x, operands[0]), (y, operands[1])], result, overflows, fault);
        }
        // The word of absence is no number, so arriving at it is an overflow too.
        let is_lowest = self.b.ins().icmp_imm_s(IntCC::Equal, result, ABSENT_INT as i64);
        let is_wrong = self.b.ins().bor(overflows, is_lowest);
        self.checked_int(&[(x, operands[0]), (y, operands[1])], result, is_wrong, fault)
    }

    /// Whether a whole number is known to be above 0.
    fn is_positive(&self, id: ExprId) -> bool {
        let node = self.twin.exprs.get(id);
        let is_whole = !matches!(node.ty, Scalar::Real | Scalar::Bool | Scalar::String);
        matches!(node.kind, NodeKind::Const(word) if is_whole && word as i64 > 0)
    }

    /// `−n`, `|n|`: of present numbers neither can overflow, as the lowest word is absence itself.
    fn sign(&mut self, prim: Prim, operand: ExprId) -> Val {
        let x = self.settled(operand);
        let Val::Whole { value, is_present } = x else { unreachable!("{prim:?} takes a whole number") };
        // Both leave the absent word as it is.
        let value = if prim == Prim::NegInt { self.b.ins().ineg(value) } else { self.b.ins().iabs(value) };
        Val::Whole { value, is_present }
    }

    /// A result that counts where all operands are present and nothing went wrong.
    fn checked_int(
        &mut self,
        operands: &[(Val, ExprId)],
        result: Value,
        is_wrong: Value,
        fault: Option<FaultId>,
    ) -> Val {
        let any_absent = self.any_absent(operands);
        let (hit, is_nothing) = match any_absent {
            None => (is_wrong, is_wrong),
            Some(any_absent) => {
                let all_there = self.b.ins().bxor_imm_u(any_absent, 1);
                (self.b.ins().band(is_wrong, all_there), self.b.ins().bor(is_wrong, any_absent))
            }
        };
        if let Some(fault) = fault {
            self.count_rare_fault(fault, hit);
        }
        let absent = self.word(ABSENT_INT);
        Val::whole(self.b.ins().select(is_nothing, absent, result))
    }

    fn any_absent(&mut self, operands: &[(Val, ExprId)]) -> Option<Value> {
        let mut any: Option<Value> = None;
        for (value, id) in operands {
            let ty = self.ty(*id);
            if let Some(is_absent) = self.is_absent(*value, ty) {
                any = Some(match any {
                    Some(before) => self.b.ins().bor(before, is_absent),
                    None => is_absent,
                });
            }
        }
        any
    }

    /// `div` and `mod`, rounded down.
    fn division(&mut self, prim: Prim, operands: &[ExprId], fault: Option<FaultId>) -> Val {
        let (x, y) = (self.settled(operands[0]), self.settled(operands[1]));
        let (a, b) = (x.as_whole(), y.as_whole());
        let is_zero = self.b.ins().icmp_imm_s(IntCC::Equal, b, 0);
        // Nothing must trap: by 1 instead of 0, and 1 instead of the absent word, which −1 cannot divide.
        let one = self.b.ins().iconst(types::I64, 1);
        let divisor = self.b.ins().select(is_zero, one, b);
        let is_lowest = self.b.ins().icmp_imm_s(IntCC::Equal, a, ABSENT_INT as i64);
        let dividend = self.b.ins().select(is_lowest, one, a);
        let quotient = self.b.ins().sdiv(dividend, divisor);
        let back = self.b.ins().imul(quotient, divisor);
        let remainder = self.b.ins().isub(dividend, back);
        let signs = self.b.ins().bxor(remainder, divisor);
        let differ = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, signs, 0);
        let is_whole = self.b.ins().icmp_imm_s(IntCC::Equal, remainder, 0);
        let has_rest = self.b.ins().bxor_imm_u(is_whole, 1);
        let rounds = self.b.ins().band(differ, has_rest);
        let result = if prim == Prim::DivInt {
            let rounds = self.b.ins().uextend(types::I64, rounds);
            self.b.ins().isub(quotient, rounds)
        } else {
            let shifted = self.b.ins().iadd(remainder, divisor);
            self.b.ins().select(rounds, shifted, remainder)
        };
        self.checked_int(&[(x, operands[0]), (y, operands[1])], result, is_zero, fault)
    }

    fn extreme_int(&mut self, prim: Prim, operands: &[ExprId]) -> Val {
        let (x, y) = (self.settled(operands[0]), self.settled(operands[1]));
        let (a, b) = (x.as_whole(), y.as_whole());
        // The absent word is the lowest, so the smaller one passes it on by itself.
        if prim == Prim::MinInt {
            return Val::whole(self.b.ins().smin(a, b));
        }
        let largest = self.b.ins().smax(a, b);
        match self.any_absent(&[(x, operands[0]), (y, operands[1])]) {
            None => Val::Whole { value: largest, is_present: true },
            Some(any_absent) => {
                let absent = self.word(ABSENT_INT);
                Val::whole(self.b.ins().select(any_absent, absent, largest))
            }
        }
    }

    /// A rounded real as an int, where its magnitude is below `bound`; `x` is what it was made of.
    fn to_int(&mut self, x: Value, rounded: Value, bound: f64, fault: Option<FaultId>) -> Val {
        let size = self.b.ins().fabs(rounded);
        let bound = self.f64(bound);
        let fits = self.b.ins().fcmp(FloatCC::LessThan, size, bound);
        if let Some(fault) = fault {
            let is_there = self.b.ins().fcmp(FloatCC::Ordered, x, x);
            let too_large = self.b.ins().bxor_imm_u(fits, 1);
            let hit = self.b.ins().band(is_there, too_large);
            self.count_rare_fault(fault, hit);
        }
        let int = self.b.ins().fcvt_to_sint_sat(types::I64, rounded);
        let absent = self.word(ABSENT_INT);
        Val::whole(self.b.ins().select(fits, int, absent))
    }

    fn int_to_real(&mut self, operand: ExprId, divisor: Option<f64>) -> Val {
        let ty = self.ty(operand);
        let value = self.settled(operand);
        let mut real = self.b.ins().fcvt_from_sint(types::F64, value.as_whole());
        if let Some(divisor) = divisor {
            let divisor = self.f64(divisor);
            real = self.b.ins().fdiv(real, divisor);
        }
        match self.is_absent(value, ty) {
            None => Val::real(real),
            Some(is_absent) => {
                let absent = self.absent_real();
                Val::real(self.b.ins().select(is_absent, absent, real))
            }
        }
    }

    /// The real whose bits are the magnitude's, with the sign; see [`twin_types::words::ordered_from_i64`].
    fn int_to_ordered(&mut self, operand: ExprId, fault: Option<FaultId>) -> Val {
        let ty = self.ty(operand);
        let value = self.settled(operand);
        let int = value.as_whole();
        let magnitude = self.b.ins().iabs(int);
        let sign = self.b.ins().band_imm_s(int, i64::MIN);
        let bits = self.b.ins().bor(magnitude, sign);
        // The magnitude of the absent word is beyond all others, so it is no number either.
        let is_wrong =
            self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, magnitude, INFINITE_BITS as i64);
        if let Some(fault) = fault {
            let hit = match self.is_absent(value, ty) {
                None => is_wrong,
                Some(is_absent) => {
                    let is_there = self.b.ins().bxor_imm_u(is_absent, 1);
                    self.b.ins().band(is_wrong, is_there)
                }
            };
            self.count_rare_fault(fault, hit);
        }
        let real = self.b.ins().bitcast(types::F64, MemFlagsData::new(), bits);
        let absent = self.absent_real();
        Val::real(self.b.ins().select(is_wrong, absent, real))
    }

    /// The whole number that a real was made of; see [`twin_types::words::i64_from_ordered`].
    fn ordered_to_int(&mut self, operand: ExprId) -> Val {
        let real = self.settled(operand).as_real();
        let bits = self.b.ins().bitcast(types::I64, MemFlagsData::new(), real);
        let magnitude = self.b.ins().band_imm_s(bits, i64::MAX);
        let opposite = self.b.ins().ineg(magnitude);
        let is_below = self.b.ins().icmp_imm_s(IntCC::SignedLessThan, bits, 0);
        let int = self.b.ins().select(is_below, opposite, magnitude);
        let is_there = self.b.ins().fcmp(FloatCC::Ordered, real, real);
        let absent = self.word(ABSENT_INT);
        Val::whole(self.b.ins().select(is_there, int, absent))
    }

    /// Words of one scalar, ints or truth values.
    fn compare_int(&mut self, how: Compare, operands: &[ExprId]) -> Val {
        let (left, right) = (self.settled(operands[0]), self.settled(operands[1]));
        if let (Val::Truth(a), Val::Truth(b)) = (left, right) {
            return self.compare_truths(how, a, b);
        }
        let (a, b) = (left.as_whole(), right.as_whole());
        let mut yes = self.b.ins().icmp(condition(how), a, b);
        let mut no = self.b.ins().icmp(condition(opposite(how)), a, b);
        let Some(any_absent) = self.any_absent(&[(left, operands[0]), (right, operands[1])]) else {
            return Val::Truth(Truth { yes, no, is_known: true });
        };
        let known = self.b.ins().bxor_imm_u(any_absent, 1);
        let is_present = |value| matches!(value, Val::Whole { is_present: true, .. });
        let sides = (is_present(left), is_present(right));
        if !fails_of_absent(how, sides) {
            yes = self.b.ins().band(yes, known);
        }
        if !fails_of_absent(opposite(how), sides) {
            no = self.b.ins().band(no, known);
        }
        Val::Truth(Truth { yes, no, is_known: false })
    }

    fn unless(&mut self, unknown: Value, yes: Value, no: Value) -> Val {
        let known = self.b.ins().bxor_imm_u(unknown, 1);
        let yes = self.b.ins().band(yes, known);
        let no = self.b.ins().band(no, known);
        Val::Truth(Truth { yes, no, is_known: false })
    }

    fn compare_bool(&mut self, how: Compare, operands: &[ExprId]) -> Val {
        let (a, b) = (self.truth(operands[0]), self.truth(operands[1]));
        self.compare_truths(how, a, b)
    }

    /// False stands before true.
    fn compare_truths(&mut self, how: Compare, a: Truth, b: Truth) -> Val {
        let yes = self.b.ins().icmp(condition(how), a.yes, b.yes);
        let no = self.b.ins().icmp(condition(opposite(how)), a.yes, b.yes);
        if a.is_known && b.is_known {
            return Val::Truth(Truth { yes, no, is_known: true });
        }
        let left = self.b.ins().bor(a.yes, a.no);
        let right = self.b.ins().bor(b.yes, b.no);
        let known = self.b.ins().band(left, right);
        let yes = self.b.ins().band(yes, known);
        let no = self.b.ins().band(no, known);
        Val::Truth(Truth { yes, no, is_known: false })
    }

    fn compare_text(&mut self, how: Compare, operands: &[ExprId]) -> Val {
        let (left, right) = (self.settled(operands[0]), self.settled(operands[1]));
        let order = self.call(Helper::CompareText, &[left.as_whole(), right.as_whole()]);
        let order = order.expect("an order is a number");
        let yes = self.b.ins().icmp_imm_s(condition(how), order, 0);
        let no = self.b.ins().icmp_imm_s(condition(opposite(how)), order, 0);
        let any_absent = self.any_absent(&[(left, operands[0]), (right, operands[1])]);
        debug_assert!(
            operands.iter().all(|id| self.ty(*id) == Scalar::String),
            "texts are compared with texts"
        );
        match any_absent {
            None => Val::Truth(Truth { yes, no, is_known: true }),
            Some(any_absent) => self.unless(any_absent, yes, no),
        }
    }

    fn text_within(&mut self, most: u32, operand: ExprId, fault: Option<FaultId>) -> Val {
        let text = self.settled(operand).as_whole();
        let bytes = self.call(Helper::TextBytes, &[text]).expect("a length is a number");
        let is_longer = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, bytes, i64::from(most));
        if let Some(fault) = fault {
            self.count_rare_fault(fault, is_longer);
        }
        let absent = self.word(ABSENT_STRING);
        Val::whole(self.b.ins().select(is_longer, absent, text))
    }
}

/// Whether a comparison is false by itself where one side is absent and the other, by these marks, is known not to be:
/// the absent word is lower than every number.
fn fails_of_absent(how: Compare, (left_is_present, right_is_present): (bool, bool)) -> bool {
    match how {
        Compare::Eq => left_is_present || right_is_present,
        Compare::Gt | Compare::Ge => right_is_present,
        Compare::Lt | Compare::Le => left_is_present,
        Compare::Ne => false,
    }
}

/// A comparison of signed numbers.
fn condition(how: Compare) -> IntCC {
    match how {
        Compare::Eq => IntCC::Equal,
        Compare::Ne => IntCC::NotEqual,
        Compare::Lt => IntCC::SignedLessThan,
        Compare::Le => IntCC::SignedLessThanOrEqual,
        Compare::Gt => IntCC::SignedGreaterThan,
        Compare::Ge => IntCC::SignedGreaterThanOrEqual,
    }
}
