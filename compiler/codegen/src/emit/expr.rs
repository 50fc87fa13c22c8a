//! Expressions: one node after the other, each at most once per statement.

use super::value::{Truth, Val};
use super::{Emit, Mark, StepKind};
use crate::abi::offsets;
use crate::helpers::Helper;
use crate::helpers::text::key_handle;
use cranelift_codegen::ir::condcodes::{FloatCC, IntCC};
use cranelift_codegen::ir::{InstBuilder, types};
use twin_plan::kernel::{TextSpace, text_handle};
use twin_plan::{ExprId, NodeKind, ValueId};
use twin_types::{Scalar, Word};

use super::memory::{CHANGING, same_form};

impl Emit<'_, '_> {
    /// Begins a statement whose roots have been added to `sharing`.
    pub(crate) fn begin_statement(&mut self) {
        self.memo.clear();
        self.marks.clear();
        for id in self.sharing.marked().to_vec() {
            let is_done = self.b.declare_var(types::I8);
            let no = self.b.ins().iconst(types::I8, 0);
            self.b.def_var(is_done, no);
            let absent = self.absent(self.ty(id));
            let registers = self.declare(absent);
            self.marks.insert(id, Mark { is_done, registers });
        }
    }

    /// The scalar of a node.
    pub(crate) fn ty(&self, id: ExprId) -> Scalar {
        self.twin.exprs.get(id).ty
    }

    /// A node's value with all faults below it counted.
    pub(crate) fn settled(&mut self, id: ExprId) -> Val {
        match self.value(id) {
            Val::Real { value, is_open: true } => {
                let settled = self.settle(id, value);
                self.memo.set(id, settled);
                settled
            }
            value => value,
        }
    }

    /// A node's value; a real may still be open.
    pub(crate) fn value(&mut self, id: ExprId) -> Val {
        if let Some(value) = self.memo.get(id) {
            return value;
        }
        if self.marks.contains_key(&id) {
            return self.marked_value(id);
        }
        let value = self.computed(id);
        self.memo.set(id, value);
        // An open node belongs to one chain only, or its faults would be counted by each.
        if self.sharing.is_shared(id) { self.settled(id) } else { value }
    }

    /// A node's value as one of this scalar; a real may still be open.
    pub(crate) fn value_as(&mut self, id: ExprId, ty: Scalar) -> Val {
        let value = self.value(id);
        if same_form(value, ty) {
            return value;
        }
        let value = self.settled(id);
        self.in_form(value, ty)
    }

    /// The same, settled.
    pub(crate) fn settled_as(&mut self, id: ExprId, ty: Scalar) -> Val {
        let value = self.settled(id);
        self.in_form(value, ty)
    }

    /// A truth value.
    pub(crate) fn truth(&mut self, id: ExprId) -> Truth {
        self.value_as(id, Scalar::Bool).as_truth()
    }

    /// A node whose evaluation is remembered at run time: evaluated here unless it was elsewhere.
    fn marked_value(&mut self, id: ExprId) -> Val {
        let ty = self.ty(id);
        let (is_done, registers) = {
            let mark = &self.marks[&id];
            (mark.is_done, mark.registers.clone())
        };
        let evaluate = self.b.create_block();
        let after = self.b.create_block();
        let done = self.b.use_var(is_done);
        self.b.ins().brif(done, after, &[], evaluate, &[]);
        self.b.switch_to_block(evaluate);
        let mark = self.enter_branch();
        let value = self.computed(id);
        self.memo.set(id, value);
        let value = self.settled(id);
        for (variable, register) in registers.iter().zip(value.registers()) {
            self.b.def_var(*variable, register);
        }
        let yes = self.b.ins().iconst(types::I8, 1);
        self.b.def_var(is_done, yes);
        self.leave_branch(mark);
        self.b.ins().jump(after, &[]);
        self.b.switch_to_block(after);
        let registers: Vec<_> = registers.iter().map(|variable| self.b.use_var(*variable)).collect();
        let value = Val::from_registers(ty, &registers);
        self.memo.set(id, value);
        value
    }

