//! Reading windows of one pane or one accumulator, in line.
//!
//! As in `accumulate`, each aggregate is the formula of its family in
//! `twin_operators::accumulators`, operation by operation.

use super::Emit;
use super::memory::{CHANGING, slot_offset};
use super::value::Val;
use super::window::newest_offset;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use twin_plan::{Accumulator, Extent, Lane, TwinPlan, WindowPlan};
use twin_types::{Aggregate, Scalar};

/// Whether everything that is read from a window can be read in line.
pub(crate) fn is_read_inline(twin: &TwinPlan, window: &WindowPlan) -> bool {
    let is_one = matches!(window.extent, Extent::Panes { count: 1, .. } | Extent::Running { .. });
    let reads = |lane: &Lane| {
        lane.reads.iter().all(|(aggregate, _, values)| {
            let ty = twin.values[values[0].index()].ty;
            values.len() == 1 && knows(lane.accumulator, *aggregate, ty)
        })
    };
    is_one && window.by.is_none() && window.lanes.iter().all(reads)
}

fn knows(accumulator: Accumulator, aggregate: Aggregate, ty: Scalar) -> bool {
    use Aggregate::*;
    if aggregate == Count {
        let counts = matches!(
            accumulator,
            Accumulator::Count
                | Accumulator::Sum
                | Accumulator::MinMax
                | Accumulator::Moments2
                | Accumulator::Squares
        );
        return counts && matches!(ty, Scalar::Real | Scalar::Int);
    }
    ty == Scalar::Real
        && match accumulator {
            Accumulator::Sum => matches!(aggregate, Sum | Mean),
            Accumulator::MinMax => matches!(aggregate, Min | Max | Range),
            Accumulator::Moments2 => matches!(aggregate, Mean | VarPop | StdPop | Var | Std),
            Accumulator::Squares => matches!(aggregate, Rms),
            _ => false,
        }
}

impl Emit<'_, '_> {
    /// Computes all that is read from a window.
    pub(crate) fn read_inline(&mut self, window: &WindowPlan) {
        let is_full = self.has_last_pane(window);
        for lane in &window.lanes {
            let first = lane.slot.expect("a lane without rings has its accumulators in the row");
            let count = self.b.ins().load(types::I64, CHANGING, self.frame.row, slot_offset(first));
            let zero = self.b.ins().iconst(types::I64, 0);
            let count = match is_full {
                Some(is_full) => self.b.ins().select(is_full, count, zero),
                None => count,
            };
            for (aggregate, _, values) in &lane.reads {
                let ty = self.twin.values[values[0].index()].ty;
                let read = match (aggregate, ty) {
                    (Aggregate::Count, Scalar::Int) => Val::Whole { value: count, is_present: true },
                    (Aggregate::Count, _) => Val::real(self.b.ins().fcvt_from_sint(types::F64, count)),
                    _ => self.finish_real(lane, *aggregate, count),
                };
                self.write_value(values[0], read);
            }
        }
    }

    /// Whether the pane before the one of now is there; `None` for windows without panes.
    fn has_last_pane(&mut self, window: &WindowPlan) -> Option<Value> {
        let Extent::Panes { pane_ns, .. } = window.extent else { return None };
        let begin = self.b.ins().load(types::I64, CHANGING, self.frame.row, newest_offset(window));
        let end = self.b.ins().iadd_imm_s(begin, pane_ns);
        let since = self.b.ins().isub(self.frame.now, end);
        Some(self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, since, pane_ns))
    }

    /// An aggregate that is a real: absent where too few samples are there or it is not finite.
    fn finish_real(&mut self, lane: &Lane, aggregate: Aggregate, count: Value) -> Val {
        use Aggregate::*;
        let n = self.b.ins().fcvt_from_sint(types::F64, count);
        let one = self.f64(1.0);
        let value = match (lane.accumulator, aggregate) {
            (Accumulator::Sum, Sum) | (Accumulator::Moments2, Mean) | (Accumulator::MinMax, Min) => {
                self.held(lane, 1)
            }
            (Accumulator::MinMax, Max) => self.held(lane, 2),
            (Accumulator::MinMax, _) => {
                let (low, high) = (self.held(lane, 1), self.held(lane, 2));
                self.b.ins().fsub(high, low)
            }
            (Accumulator::Sum, _) => {
                let sum = self.held(lane, 1);
                self.b.ins().fdiv(sum, n)
            }
            (Accumulator::Squares, _) => {
                let sum = self.held(lane, 1);
                let mean = self.b.ins().fdiv(sum, n);
                self.b.ins().sqrt(mean)
            }
            (_, Var | Std) => {
                let (sum, less) = (self.held(lane, 2), self.b.ins().fsub(n, one));
                let variance = self.b.ins().fdiv(sum, less);
                if aggregate == Std { self.b.ins().sqrt(variance) } else { variance }
            }
            _ => {
                let sum = self.held(lane, 2);
                let variance = self.b.ins().fdiv(sum, n);
                if aggregate == StdPop { self.b.ins().sqrt(variance) } else { variance }
            }
        };
        let least = if matches!(aggregate, Var | Std) { 2 } else { 1 };
        let is_enough = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, count, least);
        let zero = self.b.ins().fsub(value, value);
        let is_finite = self.b.ins().fcmp(FloatCC::Ordered, zero, zero);
        let is_there = self.b.ins().band(is_enough, is_finite);
        let absent = self.absent_real();
        Val::real(self.b.ins().select(is_there, value, absent))
    }

    fn held(&mut self, lane: &Lane, at: u32) -> Value {
        let first = lane.slot.expect("a lane without rings has its accumulators in the row");
        self.b.ins().load(types::F64, CHANGING, self.frame.row, slot_offset(first.plus(at)))
    }
}
