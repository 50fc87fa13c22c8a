//! Accumulators of the simple families in memory, in line.

use super::Emit;
use super::held::Taken;
use super::memory::CHANGING;
use super::window::Sample;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types};
use twin_plan::Accumulator;

impl Emit<'_, '_> {
    /// A sample as accumulators take it.
    pub(crate) fn taken(&mut self, sample: Sample) -> Taken {
        let real = match sample.real {
            Some(real) => real,
            None => self.b.ins().bitcast(types::F64, MemFlagsData::new(), sample.x),
        };
        Taken { t_ns: self.frame.now, word: sample.x, real }
    }

    /// Whether the accumulator at `base` + `offset` holds nothing yet.
    pub(crate) fn is_empty(&mut self, base: Value, offset: i32) -> Value {
        let count = self.b.ins().load(types::I64, CHANGING, base, offset);
        self.b.ins().icmp_imm_s(IntCC::Equal, count, 0)
    }

    /// Adds a sample at the step's time to the accumulator at `base` + `offset`, which is not empty where the family
    /// minds.
    pub(crate) fn accumulate(&mut self, accumulator: Accumulator, base: Value, offset: i32, sample: Sample) {
        let taken = self.taken(sample);
        let before = self.load_held(accumulator, base, offset);
        let after = self.added(&before, taken);
        for (at, (before, after)) in before.words.into_iter().zip(after.words).enumerate() {
            if before != after {
                self.b.ins().store(CHANGING, after, base, offset + at as i32 * 8);
            }
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
        let taken = self.taken(sample);
        let held = self.first_held(accumulator, taken);
        self.store_held(&held, base, offset);
    }
}
