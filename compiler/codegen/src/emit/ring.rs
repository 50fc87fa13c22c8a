//! Trailing windows and the last so many samples, in line.
//!
//! This is `twin_operators::trailing` written out for windows of one ring, without keys, whose families are merged
//! in line; what is said there about the two parts of a ring holds here. The first sample and a ring that is full
//! are left to its functions.

use super::Emit;
use super::held::{Held, Taken, is_merged, minds_the_first};
use super::memory::{CHANGING, slot_offset};
use super::read::is_read_inline;
use super::window::Sample;
use crate::abi::offsets;
use crate::helpers::Helper;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, BlockArg, InstBuilder, MemFlagsData, Value, types};
use twin_operators::trailing::{HEAD, OLDER, OLDEST, ROOM, Ring, SAMPLES};
use twin_plan::few::Edge;
use twin_plan::{Accumulator, Extent, TwinPlan, WindowId, WindowPlan};

/// Whether a ring is fed and read in line.
pub(crate) fn is_fed_inline(twin: &TwinPlan, window: &WindowPlan, ring: &Ring) -> bool {
    !ring.keeps_arguments
        && ring.arguments <= 1
        && ring.held.iter().all(|held| is_merged(held.accumulator))
        && is_read_inline(twin, window)
}

/// A ring's block in memory, and where its parts are. What changes while samples come and go is in [`State`].
struct Place<'r> {
    ring: &'r Ring,
    block: Value,
    room: Value,
}

/// What a ring's head says.
#[derive(Clone, Copy)]
struct State {
    oldest: Value,
    samples: Value,
    older: Value,
}

impl State {
    fn arguments(self) -> [BlockArg; 3] {
        [self.oldest.into(), self.samples.into(), self.older.into()]
    }
}

/// When a sample has gone out of the window.
#[derive(Clone, Copy)]
enum Out {
    /// Its age is more than so much (or reaches it).
    Aged(i64, IntCC),
    /// There are so many.
    Many(i64),
}

/// When a sample has gone out of a trailing window.
fn aged(span_ns: i64, closed: bool) -> Out {
    Out::Aged(span_ns, if closed { IntCC::SignedGreaterThan } else { IntCC::SignedGreaterThanOrEqual })
}

/// Where the code of a feed goes on.
pub(super) struct Ways {
    /// The operators' functions do the whole.
    pub call: Block,
    /// With everything that was read.
    pub join: Block,
}

impl Emit<'_, '_> {
    /// Feeds and reads a window of one ring.
    pub(crate) fn feed_ring(&mut self, id: WindowId, window: &WindowPlan, ring: &Ring) {
        let lane = &window.lanes[ring.lanes[0]];
        let sample = self.sample(lane.accumulator, lane.filter, &lane.args);
        let ways = Ways { call: self.cold_block(), join: self.b.create_block() };
        let results = self.result_parameters(window, ways.join);
        match window.extent {
            Extent::Samples(most) => {
                // Without a new sample nothing goes out.
                let (taken, none) = (self.b.create_block(), self.b.create_block());
                self.b.ins().brif(sample.is_taken, taken, &[], none, &[]);
                self.b.switch_to_block(taken);
                let (place, state) = self.ring_place(window, ring, &ways);
                let state = self.dropped(&place, state, Out::Many(i64::from(most)));
                self.push_and_read(window, &place, state, sample, &ways);
                self.b.switch_to_block(none);
                let (place, state) = self.ring_place(window, ring, &ways);
                self.read_as_it_is(window, &place, state, &ways);
            }
            Extent::Trailing { span_ns, closed } => {
                if let Some(few) = window.few {
                    let on_heap = self.cold_block();
                    self.feed_few(window, (few, Edge::of(span_ns, closed)), sample, on_heap, &ways);
                    self.b.switch_to_block(on_heap);
                }
                let (place, state) = self.ring_place(window, ring, &ways);
                let state = self.dropped(&place, state, aged(span_ns, closed));
                let (taken, none) = (self.b.create_block(), self.b.create_block());
                self.b.ins().brif(sample.is_taken, taken, &[], none, &[]);
                self.b.switch_to_block(taken);
                self.push_and_read(window, &place, state, sample, &ways);
                self.b.switch_to_block(none);
                self.store_state(&place, state);
                self.read_as_it_is(window, &place, state, &ways);
            }
            _ => unreachable!("only trailing windows and the last samples have rings"),
        }
        self.b.switch_to_block(ways.call);
        if matches!(window.extent, Extent::Trailing { .. }) {
            self.call_numbered(Helper::WindowPass, id.0);
        }
        let key = self.b.ins().iconst(types::I64, 0);
        self.branch(sample.is_taken, |emit| emit.feed_by_call(id, 0, key, sample));
        let read = self.read_by_call(id, window);
        self.jump_with(ways.join, &read);
        self.b.switch_to_block(ways.join);
        self.write_values(window, results);
    }

