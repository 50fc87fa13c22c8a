//! Accumulators of the simple families, in line.
//!
//! Each is the formula of its family in `twin_operators::accumulators`, operation by
//! operation in the same order, so the bits are the same.

use super::Emit;
use super::memory::CHANGING;
use super::window::Sample;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Type, Value, types};
use twin_plan::Accumulator;
use twin_types::NANOS_PER_SECOND;

/// Whether [`Emit::accumulate`] knows the family.
pub(crate) fn is_inlined(accumulator: Accumulator) -> bool {
    use Accumulator::*;
    matches!(accumulator, Count | Sum | Squares | MinMax | Moments2 | Ends | Regression)
}

/// Whether the family takes its first sample in another way than the others. [`Emit::accumulate`] knows only how it
/// takes the others.
pub(crate) fn minds_the_first(accumulator: Accumulator) -> bool {
    use Accumulator::*;
    matches!(accumulator, MinMax | Ends | Regression)
}

/// An accumulator's words in memory.
#[derive(Clone, Copy)]
struct Words {
    base: Value,
    offset: i32,
}

impl Emit<'_, '_> {
    /// Whether the accumulator at `base` + `offset` holds nothing yet.
    pub(crate) fn is_empty(&mut self, base: Value, offset: i32) -> Value {
        let count = self.b.ins().load(types::I64, CHANGING, base, offset);
        self.b.ins().icmp_imm_s(IntCC::Equal, count, 0)
    }

    /// Adds a sample at the step's time to the accumulator at `base` + `offset`.
    pub(crate) fn accumulate(&mut self, accumulator: Accumulator, base: Value, offset: i32, sample: Sample) {
        let words = Words { base, offset };
        let before = self.get(words, 0, types::I64);
        let count = self.b.ins().iadd_imm_s(before, 1);
        self.put(words, 0, count);
        let x = match sample.real {
            Some(x) => x,
            None => self.b.ins().bitcast(types::F64, MemFlagsData::new(), sample.x),
        };
        match accumulator {
            Accumulator::Count => {}
            Accumulator::Sum => self.add_to(words, 1, x),
            Accumulator::Squares => self.squares(words, x),
            Accumulator::MinMax => self.min_max(words, x),
            Accumulator::Moments2 => self.moments(words, count, x),
            Accumulator::Ends => {
                let now = self.frame.now;
                self.put(words, 3, now);
                // Its word as it is, whatever it stands for.
                self.put(words, 4, x);
            }
            Accumulator::Regression => self.regression(words, count, x),
            other => unreachable!("{other:?} is not inlined"),
        }
    }

    /// Puts the first sample into the accumulator at `base` + `offset`, whatever it holds: what [`Emit::accumulate`]
    /// would make of an empty one.
    pub(crate) fn accumulate_first(
        &mut self,
        accumulator: Accumulator,
        base: Value,
        offset: i32,
        sample: Sample,
    ) {
        let words = Words { base, offset };
        let zero = self.b.ins().iconst(types::I64, 0);
        for at in 0..accumulator.words() as i32 {
            self.put(words, at, zero);
        }
        let now = self.frame.now;
        let x = match sample.real {
            Some(x) => x,
            None => self.b.ins().bitcast(types::F64, MemFlagsData::new(), sample.x),
        };
        let first: &[(i32, Value)] = match accumulator {
            Accumulator::MinMax => &[(1, x), (2, x)],
            Accumulator::Ends => &[(1, now), (2, x)],
            Accumulator::Regression => &[(1, now)],
            _ => &[],
        };
        first.iter().for_each(|(at, value)| self.put(words, *at, *value));
        self.accumulate(accumulator, base, offset, sample);
    }

    fn get(&mut self, words: Words, at: i32, ty: Type) -> Value {
        self.b.ins().load(ty, CHANGING, words.base, words.offset + at * 8)
    }

    fn put(&mut self, words: Words, at: i32, value: Value) {
        self.b.ins().store(CHANGING, value, words.base, words.offset + at * 8);
    }

    fn add_to(&mut self, words: Words, at: i32, term: Value) {
        let before = self.get(words, at, types::F64);
        let after = self.b.ins().fadd(before, term);
        self.put(words, at, after);
    }

    /// q += x·x, m = |x| where it is larger
    fn squares(&mut self, words: Words, x: Value) {
        let square = self.b.ins().fmul(x, x);
        self.add_to(words, 1, square);
        let size = self.b.ins().fabs(x);
        let largest = self.get(words, 2, types::F64);
        let is_larger = self.b.ins().fcmp(FloatCC::LessThan, largest, size);
        let largest = self.b.ins().select(is_larger, size, largest);
        self.put(words, 2, largest);
    }

    /// The smaller and the larger, each written so that it becomes one instruction.
    fn min_max(&mut self, words: Words, x: Value) {
        let low = self.get(words, 1, types::F64);
        let is_lower = self.b.ins().fcmp(FloatCC::LessThan, x, low);
        let low = self.b.ins().select(is_lower, x, low);
        self.put(words, 1, low);
        let high = self.get(words, 2, types::F64);
        let is_higher = self.b.ins().fcmp(FloatCC::LessThan, high, x);
        let high = self.b.ins().select(is_higher, x, high);
        self.put(words, 2, high);
    }

    /// d = x − m; m += d / n; M2 += d · (x − m)
    fn moments(&mut self, words: Words, count: Value, x: Value) {
        let n = self.b.ins().fcvt_from_sint(types::F64, count);
        let mean = self.get(words, 1, types::F64);
        let d = self.b.ins().fsub(x, mean);
        let step = self.b.ins().fdiv(d, n);
        let mean = self.b.ins().fadd(mean, step);
        self.put(words, 1, mean);
        let rest = self.b.ins().fsub(x, mean);
        let term = self.b.ins().fmul(d, rest);
        self.add_to(words, 2, term);
    }

    /// Least squares against the seconds since the first sample.
    fn regression(&mut self, words: Words, count: Value, x: Value) {
        let now = self.frame.now;
        let origin = self.get(words, 1, types::I64);
        let n = self.b.ins().fcvt_from_sint(types::F64, count);
        let nanos = self.b.ins().isub(now, origin);
        let nanos = self.b.ins().fcvt_from_sint(types::F64, nanos);
        let giga = self.f64(NANOS_PER_SECOND as f64);
        let t = self.b.ins().fdiv(nanos, giga);
        let (mean_t, mean_x) = (self.get(words, 2, types::F64), self.get(words, 3, types::F64));
        let (dt, dx) = (self.b.ins().fsub(t, mean_t), self.b.ins().fsub(x, mean_x));
        let (step_t, step_x) = (self.b.ins().fdiv(dt, n), self.b.ins().fdiv(dx, n));
        let (mean_t, mean_x) = (self.b.ins().fadd(mean_t, step_t), self.b.ins().fadd(mean_x, step_x));
        self.put(words, 2, mean_t);
        self.put(words, 3, mean_x);
        let (rest_t, rest_x) = (self.b.ins().fsub(t, mean_t), self.b.ins().fsub(x, mean_x));
        for (at, d, rest) in [(4, dt, rest_t), (5, dt, rest_x), (6, dx, rest_x)] {
            let term = self.b.ins().fmul(d, rest);
            self.add_to(words, at, term);
        }
    }
}
