//! Windows: feeding and reading them.
//!
//! Panes and running windows of the simple families are fed in line, straight on
//! the words of the row; everything else by the operators' own functions.

use super::Emit;
use super::held::{is_inlined, minds_the_first};
use super::memory::{CHANGING, slot_offset};
use super::read::lane_offset;
use super::ring::is_fed_inline;
use super::value::Val;
use crate::helpers::Helper;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value, types};
use twin_operators::windows::has_rings;
use twin_operators::{accumulators, trailing};
use twin_plan::{Accumulator, ExprId, Extent, WindowId, WindowPlan};
use twin_types::Scalar;

/// What a lane takes in a step.
#[derive(Clone, Copy)]
pub(crate) struct Sample {
    /// Whether it takes anything, an `i8`.
    pub is_taken: Value,
    /// The first argument's word.
    pub x: Value,
    /// The second's.
    pub y: Value,
    /// The first argument in the register that it came in, if it is a real.
    pub real: Option<Value>,
}

impl Emit<'_, '_> {
    pub(crate) fn window_feed(&mut self, id: WindowId) {
        let twin = self.twin;
        let window = &twin.windows[id.index()];
        self.sharing.start();
        if let Some((key, ..)) = &window.by {
            self.sharing.root(&twin.exprs, *key, 0);
        }
        for lane in &window.lanes {
            let mut region = 0;
            if let Some(filter) = lane.filter {
                self.sharing.root(&twin.exprs, filter, 0);
                region = self.sharing.region();
            }
            lane.args.iter().for_each(|argument| self.sharing.root(&twin.exprs, *argument, region));
        }
        self.begin_statement();
        if has_rings(&window.extent) {
            self.feed_rings(id, window);
        } else if window.by.is_none() && window.lanes.iter().all(|lane| is_inlined(lane.accumulator)) {
            self.feed_inline(id, window);
        } else {
            self.with_key(window, |emit, key| {
                for (number, lane) in window.lanes.iter().enumerate() {
                    let sample = emit.sample(lane.accumulator, lane.filter, &lane.args);
                    emit.add_sample(id, number, key, sample);
                }
            });
        }
    }

