//! Reading windows of panes and of one accumulator, in line.

use super::Emit;
use super::held::{Held, is_finished, is_merged};
use super::memory::{CHANGING, slot_offset};
use super::value::Val;
use super::window::newest_offset;
use crate::helpers::Helper;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, Value, types};
use twin_plan::{Extent, Lane, TwinPlan, ValueId, WindowId, WindowPlan};

/// Whether everything that is read from a window can be read in line.
pub(crate) fn is_read_inline(twin: &TwinPlan, window: &WindowPlan) -> bool {
    let is_known = |lane: &Lane| match window.extent {
        Extent::Running { .. } | Extent::Panes { count: 1, .. } => reads_are_known(twin, lane),
        _ => reads_are_known(twin, lane) && is_merged(lane.accumulator),
    };
    window.by.is_none() && window.lanes.iter().all(is_known)
}

fn reads_are_known(twin: &TwinPlan, lane: &Lane) -> bool {
    lane.reads.iter().all(|read| match read.values.as_slice() {
        [value] => is_finished(lane.accumulator, read.aggregate, twin.values[value.index()].ty),
        _ => false,
    })
}

/// What is read from a window, in order.
pub(crate) fn values_read(window: &WindowPlan) -> Vec<ValueId> {
    let reads = window.lanes.iter().flat_map(|lane| &lane.reads);
    reads.flat_map(|read| read.values.iter().copied()).collect()
}

/// Where a ring of panes stands while it is read.
struct Newest {
    begin: Value,
    place: Value,
    /// Where the newest pane ends, and the window.
    end: Value,
}

impl Emit<'_, '_> {
    /// Reads everything that is read from a window.
    pub(crate) fn window_read(&mut self, id: WindowId) {
        let twin = self.twin;
        let window = &twin.windows[id.index()];
        match window.extent {
            _ if !is_read_inline(twin, window) => {
                let values = self.read_by_call(id, window);
                self.write_values(window, values);
            }
            Extent::Running { .. } => {
                let read = self.read_one(window);
                self.write_values(window, read);
            }
            Extent::Panes { pane_ns, count: 1 } => self.read_last_pane(window, pane_ns),
            Extent::Panes { pane_ns, count } => self.read_panes(id, window, pane_ns, count),
            Extent::Trailing { .. } | Extent::Samples(_) => unreachable!("a ring is read where it is fed"),
        }
    }

    /// Reads by the operators' function.
    pub(crate) fn read_by_call(&mut self, id: WindowId, window: &WindowPlan) -> Vec<Val> {
        self.call_numbered(Helper::WindowRead, id.0);
        let values = values_read(window).into_iter().enumerate();
        values.map(|(at, value)| self.take_argument(at, self.twin.values[value.index()].ty)).collect()
    }

    /// Keeps what was read.
    pub(crate) fn write_values(&mut self, window: &WindowPlan, read: Vec<Val>) {
        for (value, word) in values_read(window).into_iter().zip(read) {
            self.write_value(value, word);
        }
    }

    /// What is read from what the lanes hold, in a window that ends at `end_ns`.
    pub(crate) fn finished_all(&mut self, window: &WindowPlan, held: &[Held], end_ns: Value) -> Vec<Val> {
        let mut finished = Vec::new();
        for (lane, held) in window.lanes.iter().zip(held) {
            for read in &lane.reads {
                finished.push(self.finished(held, read, end_ns));
            }
        }
        finished
    }

    /// What is read of one accumulator a lane.
    fn read_one(&mut self, window: &WindowPlan) -> Vec<Val> {
        let lanes = window.lanes.iter();
        let held: Vec<Held> =
            lanes.map(|lane| self.load_held(lane.accumulator, self.frame.row, lane_offset(lane))).collect();
        self.finished_all(window, &held, self.frame.now)
    }

    /// A window of one pane: nothing where that is not the one before the pane of now, as at the ticks of a twin that
    /// is silent.
    fn read_last_pane(&mut self, window: &WindowPlan, pane_ns: i64) {
        let begin = self.b.ins().load(types::I64, CHANGING, self.frame.row, newest_offset(window));
        let (end, is_last) = self.is_last(begin, pane_ns);
        let (last, blank, join) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        let results = self.result_parameters(window, join);
        self.b.ins().brif(is_last, last, &[], blank, &[]);
        self.b.switch_to_block(last);
        let read = self.read_one(window);
        self.jump_with(join, &read);
        self.b.switch_to_block(blank);
        let read = self.read_blank(window, end);
        self.jump_with(join, &read);
        self.b.switch_to_block(join);
        self.write_values(window, results);
    }

    /// What is read of a window that holds nothing.
    fn read_blank(&mut self, window: &WindowPlan, end_ns: Value) -> Vec<Val> {
        let lanes = window.lanes.iter();
        let held: Vec<Held> = lanes.map(|lane| self.empty_held(lane.accumulator)).collect();
        self.finished_all(window, &held, end_ns)
    }

    /// Where the pane that begins at `begin` ends, and whether it is the last before the one of now.
    fn is_last(&mut self, begin: Value, pane_ns: i64) -> (Value, Value) {
        let end = self.b.ins().iadd_imm_s(begin, pane_ns);
        let since = self.b.ins().isub(self.frame.now, end);
        (end, self.b.ins().icmp_imm_s(IntCC::UnsignedLessThan, since, pane_ns))
    }