    fn computed(&mut self, id: ExprId) -> Val {
        let twin = self.twin;
        let node = twin.exprs.get(id);
        let ty = node.ty;
        match &node.kind {
            NodeKind::Const(word) => self.constant(*word, ty),
            NodeKind::Text(number) => self.literal(*number),
            NodeKind::Value(value) => self.read_value(*value),
            NodeKind::Slot(slot) => self.load_slot(*slot, ty),
            NodeKind::Field(input, column) => match self.frame.kind {
                StepKind::Event(at_hand) if at_hand == *input => self.load_field(*input, *column, ty),
                // The plan reads fields only in steps of their input; code for the others is never run.
                _ => self.absent(ty),
            },
            NodeKind::Key => self.key(ty),
            NodeKind::CommandId(name, time, times) => self.command_id(*name, *time, *times, ty),
            NodeKind::Now => Val::Whole { value: self.frame.now, is_present: true },
            NodeKind::StreamNow => Val::whole(self.frame.stream),
            NodeKind::Table { table, key, column } => self.table(*table, *key, *column, ty),
            NodeKind::Prim(prim, operands, fault) => self.prim(id, *prim, operands, *fault),
            NodeKind::Call(function, arguments, fault) => self.pure_call(function, arguments, *fault),
            NodeKind::Select(when, then, otherwise) => self.select(ty, *when, *then, *otherwise),
            NodeKind::Coalesce(left, right) => self.coalesce(ty, *left, *right),
            NodeKind::And(left, right) => self.and(*left, *right),
            NodeKind::Or(left, right) => self.or(*left, *right),
            NodeKind::Present(operand) => self.present(*operand),
            NodeKind::Pick(items, index, fault) => self.pick(ty, items, *index, *fault),
        }
    }

    /// A literal's handle.
    fn literal(&mut self, number: u32) -> Val {
        let bytes = self.texts.get(number as usize).map_or(0, |text| text.len());
        let handle = text_handle(TextSpace::Literal, u64::from(number), bytes);
        self.constant(handle, Scalar::String)
    }

    /// What a value of the twin is now.
    pub(crate) fn read_value(&mut self, id: ValueId) -> Val {
        let twin = self.twin;
        let value = &twin.values[id.index()];
        if let Some(slot) = value.slot
            && value.ty != Scalar::String
        {
            return self.load_slot(slot, value.ty);
        }
        if self.registers.in_context.get(id.index()).copied().unwrap_or(false) {
            let registers = self.context(types::I64, offsets::REGISTERS, super::memory::FIXED);
            return self.load(registers, id.0 as i32 * 8, value.ty);
        }
        match self.registers.variables.get(&id.0) {
            Some(variables) => {
                let variables = variables.clone();
                let registers: Vec<_> = variables.iter().map(|variable| self.b.use_var(*variable)).collect();
                Val::from_registers(value.ty, &registers)
            }
            None => self.absent(value.ty),
        }
    }

    /// Keeps what a value of the twin is from here on.
    pub(crate) fn write_value(&mut self, id: ValueId, new: Val) {
        let twin = self.twin;
        let value = &twin.values[id.index()];
        if let Some(slot) = value.slot
            && value.ty != Scalar::String
        {
            return self.store_slot(slot, new);
        }
        let new = self.in_form(new, value.ty);
        if self.registers.in_context.get(id.index()).copied().unwrap_or(false) {
            let registers = self.context(types::I64, offsets::REGISTERS, super::memory::FIXED);
            return self.store(registers, id.0 as i32 * 8, new);
        }
        if let Some(variables) = self.registers.variables.get(&id.0).cloned() {
            for (variable, register) in variables.iter().zip(new.registers()) {
                self.b.def_var(*variable, register);
            }
        }
    }

