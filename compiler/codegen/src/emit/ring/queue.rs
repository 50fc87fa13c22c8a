//! Trailing windows of one extreme, in line: the monotonic queue of `twin_operators::trailing` written out.

use super::{Out, Place, State, Ways, sample_offset};
use crate::emit::Emit;
use crate::emit::held::Held;
use crate::emit::memory::CHANGING;
use crate::emit::window::Sample;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use twin_operators::trailing::{Extreme, OLDEST, SAMPLES};
use twin_plan::{Accumulator, WindowPlan};

impl Emit<'_, '_> {
    /// Drops what has gone out, puts in the sample, if one came, and reads the oldest that is left.
    pub(super) fn feed_queue(
        &mut self,
        window: &WindowPlan,
        (place, state): (&Place<'_>, State),
        extreme: Extreme,
        out: Out,
        sample: Sample,
        ways: &Ways,
    ) {
        let state = self.dropped_of_queue(place, state, out);
        let (taken, none) = (self.b.create_block(), self.b.create_block());
        self.b.ins().brif(sample.is_taken, taken, &[], none, &[]);
        self.b.switch_to_block(taken);
        let pushed = self.pushed_to_queue(place, state, (extreme, sample), ways);
        self.read_queue(window, place, pushed, ways);
        self.b.switch_to_block(none);
        self.store_queue(place, state);
        self.read_queue(window, place, state, ways);
    }

    fn dropped_of_queue(&mut self, place: &Place<'_>, state: State, out: Out) -> State {
        let [head, look, gone, done] = [0; 4].map(|_| self.b.create_block());
        let at_head = self.state_parameters(head);
        self.b.ins().jump(head, &state.arguments());
        self.b.switch_to_block(head);
        self.b.ins().brif(at_head.samples, look, &[], done, &[]);
        self.b.switch_to_block(look);
        let is_out = self.is_out(place, at_head, out);
        self.b.ins().brif(is_out, gone, &[], done, &[]);
        self.b.switch_to_block(gone);
        let next = self.without_oldest(place, at_head);
        self.b.ins().jump(head, &next.arguments());
        self.b.switch_to_block(done);
        at_head
    }

    /// Drops what the sample beats and puts it in; goes away where there is no room.
    fn pushed_to_queue(
        &mut self,
        place: &Place<'_>,
        state: State,
        (extreme, sample): (Extreme, Sample),
        ways: &Ways,
    ) -> State {
        let taken = self.taken(sample);
        let [head, look, done, put] = [0; 4].map(|_| self.b.create_block());
        let samples = self.b.append_block_param(head, types::I64);
        self.b.ins().jump(head, &[state.samples.into()]);
        self.b.switch_to_block(head);
        self.b.ins().brif(samples, look, &[], done, &[]);
        self.b.switch_to_block(look);
        let less = self.b.ins().iadd_imm_s(samples, -1);
        let newest = self.address_behind(place, state, less);
        let x = self.b.ins().load(types::F64, CHANGING, newest, sample_offset(place.ring) + 8);
        let (low, high) = if extreme == Extreme::Highest { (x, taken.real) } else { (taken.real, x) };
        let is_beaten = self.b.ins().fcmp(FloatCC::LessThan, low, high);
        self.b.ins().brif(is_beaten, head, &[less.into()], done, &[]);

        self.b.switch_to_block(done);
        let full = self.cold_block();
        let is_full = self.b.ins().icmp(IntCC::Equal, samples, place.room);
        self.b.ins().brif(is_full, full, &[], put, &[]);
        self.b.switch_to_block(full);
        self.store_queue(place, State { samples, ..state });
        self.b.ins().jump(ways.call, &[]);

        self.b.switch_to_block(put);
        let at = self.address_behind(place, state, samples);
        self.b.ins().store(CHANGING, self.frame.now, at, sample_offset(place.ring));
        self.b.ins().store(CHANGING, sample.x, at, sample_offset(place.ring) + 8);
        let state = State { samples: self.b.ins().iadd_imm_s(samples, 1), ..state };
        self.store_queue(place, state);
        state
    }

    /// The address of the sample so many behind the oldest.
    fn address_behind(&mut self, place: &Place<'_>, state: State, many: Value) -> Value {
        let at = self.place_behind(place, state.oldest, many);
        self.sample_address(place, at)
    }

    /// The older part of a queue is always empty.
    fn store_queue(&mut self, place: &Place<'_>, state: State) {
        for (at, word) in [(OLDEST, state.oldest), (SAMPLES, state.samples)] {
            self.b.ins().store(CHANGING, word, place.block, at as i32 * 8);
        }
    }

    fn read_queue(&mut self, window: &WindowPlan, place: &Place<'_>, state: State, ways: &Ways) {
        let address = self.sample_address(place, state.oldest);
        let x = self.b.ins().load(types::F64, CHANGING, address, sample_offset(place.ring) + 8);
        let held = Held { accumulator: Accumulator::MinMax, words: vec![state.samples, x, x] };
        let read = self.finished_all(window, &[held], self.frame.now);
        self.jump_with(ways.join, &read);
    }
}
