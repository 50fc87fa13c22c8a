//! The loop over entries around the steps of events: late or not, what is due before them.

use crate::abi::offsets;
use crate::emit::memory::{CHANGING, FIXED};
use crate::emit::{Emit, StepKind};
use crate::helpers::Helper;
use crate::step::Body;
use crate::walk::Uses;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, Value, types};
use twin_plan::Slot;
use twin_plan::layout::{CLOCK, LAST_EVENT, NEVER, NEXT_DEADLINE, NEXT_TICK};

/// See above.
pub(crate) struct EntryLoop<'a, 'f, 'u> {
    pub emit: Emit<'a, 'f>,
    pub uses: &'u Uses,
}

/// Blocks of the loop.
struct Blocks {
    next: Block,
    step: Block,
    prepare: Block,
}

/// Where the columns of the entries and the rows begin; they stay there while the loop runs.
struct Columns {
    times: Value,
    slots: Value,
    records: Value,
    /// Where steps look at the stream clock.
    streams: Option<Value>,
    rows: Value,
}

impl EntryLoop<'_, '_, '_> {
    pub(crate) fn emit(mut self, body: Body<'_>) {
        let parameters =
            self.emit.b.block_params(self.emit.b.current_block().expect("the first block")).to_vec();
        let (first, end) = (parameters[1], parameters[2]);
        let columns = self.columns();
        let head = self.emit.b.create_block();
        let at = self.emit.b.append_block_param(head, types::I64);
        let check = self.emit.b.create_block();
        let exit = self.emit.b.create_block();
        let next = self.emit.b.create_block();
        let blocks = Blocks { next, step: self.emit.b.create_block(), prepare: self.emit.cold_block() };
        self.emit.b.ins().jump(head, &[first.into()]);

        self.emit.b.switch_to_block(head);
        let is_left = self.emit.b.ins().icmp(IntCC::UnsignedLessThan, at, end);
        self.emit.b.ins().brif(is_left, check, &[], exit, &[]);
        self.emit.b.switch_to_block(check);
        self.read_entry(at, &columns);
        self.is_ready(&blocks);

        self.emit.b.switch_to_block(blocks.prepare);
        let applied = self.emit.call(Helper::Prepare, &[at]).expect("whether it is applied");
        self.emit.b.ins().brif(applied, blocks.step, &[], blocks.next, &[]);

        self.emit.b.switch_to_block(blocks.step);
        self.step(at, body);
        self.emit.b.ins().jump(blocks.next, &[]);

        self.emit.b.switch_to_block(blocks.next);
        let following = self.emit.b.ins().iadd_imm_s(at, 1);
        self.emit.b.ins().jump(head, &[following.into()]);
        self.emit.b.switch_to_block(exit);
        self.emit.b.ins().return_(&[]);
        self.emit.finish();
    }

    fn columns(&mut self) -> Columns {
        let looks_at_stream = self.emit.twin.looks_at_stream();
        // Read before the loop: what can be moved would be read again for every entry.
        let mut pointer = |offset| self.emit.context(types::I64, offset, CHANGING);
        Columns {
            times: pointer(offsets::TIMES),
            slots: pointer(offsets::SLOTS),
            records: pointer(offsets::RECORDS),
            streams: looks_at_stream.then(|| pointer(offsets::STREAMS)),
            rows: pointer(offsets::ROWS),
        }
    }

    fn read_entry(&mut self, at: Value, columns: &Columns) {
        let b = &mut self.emit.b;
        let (in_words, in_halves) = (b.ins().ishl_imm_s(at, 3), b.ins().ishl_imm_s(at, 2));
        let time = b.ins().iadd(columns.times, in_words);
        let now = b.ins().load(types::I64, FIXED, time, 0);
        // Where no step looks at it, anything will do.
        let stream = match columns.streams {
            Some(streams) => {
                let stream = b.ins().iadd(streams, in_words);
                b.ins().load(types::I64, FIXED, stream, 0)
            }
            None => now,
        };
        let record = b.ins().iadd(columns.records, in_halves);
        let record = b.ins().uload32(FIXED, record, 0);
        let slot = b.ins().iadd(columns.slots, in_halves);
        let slot = b.ins().uload32(FIXED, slot, 0);
        let offset = b.ins().imul_imm_s(slot, i64::from(self.emit.twin.layout.words) * 8);
        let row = b.ins().iadd(columns.rows, offset);
        let frame = &mut self.emit.frame;
        (frame.now, frame.stream, frame.record) = (now, stream, Some(record));
        (frame.row, frame.slot) = (row, Some(slot));
    }

    /// Leaves for what is rare: late events, instants that are due, a twin's beginning.
    fn is_ready(&mut self, blocks: &Blocks) {
        let now = self.emit.frame.now;
        let twin = self.emit.twin;
        let clock = self.header(CLOCK);
        let is_late = self.emit.b.ins().icmp(IntCC::SignedLessThan, now, clock);
        self.rare(is_late, blocks);
        let rest = twin_operators::ticks::shortest_rest(twin);
        if rest != NEVER {
            let tick = self.header(NEXT_TICK);
            let is_due = self.emit.b.ins().icmp(IntCC::SignedLessThanOrEqual, tick, now);
            self.rare(is_due, blocks);
            // A twin that has not begun looks like one whose last event is very long ago.
            let last = self.header(LAST_EVENT);
            let gap = self.emit.b.ins().isub(now, last);
            let is_long = self.emit.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, gap, rest);
            self.rare(is_long, blocks);
        }
        if !twin.deadlines.is_empty() {
            let deadline = self.header(NEXT_DEADLINE);
            let is_due = self.emit.b.ins().icmp(IntCC::SignedLessThan, deadline, now);
            self.rare(is_due, blocks);
        }
        for slot in [CLOCK, LAST_EVENT] {
            self.emit.b.ins().store(CHANGING, now, self.emit.frame.row, slot.0 as i32 * 8);
        }
        self.emit.b.ins().jump(blocks.step, &[]);
    }

    fn header(&mut self, slot: Slot) -> Value {
        self.emit.b.ins().load(types::I64, CHANGING, self.emit.frame.row, slot.0 as i32 * 8)
    }

    fn rare(&mut self, is_rare: Value, blocks: &Blocks) {
        let going_on = self.emit.b.create_block();
        self.emit.b.ins().brif(is_rare, blocks.prepare, &[], going_on, &[]);
        self.emit.b.switch_to_block(going_on);
    }

    /// The step itself.
    fn step(&mut self, at: Value, body: Body<'_>) {
        let frame = self.emit.frame;
        let is_elsewhere = matches!(body, Body::Calls(..)) || !self.uses.looks.is_empty();
        if self.uses.writes {
            let zero = self.emit.b.ins().iconst(types::I64, 0);
            self.emit.note(offsets::PLACE, zero);
        }
        if is_elsewhere {
            self.emit.note(offsets::AT, at);
            self.emit.note(offsets::NOW, frame.now);
            self.emit.note(offsets::ROW, frame.row);
            self.emit.note(offsets::STREAM, frame.stream);
            self.emit.note(offsets::RECORD, frame.record.expect("an event has a record"));
        } else {
            self.emit.frame.unnoted = Some(at);
        }
        self.keep_columns();
        self.emit.body(body, self.uses);
    }

    /// Stores the columns that steps of other kinds read.
    fn keep_columns(&mut self) {
        let StepKind::Event(number) = self.emit.frame.kind else { return };
        let twin = self.emit.twin;
        for (column, slot) in &twin.inputs[number as usize].kept {
            self.emit.keep_column(number, *column, *slot);
        }
    }
}