    fn key(&mut self, ty: Scalar) -> Val {
        if ty == Scalar::String {
            return self.constant(key_handle(), ty);
        }
        let word = self.call(Helper::KeyInt, &[]).expect("the key is a word");
        self.from_word(word, ty)
    }

    fn command_id(&mut self, name: u32, time: ExprId, times: ExprId, ty: Scalar) -> Val {
        let name = self.b.ins().iconst(types::I64, i64::from(name));
        let [time, times] = [time, times].map(|number| {
            let value = self.settled(number);
            self.to_word(value)
        });
        let word = self.call(Helper::CommandId, &[name, time, times]).expect("an id is a word");
        self.from_word(word, ty)
    }

    fn present(&mut self, operand: ExprId) -> Val {
        let ty = self.ty(operand);
        let value = self.settled(operand);
        let yes = self.is_present(value, ty);
        let no = self.b.ins().bxor_imm_u(yes, 1);
        Val::Truth(Truth { yes, no, is_known: true })
    }

    /// Whether a settled value is present, as an `i8`.
    pub(crate) fn is_present(&mut self, value: Val, ty: Scalar) -> cranelift_codegen::ir::Value {
        match value {
            Val::Real { value, .. } => self.b.ins().fcmp(FloatCC::Ordered, value, value),
            Val::Truth(truth) => self.b.ins().bor(truth.yes, truth.no),
            Val::Whole { .. } => match self.is_absent(value, ty) {
                Some(is_absent) => self.b.ins().bxor_imm_u(is_absent, 1),
                None => self.b.ins().iconst(types::I8, 1),
            },
        }
    }

    /// `items[index]`: all items, then the index.
    fn pick(&mut self, ty: Scalar, items: &[ExprId], index: ExprId, fault: twin_plan::FaultId) -> Val {
        let items: Vec<Val> = items.iter().map(|item| self.settled(*item)).collect();
        let index_ty = self.ty(index);
        let index = self.settled(index);
        let place = index.as_whole();
        let count = items.len() as i64;
        let is_outside = self.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThanOrEqual, place, count);
        let is_wrong = match self.is_absent(index, index_ty) {
            None => is_outside,
            Some(is_absent) => {
                let is_there = self.b.ins().bxor_imm_u(is_absent, 1);
                self.b.ins().band(is_outside, is_there)
            }
        };
        self.count_rare_fault(fault, is_wrong);
        // The items lie in a row on the stack, an absent one behind them.
        let slot = self.b.create_sized_stack_slot(cranelift_codegen::ir::StackSlotData::new(
            cranelift_codegen::ir::StackSlotKind::ExplicitSlot,
            (items.len() as u32 + 1) * 8,
            3,
        ));
        let base = self.b.ins().stack_addr(types::I64, slot, 0);
        for (at, item) in items.iter().enumerate() {
            self.store(base, at as i32 * 8, *item);
        }
        let absent = self.absent(ty);
        self.store(base, items.len() as i32 * 8, absent);
        let last = self.b.ins().iconst(types::I64, count);
        let within = self.b.ins().umin(place, last);
        let offset = self.b.ins().ishl_imm_u(within, 3);
        let address = self.b.ins().iadd(base, offset);
        let raw = self.b.ins().load(super::memory::memory_type(ty), CHANGING, address, 0);
        self.from_memory(raw, ty)
    }

    /// Variables that hold a value.
    pub(crate) fn declare(&mut self, value: Val) -> Vec<cranelift_frontend::Variable> {
        let registers = value.registers();
        registers
            .into_iter()
            .map(|register| {
                let variable = self.b.declare_var(self.b.func.dfg.value_type(register));
                self.b.def_var(variable, register);
                variable
            })
            .collect()
    }

    /// A literal word.
    pub(crate) fn word(&mut self, word: Word) -> cranelift_codegen::ir::Value {
        self.b.ins().iconst(types::I64, word as i64)
    }
}