    /// A ring of panes at a tick, as `twin_operators::panes` reads it; what is less common than the next tick within a
    /// block of panes is done there.
    fn read_panes(&mut self, id: WindowId, window: &WindowPlan, pane_ns: i64, count: u32) {
        let (row, offset) = (self.frame.row, newest_offset(window));
        let begin = self.b.ins().load(types::I64, CHANGING, row, offset);
        let place = self.b.ins().load(types::I64, CHANGING, row, offset + 8);
        let (end, is_last) = self.is_last(begin, pane_ns);
        let newest = Newest { begin, place, end };
        let is_within = self.b.ins().icmp_imm_s(IntCC::NotEqual, place, i64::from(count) - 1);
        let is_common = self.b.ins().band(is_last, is_within);
        let (common, call, join) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let results = self.result_parameters(window, join);
        self.b.ins().brif(is_common, common, &[], call, &[]);

        self.b.switch_to_block(call);
        let read = self.read_by_call(id, window);
        self.jump_with(join, &read);
        self.b.switch_to_block(common);
        self.read_within_block(window, &newest, (pane_ns, count), join);
        self.b.switch_to_block(join);
        self.write_values(window, results);
    }

    /// The newest pane is closed and read with those before it, and the next one of its block begins.
    fn read_within_block(
        &mut self,
        window: &WindowPlan,
        newest: &Newest,
        (pane_ns, count): (i64, u32),
        join: cranelift_codegen::ir::Block,
    ) {
        let (row, offset) = (self.frame.row, newest_offset(window));
        let next = self.b.ins().iadd_imm_s(newest.place, 1);
        self.b.ins().store(CHANGING, newest.end, row, offset);
        self.b.ins().store(CHANGING, next, row, offset + 8);
        let (filled, unfilled) = (self.b.create_block(), self.b.create_block());
        let (live, blank) = (self.b.create_block(), self.b.create_block());
        let mut any = self.b.ins().iconst(types::I64, 0);
        for lane in &window.lanes {
            let at = self.pane_address(lane, newest.place);
            let held = self.b.ins().load(types::I64, CHANGING, at, lane_offset(lane));
            any = self.b.ins().bor(any, held);
        }
        self.b.ins().brif(any, filled, &[], unfilled, &[]);
        self.b.switch_to_block(filled);
        self.b.ins().store(CHANGING, newest.begin, row, offset + 16);
        self.b.ins().jump(live, &[]);

        self.b.switch_to_block(unfilled);
        let last = self.b.ins().load(types::I64, CHANGING, row, offset + 16);
        let since = self.b.ins().isub(newest.begin, last);
        let before = pane_ns * (i64::from(count) - 1);
        let is_blank = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, since, before);
        self.b.ins().brif(is_blank, blank, &[], live, &[]);
        self.b.switch_to_block(blank);
        let read = self.read_blank(window, newest.end);
        self.jump_with(join, &read);

        self.b.switch_to_block(live);
        let mut all = Vec::new();
        for lane in &window.lanes {
            all.push(self.read_lane(lane, newest.place, next, count));
        }
        let read = self.finished_all(window, &all, newest.end);
        self.jump_with(join, &read);
    }

    /// Closes a lane's newest pane, gives what the window holds, and empties the next pane.
    fn read_lane(&mut self, lane: &Lane, place: Value, next: Value, count: u32) -> Held {
        let (accumulator, first) = (lane.accumulator, lane_offset(lane));
        let behind_at = first + (count * accumulator.words()) as i32 * 8;
        let (at, next_at) = (self.pane_address(lane, place), self.pane_address(lane, next));
        let behind = self.load_held(accumulator, self.frame.row, behind_at);
        let pane = self.load_held(accumulator, at, first);
        let behind = self.merged(&behind, &pane);
        self.store_held(&behind, self.frame.row, behind_at);
        let ends = self.load_held(accumulator, next_at, first);
        let all = self.merged(&ends, &behind);
        let empty = self.empty_held(accumulator);
        self.store_held(&empty, next_at, first);
        all
    }

    /// Where the row would begin if the pane at a place were the first.
    pub(crate) fn pane_address(&mut self, lane: &Lane, place: Value) -> Value {
        let offset = self.b.ins().imul_imm_s(place, i64::from(lane.accumulator.words()) * 8);
        self.b.ins().iadd(self.frame.row, offset)
    }

    /// Parameters of a block for everything that is read from a window.
    pub(crate) fn result_parameters(
        &mut self,
        window: &WindowPlan,
        block: cranelift_codegen::ir::Block,
    ) -> Vec<Val> {
        let mut results = Vec::new();
        for value in values_read(window) {
            let ty = self.twin.values[value.index()].ty;
            let types = super::value::register_types(ty);
            let registers: Vec<Value> =
                types.iter().map(|register| self.b.append_block_param(block, *register)).collect();
            results.push(Val::from_registers(ty, &registers));
        }
        results
    }

    /// Goes to a block with everything that was read.
    pub(crate) fn jump_with(&mut self, block: cranelift_codegen::ir::Block, read: &[Val]) {
        let registers = read.iter().flat_map(|value| value.registers());
        let arguments: Vec<BlockArg> = registers.map(BlockArg::from).collect();
        self.b.ins().jump(block, &arguments);
    }
}

/// Where a lane's accumulators begin in the row.
pub(crate) fn lane_offset(lane: &Lane) -> i32 {
    slot_offset(lane.slot.expect("a lane without rings has its accumulators in the row"))
}
