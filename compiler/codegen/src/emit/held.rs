//! Accumulators of the simple families in registers.
//!
//! Each is the formula of its family in `twin_operators::accumulators`, operation by
//! operation in the same order, so the bits are the same.

use super::Emit;
use super::memory::CHANGING;
use super::value::Val;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{BlockArg, InstBuilder, Type, Value, types};
use twin_plan::{Accumulator, FaultId, Read};
use twin_types::{Aggregate, NANOS_PER_SECOND, Scalar};

/// Whether samples of the family are added in line.
pub(crate) fn is_inlined(accumulator: Accumulator) -> bool {
    use Accumulator::*;
    matches!(accumulator, Count | Sum | Squares | MinMax | Moments2 | Ends | Regression)
}

/// Whether two accumulators of the family are merged in line.
pub(crate) fn is_merged(accumulator: Accumulator) -> bool {
    is_inlined(accumulator) && accumulator != Accumulator::Ends
}

/// Whether an aggregate is read in line as a value of this scalar.
pub(crate) fn is_finished(accumulator: Accumulator, aggregate: Aggregate, ty: Scalar) -> bool {
    use Aggregate::*;
    if aggregate == Count {
        return is_merged(accumulator) && matches!(ty, Scalar::Real | Scalar::Int);
    }
    ty == Scalar::Real
        && match accumulator {
            Accumulator::Sum => matches!(aggregate, Sum | Mean),
            Accumulator::MinMax => matches!(aggregate, Min | Max | Range),
            Accumulator::Moments2 => matches!(aggregate, Mean | VarPop | StdPop | Var | Std),
            Accumulator::Squares => matches!(aggregate, Rms),
            Accumulator::Regression => matches!(aggregate, Slope | Intercept | R2),
            _ => false,
        }
}

/// Whether the family takes its first sample in another way than the others.
pub(crate) fn minds_the_first(accumulator: Accumulator) -> bool {
    use Accumulator::*;
    matches!(accumulator, MinMax | Ends | Regression)
}

/// What an accumulator takes in.
#[derive(Clone, Copy)]
pub(crate) struct Taken {
    /// When, in ns.
    pub t_ns: Value,
    /// The word, an `i64`.
    pub word: Value,
    /// The same as a real.
    pub real: Value,
}

/// The words of an accumulator, in registers.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub accumulator: Accumulator,
    pub words: Vec<Value>,
}

/// The types of an accumulator's words.
pub(crate) fn held_types(accumulator: Accumulator) -> Vec<Type> {
    let whole = match accumulator {
        Accumulator::Ends => 5,
        Accumulator::Regression => 2,
        _ => 1,
    };
    let ty = |at| if at < whole { types::I64 } else { types::F64 };
    (0..accumulator.words()).map(ty).collect()
}

impl Held {
    /// How many samples there are.
    pub fn count(&self) -> Value {
        self.words[0]
    }

    /// As arguments of a block.
    pub fn arguments(&self) -> Vec<BlockArg> {
        self.words.iter().map(|word| BlockArg::from(*word)).collect()
    }
}

impl Emit<'_, '_> {
    /// Loads an accumulator.
    pub(crate) fn load_held(&mut self, accumulator: Accumulator, base: Value, offset: i32) -> Held {
        let types = held_types(accumulator);
        let load = |(at, ty)| self.b.ins().load(ty, CHANGING, base, offset + at as i32 * 8);
        Held { accumulator, words: types.into_iter().enumerate().map(load).collect() }
    }

    /// Stores an accumulator.
    pub(crate) fn store_held(&mut self, held: &Held, base: Value, offset: i32) {
        for (at, word) in held.words.iter().enumerate() {
            self.b.ins().store(CHANGING, *word, base, offset + at as i32 * 8);
        }
    }

