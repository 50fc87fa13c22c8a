//! Trailing windows of few samples, in line: [`twin_plan::few`] written out.
//!
//! All places are looked at, two at a time and without a branch: how many samples are in the window cannot be foreseen,
//! and looking at what is out costs less than a wrong guess.

use super::Emit;
use super::held::Held;
use super::memory::{CHANGING, slot_offset};
use super::ring::Ways;
use super::window::Sample;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{Block, Endianness, InstBuilder, MemFlagsData, Value, types};
use twin_plan::few::{Edge, PLACES};
use twin_plan::{Accumulator, Few, Slot, WindowPlan};
use twin_types::Aggregate;

/// Memory that is written during a call, of words two by two: a row begins at any word.
const PAIRS: MemFlagsData = MemFlagsData::new().with_notrap();
/// How the bits of two words are taken for two reals.
const AS_THEY_ARE: MemFlagsData = MemFlagsData::new().with_endianness(Endianness::Little);

impl Emit<'_, '_> {
    /// Feeds and reads a window whose samples are in the row; goes on at `on_heap` where they are not.
    pub(super) fn feed_few(
        &mut self,
        window: &WindowPlan,
        (few, edge): (Few, Edge),
        sample: Sample,
        on_heap: Block,
        ways: &Ways,
    ) {
        let [in_row, taken, none, room] = [0; 4].map(|_| self.b.create_block());
        let handle = window.heap.expect("a window with a ring has a handle");
        let handle = self.row_word(handle);
        self.b.ins().brif(handle, on_heap, &[], in_row, &[]);

        self.b.switch_to_block(in_row);
        let earliest = self.b.ins().iconst(types::I64, edge.earliest_ns);
        let now = self.b.ins().smax(self.frame.now, earliest);
        let edge = self.b.ins().iadd_imm_s(now, -edge.back_ns);
        self.b.ins().brif(sample.is_taken, taken, &[], none, &[]);

        self.b.switch_to_block(taken);
        let next = self.row_word(few.next());
        let offset = self.b.ins().ishl_imm_u(next, 3);
        let place = self.b.ins().iadd(self.frame.row, offset);
        let oldest = self.b.ins().load(types::I64, CHANGING, place, slot_offset(few.times()));
        let is_in = self.b.ins().icmp(IntCC::SignedGreaterThanOrEqual, oldest, edge);
        self.b.ins().brif(is_in, ways.call, &[], room, &[]);

        self.b.switch_to_block(room);
        // Looked at before the sample is put in: what has just been stored as one word cannot be loaded soon as one of two.
        let x = self.b.ins().bitcast(types::F64, MemFlagsData::new(), sample.x);
        let mut held = self.few_held(few, edge, (x, x));
        let counts = window.lanes[0].reads.iter().any(|read| read.aggregate == Aggregate::Count);
        held.words[0] = match counts {
            true => self.b.ins().iadd_imm_s(held.count(), 1),
            false => self.b.ins().iconst(types::I64, 1),
        };
        self.b.ins().store(CHANGING, self.frame.now, place, slot_offset(few.times()));
        self.b.ins().store(CHANGING, sample.x, place, slot_offset(few.samples()));
        let next = self.b.ins().iadd_imm_s(next, 1);
        let next = self.b.ins().band_imm_u(next, i64::from(PLACES) - 1);
        self.b.ins().store(CHANGING, next, self.frame.row, slot_offset(few.next()));
        let read = self.finished_all(window, &[held], self.frame.now);
        self.jump_with(ways.join, &read);

        self.b.switch_to_block(none);
        let (highest, lowest) = (self.f64(f64::INFINITY), self.f64(f64::NEG_INFINITY));
        let held = self.few_held(few, edge, (highest, lowest));
        let read = self.finished_all(window, &[held], self.frame.now);
        self.jump_with(ways.join, &read);
    }

    fn row_word(&mut self, slot: Slot) -> Value {
        self.b.ins().load(types::I64, CHANGING, self.frame.row, slot_offset(slot))
    }

    /// How many samples are in, and the smallest and the largest of them and of what is at hand.
    fn few_held(&mut self, few: Few, edge: Value, (low, high): (Value, Value)) -> Held {
        let edges = self.b.ins().splat(types::I64X2, edge);
        let mut lows = [0; 2].map(|_| self.b.ins().splat(types::F64X2, low));
        let mut highs = [0; 2].map(|_| self.b.ins().splat(types::F64X2, high));
        let mut outs = Vec::new();
        for pair in 0..PLACES / 2 {
            let mut load = |first: Slot| {
                self.b.ins().load(types::I64X2, PAIRS, self.frame.row, slot_offset(first.plus(pair * 2)))
            };
            let (times, samples) = (load(few.times()), load(few.samples()));
            let is_out = self.b.ins().icmp(IntCC::SignedGreaterThan, edges, times);
            // What is out becomes a NaN, which is neither smaller nor larger than anything.
            let samples = self.b.ins().bor(samples, is_out);
            let samples = self.b.ins().bitcast(types::F64X2, AS_THEY_ARE, samples);
            // Two by two chains, so that they do not wait for each other.
            let chain = pair as usize % 2;
            lows[chain] = self.better_of_each(samples, lows[chain], FloatCC::LessThan);
            highs[chain] = self.better_of_each(samples, highs[chain], FloatCC::GreaterThan);
            outs.push(is_out);
        }
        let low = self.best(lows, FloatCC::LessThan);
        let high = self.best(highs, FloatCC::GreaterThan);
        let count = self.how_many_in(&outs);
        Held { accumulator: Accumulator::MinMax, words: vec![count, low, high] }
    }

    /// In each half the new one where it is better. Written so that it becomes one instruction.
    fn better_of_each(&mut self, new: Value, old: Value, how: FloatCC) -> Value {
        let is_better = match how {
            FloatCC::GreaterThan => self.b.ins().fcmp(FloatCC::LessThan, old, new),
            how => self.b.ins().fcmp(how, new, old),
        };
        let is_better = self.b.ins().bitcast(types::F64X2, AS_THEY_ARE, is_better);
        self.b.ins().bitselect(is_better, new, old)
    }

    /// The best of all halves.
    fn best(&mut self, [one, other]: [Value; 2], how: FloatCC) -> Value {
        let best = self.better_of_each(one, other, how);
        let [a, b] = [0, 1].map(|half| self.b.ins().extractlane(best, half));
        let is_better = match how {
            FloatCC::GreaterThan => self.b.ins().fcmp(FloatCC::LessThan, b, a),
            how => self.b.ins().fcmp(how, a, b),
        };
        self.b.ins().select(is_better, a, b)
    }

    /// How many places are not out; all bits of what is out are set, so it counts as −1.
    fn how_many_in(&mut self, outs: &[Value]) -> Value {
        let sum =
            outs.iter().copied().reduce(|sum, out| self.b.ins().iadd(sum, out)).expect("there are places");
        let [a, b] = [0, 1].map(|half| self.b.ins().extractlane(sum, half));
        let out = self.b.ins().iadd(a, b);
        self.b.ins().iadd_imm_s(out, i64::from(PLACES))
    }
}
