//! Statements, one after the other.

use super::memory::{CHANGING, FIXED};
use super::value::Val;
use super::{Emit, StepKind};
use crate::abi::offsets;
use crate::helpers::Helper;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use twin_plan::layout::{NEVER, NEXT_DEADLINE};
use twin_plan::{ExprId, FaultId, Op, Slot, Stmt, Trigger};
use twin_types::{ABSENT_INT, Scalar};

impl Emit<'_, '_> {
    /// An operator, where its trigger says so.
    pub(crate) fn op(&mut self, op: &Op) {
        self.triggered(&op.trigger, &op.body);
    }

    /// Statements that run only in the steps that a trigger names.
    fn triggered(&mut self, trigger: &Trigger, body: &[Stmt]) {
        match runs(trigger, self.frame.kind) {
            Runs::Never => {}
            Runs::Always => self.statements(body),
            Runs::WhenDue => {
                let is_due = self.is_due(&trigger.ticks);
                self.branch(is_due, |emit| emit.statements(body));
            }
        }
    }

    /// Whether one of these ticks is due.
    fn is_due(&mut self, ticks: &[u32]) -> Value {
        let due = self.context(types::I64, offsets::DUE, FIXED);
        let mut any: Option<Value> = None;
        for word in 0..=ticks.iter().max().map_or(0, |tick| tick / 64) {
            let mask = ticks
                .iter()
                .filter(|tick| *tick / 64 == word)
                .fold(0u64, |mask, tick| mask | 1 << (tick % 64));
            if mask == 0 {
                continue;
            }
            let bits = self.b.ins().load(types::I64, FIXED, due, word as i32 * 8);
            let bits = self.b.ins().band_imm_s(bits, mask as i64);
            any = Some(match any {
                Some(before) => self.b.ins().bor(before, bits),
                None => bits,
            });
        }
        match any {
            Some(bits) => self.b.ins().icmp_imm_s(IntCC::NotEqual, bits, 0),
            None => self.b.ins().iconst(types::I8, 0),
        }
    }

    /// Statements in a branch of their own.
    pub(crate) fn branch(&mut self, when: Value, body: impl FnOnce(&mut Self)) {
        let then = self.b.create_block();
        let after = self.b.create_block();
        self.b.ins().brif(when, then, &[], after, &[]);
        self.b.switch_to_block(then);
        let mark = self.enter_branch();
        body(self);
        self.b.ins().jump(after, &[]);
        let touched = self.leave_storing_branch(mark);
        self.slots.forget(touched);
        self.b.switch_to_block(after);
    }

    pub(crate) fn statements(&mut self, body: &[Stmt]) {
        body.iter().for_each(|statement| self.statement(statement));
    }

    /// Begins a statement with these roots, all of which are evaluated.
    pub(crate) fn roots(&mut self, roots: &[ExprId]) {
        self.sharing.start();
        for root in roots {
            self.sharing.root(&self.twin.exprs, *root, 0);
        }
        self.begin_statement();
    }