    /// An empty accumulator.
    pub(crate) fn empty_held(&mut self, accumulator: Accumulator) -> Held {
        let (zero, none) = (self.b.ins().iconst(types::I64, 0), self.f64(0.0));
        let word = |ty| if ty == types::I64 { zero } else { none };
        Held { accumulator, words: held_types(accumulator).into_iter().map(word).collect() }
    }

    /// Parameters of a block for an accumulator.
    pub(crate) fn held_parameters(
        &mut self,
        accumulator: Accumulator,
        block: cranelift_codegen::ir::Block,
    ) -> Held {
        let append = |ty| self.b.append_block_param(block, ty);
        Held { accumulator, words: held_types(accumulator).into_iter().map(append).collect() }
    }

    /// An accumulator with one sample: what adding it to an empty one makes.
    pub(crate) fn first_held(&mut self, accumulator: Accumulator, taken: Taken) -> Held {
        let mut empty = self.empty_held(accumulator);
        match accumulator {
            Accumulator::MinMax => (empty.words[1], empty.words[2]) = (taken.real, taken.real),
            Accumulator::Ends => (empty.words[1], empty.words[2]) = (taken.t_ns, taken.word),
            Accumulator::Regression => empty.words[1] = taken.t_ns,
            _ => {}
        }
        self.added(&empty, taken)
    }

    /// Adds a sample to an accumulator that is not empty, where the family minds.
    pub(crate) fn added(&mut self, held: &Held, taken: Taken) -> Held {
        let count = self.b.ins().iadd_imm_s(held.count(), 1);
        let x = taken.real;
        let words = &held.words;
        let words = match held.accumulator {
            Accumulator::Count => vec![count],
            Accumulator::Sum => vec![count, self.b.ins().fadd(words[1], x)],
            Accumulator::Squares => self.squares(words, count, x),
            Accumulator::MinMax => {
                // Each written so that it becomes one instruction.
                let is_lower = self.b.ins().fcmp(FloatCC::LessThan, x, words[1]);
                let low = self.b.ins().select(is_lower, x, words[1]);
                let is_higher = self.b.ins().fcmp(FloatCC::LessThan, words[2], x);
                vec![count, low, self.b.ins().select(is_higher, x, words[2])]
            }
            Accumulator::Moments2 => self.moments(words, count, x),
            // The last word as it is, whatever it stands for.
            Accumulator::Ends => vec![count, words[1], words[2], taken.t_ns, taken.word],
            Accumulator::Regression => self.regression(words, count, taken),
            other => unreachable!("{other:?} is not inlined"),
        };
        Held { accumulator: held.accumulator, words }
    }

    /// q += x·x, m = |x| where it is larger
    fn squares(&mut self, words: &[Value], count: Value, x: Value) -> Vec<Value> {
        let square = self.b.ins().fmul(x, x);
        let sum = self.b.ins().fadd(words[1], square);
        let size = self.b.ins().fabs(x);
        let is_larger = self.b.ins().fcmp(FloatCC::LessThan, words[2], size);
        vec![count, sum, self.b.ins().select(is_larger, size, words[2])]
    }

    /// d = x − m; m += d / n; M2 += d · (x − m)
    fn moments(&mut self, words: &[Value], count: Value, x: Value) -> Vec<Value> {
        let n = self.b.ins().fcvt_from_sint(types::F64, count);
        let d = self.b.ins().fsub(x, words[1]);
        let step = self.b.ins().fdiv(d, n);
        let mean = self.b.ins().fadd(words[1], step);
        let rest = self.b.ins().fsub(x, mean);
        let term = self.b.ins().fmul(d, rest);
        vec![count, mean, self.b.ins().fadd(words[2], term)]
    }