    /// Where the ring is and how it stands; goes away where there is none yet.
    fn ring_place<'r>(&mut self, window: &WindowPlan, ring: &'r Ring, ways: &Ways) -> (Place<'r>, State) {
        let slot = window.heap.expect("a window with a ring has a handle");
        let handle = self.b.ins().load(types::I64, CHANGING, self.frame.row, slot_offset(slot));
        let there = self.b.create_block();
        self.b.ins().brif(handle, there, &[], ways.call, &[]);
        self.b.switch_to_block(there);
        let heap = self.context(types::I64, offsets::HEAP, CHANGING);
        // `start << 6 | log2 of the capacity`, plus one: see `twin_operators::heap`.
        let block = self.b.ins().iadd_imm_s(handle, -1);
        let start = self.b.ins().ushr_imm_u(block, 6);
        let offset = self.b.ins().ishl_imm_u(start, 3);
        let block = self.b.ins().iadd(heap, offset);
        let mut word = |at: usize| self.b.ins().load(types::I64, CHANGING, block, at as i32 * 8);
        let state = State { oldest: word(OLDEST), samples: word(SAMPLES), older: word(OLDER) };
        (Place { ring, block, room: word(ROOM) }, state)
    }

    fn store_state(&mut self, place: &Place<'_>, state: State) {
        for (at, word) in [(OLDEST, state.oldest), (SAMPLES, state.samples), (OLDER, state.older)] {
            self.b.ins().store(CHANGING, word, place.block, at as i32 * 8);
        }
    }

    /// The address of the sample at a place, as if the head were not before it; see [`sample_offset`].
    fn sample_address(&mut self, place: &Place<'_>, at: Value) -> Value {
        let offset = self.b.ins().imul_imm_s(at, place.ring.sample_words as i64 * 8);
        self.b.ins().iadd(place.block, offset)
    }

    /// The place so many behind another, which are fewer than the room.
    fn place_behind(&mut self, place: &Place<'_>, at: Value, many: Value) -> Value {
        let sum = self.b.ins().iadd(at, many);
        let turned = self.b.ins().isub(sum, place.room);
        let is_over = self.b.ins().icmp(IntCC::UnsignedGreaterThanOrEqual, sum, place.room);
        self.b.ins().select(is_over, turned, sum)
    }

    fn is_out(&mut self, place: &Place<'_>, state: State, out: Out) -> Value {
        match out {
            Out::Many(most) => {
                self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, state.samples, most)
            }
            Out::Aged(span_ns, how) => {
                let address = self.sample_address(place, state.oldest);
                let t_ns = self.b.ins().load(types::I64, CHANGING, address, sample_offset(place.ring));
                let age = self.b.ins().isub(self.frame.now, t_ns);
                self.b.ins().icmp_imm_s(how, age, span_ns)
            }
        }
    }

    fn state_parameters(&mut self, block: Block) -> State {
        let [oldest, samples, older] = [0; 3].map(|_| self.b.append_block_param(block, types::I64));
        State { oldest, samples, older }
    }

    /// Without its oldest sample.
    fn without_oldest(&mut self, place: &Place<'_>, state: State) -> State {
        let one = self.b.ins().iconst(types::I64, 1);
        let oldest = self.place_behind(place, state.oldest, one);
        State { oldest, samples: self.b.ins().iadd_imm_s(state.samples, -1), ..state }
    }

    /// Drops what has gone out, from the oldest on.
    fn dropped(&mut self, place: &Place<'_>, state: State, out: Out) -> State {
        let [head, look, gone, done, plain] = [0; 5].map(|_| self.b.create_block());
        let at_head = self.state_parameters(head);
        let at_done = self.state_parameters(done);
        self.b.ins().jump(head, &state.arguments());

        self.b.switch_to_block(head);
        self.b.ins().brif(at_head.samples, look, &[], done, &at_head.arguments());
        self.b.switch_to_block(look);
        let is_out = self.is_out(place, at_head, out);
        self.b.ins().brif(is_out, gone, &[], done, &at_head.arguments());
        self.b.switch_to_block(gone);
        let mut next = self.without_oldest(place, at_head);
        next.older = self.b.ins().iadd_imm_s(at_head.older, -1);
        self.b.ins().brif(at_head.older, head, &next.arguments(), plain, &[]);

        self.b.switch_to_block(plain);
        self.drop_plain(place, at_head, out, done);
        self.b.switch_to_block(done);
        at_done
    }

    /// All samples are plain, and the oldest has gone out: what else has goes as well, and the rest becomes the older
    /// part.
    fn drop_plain(&mut self, place: &Place<'_>, state: State, out: Out, done: Block) {
        let [again, look, turn] = [0; 3].map(|_| self.b.create_block());
        let at_again = self.state_parameters(again);
        self.b.ins().jump(again, &state.arguments());
        self.b.switch_to_block(again);
        let rest = self.without_oldest(place, at_again);
        let none = State { older: rest.samples, ..rest };
        for held in &place.ring.held {
            let empty = self.empty_held(held.accumulator);
            self.store_held(&empty, place.block, newer_offset(held.from));
        }
        self.b.ins().brif(rest.samples, look, &[], done, &none.arguments());
        self.b.switch_to_block(look);
        let is_out = self.is_out(place, rest, out);
        self.b.ins().brif(is_out, again, &rest.arguments(), turn, &[]);
        self.b.switch_to_block(turn);
        self.turn(place, rest);
        let turned = State { older: rest.samples, ..rest };
        self.b.ins().jump(done, &turned.arguments());
    }

    /// Makes all samples the older part: from the newest back, each holds itself and those after it.
    fn turn(&mut self, place: &Place<'_>, state: State) {
        let ring = place.ring;
        let last = self.b.ins().iadd_imm_s(state.samples, -1);
        let newest = self.place_behind(place, state.oldest, last);
        let address = self.sample_address(place, newest);
        let taken = self.sample_taken(ring, address);
        let after: Vec<Held> =
            ring.held.iter().map(|held| self.first_held(held.accumulator, taken)).collect();
        self.store_in_sample(ring, address, &after);

        let [head, next, done] = [0; 3].map(|_| self.b.create_block());
        let (at, left) =
            (self.b.append_block_param(head, types::I64), self.b.append_block_param(head, types::I64));
        let held: Vec<Held> =
            ring.held.iter().map(|held| self.held_parameters(held.accumulator, head)).collect();
        self.jump_turning(head, (newest, last), &after);
        self.b.switch_to_block(head);
        self.b.ins().brif(left, next, &[], done, &[]);
        self.b.switch_to_block(next);
        let before = self.b.ins().iadd_imm_s(place.room, -1);
        let at = self.place_behind(place, at, before);
        let address = self.sample_address(place, at);
        let taken = self.sample_taken(ring, address);
        let mut all = Vec::new();
        for after in &held {
            let here = self.first_held(after.accumulator, taken);
            all.push(self.merged_both(&here, after));
        }
        self.store_in_sample(ring, address, &all);
        let left = self.b.ins().iadd_imm_s(left, -1);
        self.jump_turning(head, (at, left), &all);
        self.b.switch_to_block(done);
    }

    fn jump_turning(&mut self, head: Block, (at, left): (Value, Value), held: &[Held]) {
        let mut arguments: Vec<BlockArg> = vec![at.into(), left.into()];
        held.iter().for_each(|held| arguments.extend(held.arguments()));
        self.b.ins().jump(head, &arguments);
    }

    /// A plain sample.
    fn sample_taken(&mut self, ring: &Ring, address: Value) -> Taken {
        let offset = sample_offset(ring);
        let t_ns = self.b.ins().load(types::I64, CHANGING, address, offset);
        let word = match ring.arguments {
            0 => self.b.ins().iconst(types::I64, 0),
            _ => self.b.ins().load(types::I64, CHANGING, address, offset + 8),
        };
        let real = self.b.ins().bitcast(types::F64, MemFlagsData::new(), word);
        Taken { t_ns, word, real }
    }

    fn store_in_sample(&mut self, ring: &Ring, address: Value, all: &[Held]) {
        for (held, words) in ring.held.iter().zip(all) {
            self.store_held(words, address, sample_held_offset(ring, held.from));
        }
    }

    /// Puts in a sample and reads; goes away where there is no room.
    fn push_and_read(
        &mut self,
        window: &WindowPlan,
        place: &Place<'_>,
        state: State,
        sample: Sample,
        ways: &Ways,
    ) {
        let ring = place.ring;
        let (push, full) = (self.b.create_block(), self.cold_block());
        let is_full = self.b.ins().icmp(IntCC::Equal, state.samples, place.room);
        self.b.ins().brif(is_full, full, &[], push, &[]);
        self.b.switch_to_block(full);
        self.store_state(place, state);
        self.b.ins().jump(ways.call, &[]);

        self.b.switch_to_block(push);
        let at = self.place_behind(place, state.oldest, state.samples);
        let address = self.sample_address(place, at);
        let offset = sample_offset(ring);
        self.b.ins().store(CHANGING, self.frame.now, address, offset);
        if ring.arguments > 0 {
            self.b.ins().store(CHANGING, sample.x, address, offset + 8);
        }
        let state = State { samples: self.b.ins().iadd_imm_s(state.samples, 1), ..state };
        self.store_state(place, state);
        let taken = self.taken(sample);
        let mut newer = Vec::new();
        for held in &ring.held {
            let at = newer_offset(held.from);
            let before = self.load_held(held.accumulator, place.block, at);
            let after = self.added_to_any(&before, taken);
            self.store_held(&after, place.block, at);
            newer.push(after);
        }
        self.read_ring(window, place, state, newer, Emit::merged_both, ways);
    }

    /// Adds a sample to an accumulator that may be empty.
    fn added_to_any(&mut self, held: &Held, taken: Taken) -> Held {
        let added = self.added(held, taken);
        if !minds_the_first(held.accumulator) {
            return added;
        }
        let first = self.first_held(held.accumulator, taken);
        let mut words = vec![added.words[0]];
        for (added, first) in added.words.iter().zip(&first.words).skip(1) {
            words.push(self.b.ins().select(held.count(), *added, *first));
        }
        Held { accumulator: held.accumulator, words }
    }

    /// Reads where no sample came; there may be none in the newer part.
    fn read_as_it_is(&mut self, window: &WindowPlan, place: &Place<'_>, state: State, ways: &Ways) {
        let newer = place.ring.held.iter();
        let newer: Vec<Held> = newer
            .map(|held| self.load_held(held.accumulator, place.block, newer_offset(held.from)))
            .collect();
        self.read_ring(window, place, state, newer, Emit::merged, ways);
    }

    /// Reads: the oldest sample's accumulators, with the newer part's merged into them.
    fn read_ring(
        &mut self,
        window: &WindowPlan,
        place: &Place<'_>,
        state: State,
        newer: Vec<Held>,
        merge: fn(&mut Self, &Held, &Held) -> Held,
        ways: &Ways,
    ) {
        let ring = place.ring;
        let all = if newer.is_empty() { newer } else { self.with_older(place, state, newer, merge) };
        let held: Vec<Held> = (0..window.lanes.len())
            .map(|lane| {
                let at = ring.held.iter().position(|held| held.lane == lane);
                let mut held = at.map_or_else(|| self.empty_held(Accumulator::Count), |at| all[at].clone());
                held.words[0] = state.samples;
                held
            })
            .collect();
        let read = self.finished_all(window, &held, self.frame.now);
        self.jump_with(ways.join, &read);
    }

    fn with_older(
        &mut self,
        place: &Place<'_>,
        state: State,
        newer: Vec<Held>,
        merge: fn(&mut Self, &Held, &Held) -> Held,
    ) -> Vec<Held> {
        let (older, join) = (self.b.create_block(), self.b.create_block());
        let all: Vec<Held> =
            newer.iter().map(|newer| self.held_parameters(newer.accumulator, join)).collect();
        let arguments = |held: &[Held]| held.iter().flat_map(Held::arguments).collect::<Vec<_>>();
        self.b.ins().brif(state.older, older, &[], join, &arguments(&newer));
        self.b.switch_to_block(older);
        let address = self.sample_address(place, state.oldest);
        let mut merged = Vec::new();
        for (held, newer) in place.ring.held.iter().zip(&newer) {
            let at = sample_held_offset(place.ring, held.from);
            let older = self.load_held(held.accumulator, address, at);
            merged.push(merge(self, &older, newer));
        }
        self.b.ins().jump(join, &arguments(&merged));
        self.b.switch_to_block(join);
        all
    }
}

/// Where the newer part's accumulators are in a block.
fn newer_offset(from: usize) -> i32 {
    (HEAD + from) as i32 * 8
}

/// Where the first sample is in a block.
fn sample_offset(ring: &Ring) -> i32 {
    (HEAD + ring.accumulator_words) as i32 * 8
}

/// Where a sample's accumulators are, from the address of the sample.
fn sample_held_offset(ring: &Ring, from: usize) -> i32 {
    sample_offset(ring) + (ring.accumulators_at + from) as i32 * 8
}