    /// Runs `body` with the key's place, where there is one.
    fn with_key(&mut self, window: &WindowPlan, body: impl FnOnce(&mut Self, Value)) {
        let Some((key, lowest, count)) = window.by else {
            let none = self.b.ins().iconst(types::I64, 0);
            return body(self, none);
        };
        let ty = self.ty(key);
        let key = self.settled(key);
        let word = self.to_word(key);
        let place = self.b.ins().iadd_imm_s(word, lowest.wrapping_neg());
        let is_inside = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, place, i64::from(count));
        let is_there = self.is_present(key, ty);
        let is_inside = self.b.ins().band(is_inside, is_there);
        self.branch(is_inside, |emit| body(emit, place));
    }

    /// Evaluates what a lane takes: the filter, and only where it is true the arguments.
    pub(crate) fn sample(
        &mut self,
        accumulator: Accumulator,
        filter: Option<ExprId>,
        arguments: &[ExprId],
    ) -> Sample {
        let Some(filter) = filter else { return self.unfiltered(accumulator, arguments) };
        let filter = self.truth(filter);
        let join = self.b.create_block();
        for ty in [types::I8, types::I64, types::I64] {
            self.b.append_block_param(join, ty);
        }
        let taken = self.b.create_block();
        let none = self.b.ins().iconst(types::I8, 0);
        let zero = self.b.ins().iconst(types::I64, 0);
        self.b.ins().brif(filter.yes, taken, &[], join, &[none.into(), zero.into(), zero.into()]);
        self.b.switch_to_block(taken);
        let mark = self.enter_branch();
        let sample = self.unfiltered(accumulator, arguments);
        self.b.ins().jump(join, &[sample.is_taken.into(), sample.x.into(), sample.y.into()]);
        self.leave_branch(mark);
        self.b.switch_to_block(join);
        let parameters = self.b.block_params(join);
        Sample { is_taken: parameters[0], x: parameters[1], y: parameters[2], real: None }
    }

    fn unfiltered(&mut self, accumulator: Accumulator, arguments: &[ExprId]) -> Sample {
        let zero = self.b.ins().iconst(types::I64, 0);
        let mut words = [zero; 2];
        let mut is_taken: Option<Value> = None;
        let mut real = None;
        let values: Vec<Val> = arguments.iter().map(|argument| self.settled(*argument)).collect();
        for (at, (value, id)) in values.into_iter().zip(arguments).enumerate() {
            let ty = self.ty(*id);
            let is_there = self.is_present(value, ty);
            is_taken = Some(match is_taken {
                Some(before) => self.b.ins().band(before, is_there),
                None => is_there,
            });
            words[at] = self.sample_word(accumulator, at, value, ty);
            if let (0, Val::Real { value, .. }) = (at, value) {
                real = Some(value);
            }
        }
        let is_taken = match is_taken {
            Some(is_taken) => is_taken,
            None => self.always(),
        };
        Sample { is_taken, x: words[0], y: words[1], real }
    }

    /// The word that an accumulator takes for an argument; see [`twin_operators::accumulators::sample_word`].
    fn sample_word(&mut self, accumulator: Accumulator, argument: usize, value: Val, ty: Scalar) -> Value {
        let word = self.to_word(value);
        match ty {
            Scalar::Real => word,
            _ if accumulators::passes_on(accumulator, argument) => word,
            Scalar::String => self.call(Helper::TextHash, &[word]).expect("a hash is a word"),
            _ => {
                let real = self.b.ins().fcvt_from_sint(types::F64, word);
                self.b.ins().bitcast(types::I64, MemFlagsData::new(), real)
            }
        }
    }

    /// Adds a sample by the operators' function.
    fn add_sample(&mut self, id: WindowId, lane: usize, key: Value, sample: Sample) {
        self.branch(sample.is_taken, |emit| {
            let window = emit.b.ins().iconst(types::I64, i64::from(id.0));
            let lane = emit.b.ins().iconst(types::I64, lane as i64);
            emit.call(Helper::WindowAdd, &[window, lane, key, sample.x, sample.y]);
        });
    }

    /// Trailing and sample windows: what has gone out, what comes in, what is read.
    fn feed_rings(&mut self, id: WindowId, window: &WindowPlan) {
        let rings = trailing::rings(self.twin, window);
        if let [ring] = rings.as_slice()
            && is_fed_inline(self.twin, window, ring)
        {
            return self.feed_ring(id, window, ring);
        }
        if matches!(window.extent, Extent::Trailing { .. }) {
            self.call_numbered(Helper::WindowPass, id.0);
        }
        self.with_key(window, |emit, key| {
            for (number, ring) in rings.iter().enumerate() {
                let lane = &window.lanes[ring.lanes[0]];
                let sample = emit.sample(lane.accumulator, lane.filter, &lane.args);
                emit.branch(sample.is_taken, |emit| emit.feed_by_call(id, number, key, sample));
            }
        });
        let read = self.read_by_call(id, window);
        self.write_values(window, read);
    }

    /// Puts a sample into a ring by the operators' function.
    pub(crate) fn feed_by_call(&mut self, id: WindowId, ring: usize, key: Value, sample: Sample) {
        let window = self.b.ins().iconst(types::I64, i64::from(id.0));
        let ring = self.b.ins().iconst(types::I64, ring as i64);
        self.call(Helper::RingFeed, &[window, ring, key, sample.x, sample.y]);
    }

    /// Panes and running windows without keys, of families that are inlined.
    fn feed_inline(&mut self, id: WindowId, window: &WindowPlan) {
        let samples: Vec<Sample> =
            window.lanes.iter().map(|lane| self.sample(lane.accumulator, lane.filter, &lane.args)).collect();
        if window.lanes.iter().any(|lane| lane.filter.is_some()) {
            return self.feed_each(id, window, &samples);
        }
        let mut all = samples.first().map(|sample| sample.is_taken);
        for sample in samples.iter().skip(1) {
            all = all.map(|all| self.b.ins().band(all, sample.is_taken));
        }
        let Some(all) = all else { return };
        let (hot, cold, after) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        self.b.ins().brif(all, hot, &[], cold, &[]);
        self.b.switch_to_block(cold);
        self.add_samples(id, &samples);
        self.b.ins().jump(after, &[]);
        self.b.switch_to_block(hot);
        let place = match window.extent {
            Extent::Panes { pane_ns, count: 1 } => {
                let closed = self.b.create_block();
                let open = self.in_newest_pane(window, pane_ns, closed);
                self.b.switch_to_block(closed);
                self.begin_pane(window, &samples, pane_ns, after);
                self.b.switch_to_block(open);
                None
            }
            Extent::Panes { pane_ns, .. } => {
                let open = self.in_newest_pane(window, pane_ns, cold);
                self.b.switch_to_block(open);
                Some(self.newest_place(window))
            }
            _ => None,
        };
        let lanes = self.lane_addresses(window, place);
        for (lane, (base, offset)) in window.lanes.iter().zip(&lanes) {
            if minds_the_first(lane.accumulator) {
                let going_on = self.b.create_block();
                let is_empty = self.is_empty(*base, *offset);
                self.b.ins().brif(is_empty, cold, &[], going_on, &[]);
                self.b.switch_to_block(going_on);
            }
        }
        for ((lane, sample), (base, offset)) in window.lanes.iter().zip(&samples).zip(lanes) {
            self.accumulate(lane.accumulator, base, offset, *sample);
        }
        self.b.ins().jump(after, &[]);
        self.b.switch_to_block(after);
    }

    /// The one pane begins anew where now lies in a later one, with a first sample in every lane.
    fn begin_pane(&mut self, window: &WindowPlan, samples: &[Sample], pane_ns: i64, after: Block) {
        let newest = newest_offset(window);
        let (now, row) = (self.frame.now, self.frame.row);
        let begin = self.b.ins().load(types::I64, CHANGING, row, newest);
        let is_later = self.b.ins().icmp(IntCC::SignedLessThan, begin, now);
        let anew = self.b.create_block();
        self.b.ins().brif(is_later, anew, &[], after, &[]);
        self.b.switch_to_block(anew);
        let lanes = self.lane_addresses(window, None);
        for ((lane, sample), (base, offset)) in window.lanes.iter().zip(samples).zip(lanes) {
            self.accumulate_first(lane.accumulator, base, offset, *sample);
        }
        let number = self.floor_div(now, pane_ns);
        let begin = self.b.ins().imul_imm_s(number, pane_ns);
        self.b.ins().store(CHANGING, begin, row, newest);
        self.b.ins().jump(after, &[]);
    }

    /// Adds what each lane takes, if it takes anything, by the operators' function.
    fn add_samples(&mut self, id: WindowId, samples: &[Sample]) {
        let key = self.b.ins().iconst(types::I64, 0);
        for (lane, sample) in samples.iter().enumerate() {
            self.add_sample(id, lane, key, *sample);
        }
    }

    /// Lanes that take something in different steps, each in a branch of its own.
    fn feed_each(&mut self, id: WindowId, window: &WindowPlan, samples: &[Sample]) {
        let (any_taken, cold, after) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let mut any = samples[0].is_taken;
        for sample in &samples[1..] {
            any = self.b.ins().bor(any, sample.is_taken);
        }
        self.b.ins().brif(any, any_taken, &[], after, &[]);
        self.b.switch_to_block(any_taken);
        let place = match window.extent {
            Extent::Panes { pane_ns, count } => {
                let open = self.in_newest_pane(window, pane_ns, cold);
                self.b.switch_to_block(open);
                (count > 1).then(|| self.newest_place(window))
            }
            _ => None,
        };
        let key = self.b.ins().iconst(types::I64, 0);
        let lanes = self.lane_addresses(window, place);
        for (number, (lane, (base, offset))) in window.lanes.iter().zip(lanes).enumerate() {
            let sample = samples[number];
            self.branch(sample.is_taken, |emit| {
                let (add, done) = (emit.b.create_block(), emit.b.create_block());
                if minds_the_first(lane.accumulator) {
                    let first = emit.cold_block();
                    let is_empty = emit.is_empty(base, offset);
                    emit.b.ins().brif(is_empty, first, &[], add, &[]);
                    emit.b.switch_to_block(first);
                    emit.add_sample(id, number, key, sample);
                    emit.b.ins().jump(done, &[]);
                } else {
                    emit.b.ins().jump(add, &[]);
                }
                emit.b.switch_to_block(add);
                emit.accumulate(lane.accumulator, base, offset, sample);
                emit.b.ins().jump(done, &[]);
                emit.b.switch_to_block(done);
            });
        }
        self.b.ins().jump(after, &[]);
        self.b.switch_to_block(cold);
        self.add_samples(id, samples);
        self.b.ins().jump(after, &[]);
        self.b.switch_to_block(after);
    }

    /// Goes on in a new block, which it gives, where now lies in the newest pane; else to `elsewhere`.
    fn in_newest_pane(&mut self, window: &WindowPlan, pane_ns: i64, elsewhere: Block) -> Block {
        let begin = self.b.ins().load(types::I64, CHANGING, self.frame.row, newest_offset(window));
        let within = self.b.ins().isub(self.frame.now, begin);
        let is_within = self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, within, pane_ns);
        let open = self.b.create_block();
        self.b.ins().brif(is_within, open, &[], elsewhere, &[]);
        open
    }

    /// The place of the newest pane in a ring.
    fn newest_place(&mut self, window: &WindowPlan) -> Value {
        self.b.ins().load(types::I64, CHANGING, self.frame.row, newest_offset(window) + 8)
    }

    /// ⌊x / n⌋ for a positive constant.
    fn floor_div(&mut self, x: Value, n: i64) -> Value {
        let quotient = self.b.ins().sdiv_imm_s(x, n);
        let back = self.b.ins().imul_imm_s(quotient, n);
        let is_less = self.b.ins().icmp(IntCC::SignedLessThan, x, back);
        let one = self.b.ins().uextend(types::I64, is_less);
        self.b.ins().isub(quotient, one)
    }

    /// Where the accumulator of each lane is.
    fn lane_addresses(&mut self, window: &WindowPlan, place: Option<Value>) -> Vec<(Value, i32)> {
        let mut addresses = Vec::new();
        for lane in &window.lanes {
            let base = match place {
                None => self.frame.row,
                Some(place) => self.pane_address(lane, place),
            };
            addresses.push((base, lane_offset(lane)));
        }
        addresses
    }
}

/// Where it stands which pane is the newest.
pub(crate) fn newest_offset(window: &WindowPlan) -> i32 {
    slot_offset(window.newest.expect("a window of panes knows its newest"))
}