    /// Least squares against the seconds since the first sample.
    fn regression(&mut self, words: &[Value], count: Value, taken: Taken) -> Vec<Value> {
        let n = self.b.ins().fcvt_from_sint(types::F64, count);
        let t = self.seconds_between(words[1], taken.t_ns);
        let x = taken.real;
        let (dt, dx) = (self.b.ins().fsub(t, words[2]), self.b.ins().fsub(x, words[3]));
        let (step_t, step_x) = (self.b.ins().fdiv(dt, n), self.b.ins().fdiv(dx, n));
        let (mean_t, mean_x) = (self.b.ins().fadd(words[2], step_t), self.b.ins().fadd(words[3], step_x));
        let (rest_t, rest_x) = (self.b.ins().fsub(t, mean_t), self.b.ins().fsub(x, mean_x));
        let mut new = vec![count, words[1], mean_t, mean_x];
        for (at, d, rest) in [(4, dt, rest_t), (5, dt, rest_x), (6, dx, rest_x)] {
            let term = self.b.ins().fmul(d, rest);
            new.push(self.b.ins().fadd(words[at], term));
        }
        new
    }

    fn seconds_between(&mut self, from: Value, to: Value) -> Value {
        let nanos = self.b.ins().isub(to, from);
        let nanos = self.b.ins().fcvt_from_sint(types::F64, nanos);
        let giga = self.f64(NANOS_PER_SECOND as f64);
        self.b.ins().fdiv(nanos, giga)
    }

    /// Merges `later`, whose samples all come after those of `earlier`, with it.
    pub(crate) fn merged(&mut self, earlier: &Held, later: &Held) -> Held {
        let accumulator = earlier.accumulator;
        match accumulator {
            Accumulator::Count | Accumulator::Sum | Accumulator::Squares | Accumulator::MinMax => {
                self.merged_always(earlier, later)
            }
            _ => self.merged_if_both(earlier, later),
        }
    }

    /// The same of families that need no branch for an empty side.
    fn merged_always(&mut self, earlier: &Held, later: &Held) -> Held {
        let (a, b) = (&earlier.words, &later.words);
        let count = self.b.ins().iadd(a[0], b[0]);
        let words = match earlier.accumulator {
            Accumulator::Count => vec![count],
            Accumulator::Sum => vec![count, self.b.ins().fadd(a[1], b[1])],
            Accumulator::Squares => {
                let sum = self.b.ins().fadd(a[1], b[1]);
                let is_larger = self.b.ins().fcmp(FloatCC::LessThan, a[2], b[2]);
                vec![count, sum, self.b.ins().select(is_larger, b[2], a[2])]
            }
            _ => {
                let is_first = self.b.ins().icmp_imm_s(IntCC::Equal, a[0], 0);
                let is_nothing = self.b.ins().icmp_imm_s(IntCC::Equal, b[0], 0);
                let is_lower = self.b.ins().fcmp(FloatCC::LessThan, b[1], a[1]);
                let is_higher = self.b.ins().fcmp(FloatCC::LessThan, a[2], b[2]);
                let low = self.one_or_other(is_first, is_nothing, is_lower, (a[1], b[1]));
                let high = self.one_or_other(is_first, is_nothing, is_higher, (a[2], b[2]));
                vec![count, low, high]
            }
        };
        Held { accumulator: earlier.accumulator, words }
    }

    /// Of an earlier and a later word the later where it is better or the earlier side is empty, if it is there.
    fn one_or_other(
        &mut self,
        is_first: Value,
        is_nothing: Value,
        is_better: Value,
        (a, b): (Value, Value),
    ) -> Value {
        let better = self.b.ins().select(is_better, b, a);
        let taken = self.b.ins().select(is_first, b, better);
        self.b.ins().select(is_nothing, a, taken)
    }

    /// The same of families whose formula holds of two sides that are not empty; an empty one leaves the other.
    fn merged_if_both(&mut self, earlier: &Held, later: &Held) -> Held {
        let join = self.b.create_block();
        let merged = self.held_parameters(earlier.accumulator, join);
        let (some, both) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(later.count(), some, &[], join, &earlier.arguments());
        self.b.switch_to_block(some);
        self.b.ins().brif(earlier.count(), both, &[], join, &later.arguments());
        self.b.switch_to_block(both);
        let of_both = self.merged_both(earlier, later);
        self.b.ins().jump(join, &of_both.arguments());
        self.b.switch_to_block(join);
        merged
    }