    pub(crate) fn root(&mut self, root: ExprId) -> Val {
        self.roots(&[root]);
        self.settled(root)
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Let(id, expr) => {
                let value = self.root(*expr);
                let value = self.kept(value, *expr);
                self.write_value(*id, value);
            }
            Stmt::In(trigger, body) => self.triggered(trigger, body),
            Stmt::Store(slot, expr) => {
                let value = self.root(*expr);
                self.store_slot(*slot, value);
            }
            Stmt::StoreText { slot, bytes, text, fault } => self.store_text(*slot, *bytes, *text, *fault),
            Stmt::StoreItem { first, count, index, word, fault } => {
                self.store_item(*first, *count, *index, *word, *fault);
            }
            Stmt::If { when, then, otherwise } => self.choice(*when, then, otherwise),
            Stmt::Fault(fault) => {
                let one = self.always();
                self.count_fault(*fault, one);
            }
            Stmt::Deadline(slot, moment) => self.deadline(*slot, *moment),
            Stmt::Output(id, arguments) => self.output(id.0, arguments),
            Stmt::Reset(id) => self.ask_for_reset(id.0),
            Stmt::WindowFeed(id) => self.window_feed(*id),
            Stmt::WindowClear(id) => self.call_numbered(Helper::WindowClear, id.0),
            Stmt::WindowRead(id) => self.window_read(*id),
            Stmt::Integrate(id) => self.integrate(*id),
            Stmt::Lag(id) => {
                let lag = &self.twin.lags[id.index()];
                let (x, value) = (lag.x, lag.value);
                let taken = self.root(x);
                let word = self.to_word(taken);
                let number = self.b.ins().iconst(types::I64, i64::from(id.0));
                let lagging = self.call(Helper::Lag, &[number, word]).expect("a lag gives a word");
                let lagging = self.from_word(lagging, self.twin.values[value.index()].ty);
                self.write_value(value, lagging);
            }
            Stmt::CaptureFeed(id) => {
                let input = self.twin.captures[id.index()].input;
                if self.frame.kind == StepKind::Event(input) {
                    self.call_numbered(Helper::CaptureFeed, id.0);
                }
            }
            Stmt::CaptureOpen(id, raised) => {
                let raised = self.root(*raised);
                let number = self.b.ins().iconst(types::I64, i64::from(id.0));
                self.call(Helper::CaptureOpen, &[number, raised.as_whole()]);
            }
            Stmt::CaptureClose(id) => self.call_numbered(Helper::CaptureClose, id.0),
        }
    }

    /// Calls a helper with the number of what it works on.
    pub(crate) fn call_numbered(&mut self, helper: Helper, number: u32) {
        let number = self.b.ins().iconst(types::I64, i64::from(number));
        self.call(helper, &[number]);
    }

    /// A value that stays good while the row changes.
    pub(crate) fn kept(&mut self, value: Val, expr: ExprId) -> Val {
        if self.ty(expr) != Scalar::String || !self.facts.get(expr).reads_row_text {
            return value;
        }
        let handle = self.call(Helper::KeepText, &[value.as_whole()]).expect("a handle for a handle");
        Val::whole(handle)
    }

    fn store_text(&mut self, slot: Slot, bytes: u32, text: ExprId, fault: FaultId) {
        let handle = self.root(text).as_whole();
        let too_long = self.store_text_word(slot, bytes, handle);
        self.count_rare_fault(fault, too_long);
    }

    /// Stores a text; gives an `i8` that says whether it was too long.
    pub(crate) fn store_text_word(&mut self, slot: Slot, bytes: u32, handle: Value) -> Value {
        let place = self.b.ins().iconst(types::I64, i64::from(slot.0));
        let room = self.b.ins().iconst(types::I64, i64::from(bytes));
        let too_long = self.call(Helper::StoreText, &[place, room, handle]).expect("it says whether it fits");
        self.b.ins().ireduce(types::I8, too_long)
    }

    fn store_item(&mut self, first: Slot, count: u32, index: ExprId, word: ExprId, fault: FaultId) {
        self.roots(&[index, word]);
        let place = self.settled(index);
        let item = self.settled(word);
        // The absent word is out of range like any other.
        let is_outside =
            self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, place.as_whole(), i64::from(count));
        self.count_rare_fault(fault, is_outside);
        let is_inside = self.b.ins().bxor_imm_u(is_outside, 1);
        let row = self.frame.row;
        self.branch(is_inside, |emit| {
            let offset = emit.b.ins().ishl_imm_u(place.as_whole(), 3);
            let address = emit.b.ins().iadd(row, offset);
            emit.store(address, super::memory::slot_offset(first), item);
        });
        self.slots.forget((0..count).map(|at| first.plus(at)));
    }

    fn choice(&mut self, when: ExprId, then: &[Stmt], otherwise: &[Stmt]) {
        self.roots(&[when]);
        let when = self.truth(when);
        if self.is_branchless(then, otherwise) {
            self.predicated(then, when.yes);
            return self.predicated(otherwise, when.no);
        }
        if otherwise.is_empty() {
            return self.branch(when.yes, |emit| emit.statements(then));
        }
        let (first, second, after) = (self.b.create_block(), self.b.create_block(), self.b.create_block());
        self.b.ins().brif(when.yes, first, &[], second, &[]);
        self.b.switch_to_block(first);
        let mark = self.enter_branch();
        self.statements(then);
        self.b.ins().jump(after, &[]);
        let touched_then = self.leave_storing_branch(mark);
        self.b.switch_to_block(second);
        let third = if when.is_known {
            second
        } else {
            let third = self.b.create_block();
            self.b.ins().brif(when.no, third, &[], after, &[]);
            third
        };
        if third != second {
            self.b.switch_to_block(third);
        }
        let mark = self.enter_branch();
        self.statements(otherwise);
        self.b.ins().jump(after, &[]);
        let touched_otherwise = self.leave_storing_branch(mark);
        self.slots.forget(touched_then.into_iter().chain(touched_otherwise));
        self.b.switch_to_block(after);
    }

    fn deadline(&mut self, slot: Slot, moment: ExprId) {
        let ty = self.ty(moment);
        let value = self.root(moment);
        let never = self.word(NEVER as u64);
        let due = match self.is_absent(value, ty) {
            None => value.as_whole(),
            Some(is_absent) => self.b.ins().select(is_absent, never, value.as_whole()),
        };
        self.store_slot(slot, Val::whole(due));
        let next = self.load_slot(NEXT_DEADLINE, Scalar::Timestamp).as_whole();
        let next = self.b.ins().smin(next, due);
        self.store_slot(NEXT_DEADLINE, Val::whole(next));
        debug_assert_eq!(ABSENT_INT, i64::MIN as u64, "an absent moment would be before every other");
    }

    fn output(&mut self, id: u32, arguments: &[ExprId]) {
        self.roots(arguments);
        let values: Vec<Val> = arguments.iter().map(|argument| self.settled(*argument)).collect();
        for (at, value) in values.into_iter().enumerate() {
            self.put_argument(at, value);
        }
        self.call_numbered(Helper::Output, id);
    }

    /// Marks a reset for the end of the step.
    pub(crate) fn ask_for_reset(&mut self, id: u32) {
        let resets = self.context(types::I64, offsets::RESETS, FIXED);
        let offset = (id / 64) as i32 * 8;
        let before = self.b.ins().load(types::I64, CHANGING, resets, offset);
        let after = self.b.ins().bor_imm_s(before, (1u64 << (id % 64)) as i64);
        self.b.ins().store(CHANGING, after, resets, offset);
    }

    /// The end of a step: resets that were asked for.
    pub(crate) fn end_of_step(&mut self, reset_words: usize) {
        let resets = self.context(types::I64, offsets::RESETS, FIXED);
        let mut any: Option<Value> = None;
        for word in 0..reset_words {
            let bits = self.b.ins().load(types::I64, CHANGING, resets, word as i32 * 8);
            any = Some(match any {
                Some(before) => self.b.ins().bor(before, bits),
                None => bits,
            });
        }
        if let Some(any) = any {
            let cold = self.cold_block();
            let after = self.b.create_block();
            self.b.ins().brif(any, cold, &[], after, &[]);
            self.b.switch_to_block(cold);
            self.call(Helper::Resets, &[]);
            self.b.ins().jump(after, &[]);
            self.b.switch_to_block(after);
        }
    }
}

/// Whether a trigger's statements run in a kind of step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Runs {
    Never,
    Always,
    /// Where one of its ticks is due.
    WhenDue,
}

/// See [`Runs`].
pub(crate) fn runs(trigger: &Trigger, kind: StepKind) -> Runs {
    let always = trigger.every_step
        || match kind {
            StepKind::Event(input) => trigger.inputs.contains(&input),
            StepKind::Quiet => trigger.quiet,
            StepKind::Instant => false,
        };
    match kind {
        _ if always => Runs::Always,
        StepKind::Instant if !trigger.ticks.is_empty() => Runs::WhenDue,
        _ => Runs::Never,
    }
}