    /// Merges two sides neither of which is empty.
    pub(crate) fn merged_both(&mut self, earlier: &Held, later: &Held) -> Held {
        let (a, b) = (&earlier.words, &later.words);
        let accumulator = earlier.accumulator;
        let count = self.b.ins().iadd(a[0], b[0]);
        if accumulator == Accumulator::MinMax {
            let is_lower = self.b.ins().fcmp(FloatCC::LessThan, b[1], a[1]);
            let low = self.b.ins().select(is_lower, b[1], a[1]);
            let is_higher = self.b.ins().fcmp(FloatCC::LessThan, a[2], b[2]);
            let high = self.b.ins().select(is_higher, b[2], a[2]);
            return Held { accumulator, words: vec![count, low, high] };
        }
        if !matches!(accumulator, Accumulator::Moments2 | Accumulator::Regression) {
            return self.merged_always(earlier, later);
        }
        let real = |emit: &mut Self, count| emit.b.ins().fcvt_from_sint(types::F64, count);
        let (n, others, all) = (real(self, a[0]), real(self, b[0]), real(self, count));
        let share = self.b.ins().fdiv(others, all);
        let weight = self.b.ins().fmul(n, share);
        let words = match accumulator {
            Accumulator::Moments2 => {
                let d = self.b.ins().fsub(b[1], a[1]);
                let square = self.weighed((d, d), weight, (a[2], b[2]));
                let step = self.b.ins().fmul(d, share);
                vec![count, self.b.ins().fadd(a[1], step), square]
            }
            _ => {
                let between = self.seconds_between(a[1], b[1]);
                let later_t = self.b.ins().fadd(b[2], between);
                let (dt, dx) = (self.b.ins().fsub(later_t, a[2]), self.b.ins().fsub(b[3], a[3]));
                let (step_t, step_x) = (self.b.ins().fmul(dt, share), self.b.ins().fmul(dx, share));
                let (mean_t, mean_x) = (self.b.ins().fadd(a[2], step_t), self.b.ins().fadd(a[3], step_x));
                let mut words = vec![count, a[1], mean_t, mean_x];
                for (at, of) in [(4, (dt, dt)), (5, (dt, dx)), (6, (dx, dx))] {
                    words.push(self.weighed(of, weight, (a[at], b[at])));
                }
                words
            }
        };
        Held { accumulator, words }
    }

    /// S + (S' + d · e · w)
    fn weighed(&mut self, (d, e): (Value, Value), weight: Value, (a, b): (Value, Value)) -> Value {
        let product = self.b.ins().fmul(d, e);
        let term = self.b.ins().fmul(product, weight);
        let later = self.b.ins().fadd(b, term);
        self.b.ins().fadd(a, later)
    }

    /// An aggregate of what is held, for a window that ends at `end_ns`.
    pub(crate) fn finished(&mut self, held: &Held, read: &Read, end_ns: Value) -> Val {
        match (read.aggregate, self.twin.values[read.values[0].index()].ty) {
            (Aggregate::Count, Scalar::Int) => Val::Whole { value: held.count(), is_present: true },
            (Aggregate::Count, _) => Val::real(self.b.ins().fcvt_from_sint(types::F64, held.count())),
            _ if held.accumulator == Accumulator::Regression => self.finished_line(held, read, end_ns),
            _ => self.finished_real(held, read),
        }
    }

    /// An aggregate that is a real: absent where too few samples are there or it is not finite.
    fn finished_real(&mut self, held: &Held, read: &Read) -> Val {
        use Aggregate::*;
        let aggregate = read.aggregate;
        let words = &held.words;
        let n = self.b.ins().fcvt_from_sint(types::F64, held.count());
        let value = match (held.accumulator, aggregate) {
            (Accumulator::Sum, Sum) | (Accumulator::Moments2, Mean) => words[1],
            (Accumulator::MinMax, _) => self.finished_extreme(words, aggregate),
            (Accumulator::Sum, _) => self.b.ins().fdiv(words[1], n),
            (Accumulator::Squares, _) => {
                let mean = self.b.ins().fdiv(words[1], n);
                self.b.ins().sqrt(mean)
            }
            _ => {
                let one = self.f64(1.0);
                let of = if matches!(aggregate, Var | Std) { self.b.ins().fsub(n, one) } else { n };
                let variance = self.b.ins().fdiv(words[2], of);
                if matches!(aggregate, Std | StdPop) { self.b.ins().sqrt(variance) } else { variance }
            }
        };
        let least = if matches!(aggregate, Var | Std) { 2 } else { 1 };
        let is_enough = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, held.count(), least);
        // A sample is finite, and so are the smallest and the largest.
        let is_sample = held.accumulator == Accumulator::MinMax && aggregate != Range;
        self.present_if(is_enough, value, is_sample, read.fault)
    }

    /// The smallest, the largest or what is between them, 0 without a sign.
    fn finished_extreme(&mut self, words: &[Value], aggregate: Aggregate) -> Value {
        let value = match aggregate {
            Aggregate::Min => words[1],
            Aggregate::Max => words[2],
            _ => self.b.ins().fsub(words[2], words[1]),
        };
        let zero = self.f64(0.0);
        self.b.ins().fadd(value, zero)
    }

    /// Slope, intercept at the window's end, share of the variance that the line explains.
    fn finished_line(&mut self, held: &Held, read: &Read, end_ns: Value) -> Val {
        let words = &held.words;
        let (stt, stx, sxx) = (words[4], words[5], words[6]);
        let zero = self.f64(0.0);
        let is_many = self.b.ins().icmp_imm_s(IntCC::SignedGreaterThanOrEqual, held.count(), 2);
        let is_line = self.b.ins().fcmp(FloatCC::UnorderedOrGreaterThan, stt, zero);
        let mut is_there = self.b.ins().band(is_many, is_line);
        let slope = self.b.ins().fdiv(stx, stt);
        let value = match read.aggregate {
            Aggregate::Slope => slope,
            Aggregate::Intercept => {
                let end = self.seconds_between(words[1], end_ns);
                let since = self.b.ins().fsub(end, words[2]);
                let rise = self.b.ins().fmul(slope, since);
                self.b.ins().fadd(words[3], rise)
            }
            _ => {
                let is_known = self.is_finite(sxx);
                let is_more = self.b.ins().fcmp(FloatCC::GreaterThan, sxx, zero);
                let is_unknown = self.b.ins().bxor_imm_u(is_known, 1);
                let varies = self.b.ins().bor(is_more, is_unknown);
                is_there = self.b.ins().band(is_there, varies);
                let back = self.b.ins().fdiv(stx, sxx);
                let share = self.b.ins().fmul(slope, back);
                // Over something that has overflown everything is 0.
                self.b.ins().select(is_known, share, sxx)
            }
        };
        self.present_if(is_there, value, false, read.fault)
    }

    /// A real where it is there and finite; absent elsewhere. One that is there and not finite is counted.
    fn present_if(
        &mut self,
        is_there: Value,
        value: Value,
        is_known_finite: bool,
        fault: Option<FaultId>,
    ) -> Val {
        let is_there = match is_known_finite {
            true => is_there,
            false => {
                let is_finite = self.is_finite(value);
                let is_both = self.b.ins().band(is_there, is_finite);
                if let Some(fault) = fault {
                    let is_overflow = self.b.ins().bxor(is_there, is_both);
                    self.count_rare_fault(fault, is_overflow);
                }
                is_both
            }
        };
        let absent = self.absent_real();
        Val::real(self.b.ins().select(is_there, value, absent))
    }
}
