//! Words in memory: rows, columns, the context, counters of faults.

use super::Emit;
use super::value::{Truth, Val};
use crate::abi::offsets;
use crate::helpers::Helper;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{BlockArg, InstBuilder, MemFlagsData, Type, Value, types};
use twin_plan::{FaultId, Slot, SlotKind, kernel::TextSpace};
use twin_types::{ABSENT_BOOL, ABSENT_INT, ABSENT_REAL, ABSENT_STRING, Scalar, Word};

/// Memory that is written during a call.
pub(crate) const CHANGING: MemFlagsData = MemFlagsData::trusted();
/// Memory that no one writes during a call: loads from it can be moved and shared.
pub(crate) const FIXED: MemFlagsData = MemFlagsData::trusted().with_readonly().with_can_move();

impl Emit<'_, '_> {
    /// A word of the row as a value of this scalar; from a register where it is known already.
    pub(crate) fn load_slot(&mut self, slot: Slot, ty: Scalar) -> Val {
        if ty == Scalar::String {
            return self.text_in_row(slot);
        }
        if let Some(value) = self.slots.get(slot)
            && same_form(value, ty)
        {
            return value;
        }
        let value = self.load(self.frame.row, slot_offset(slot), ty);
        self.slots.set(slot, value);
        value
    }

    /// Stores a value into a word of the row.
    pub(crate) fn store_slot(&mut self, slot: Slot, value: Val) {
        self.store(self.frame.row, slot_offset(slot), value);
        self.slots.set(slot, value);
    }

    /// Loads a word from changing memory.
    pub(crate) fn load(&mut self, base: Value, offset: i32, ty: Scalar) -> Val {
        let raw = self.b.ins().load(memory_type(ty), CHANGING, base, offset);
        self.from_memory(raw, ty)
    }

    /// Stores a value's word.
    pub(crate) fn store(&mut self, base: Value, offset: i32, value: Val) {
        let raw = match value {
            Val::Real { value, is_open } => {
                debug_assert!(!is_open, "only settled values are stored");
                value
            }
            Val::Whole { value, .. } => value,
            Val::Truth(truth) => self.truth_word(truth),
        };
        self.b.ins().store(CHANGING, raw, base, offset);
    }

    /// What was loaded with [`memory_type`], as a value.
    pub(crate) fn from_memory(&mut self, raw: Value, ty: Scalar) -> Val {
        match ty {
            Scalar::Real => Val::real(raw),
            Scalar::Bool => self.truth_from_word(raw),
            _ => Val::whole(raw),
        }
    }

    /// A word that a helper gave, as a value.
    pub(crate) fn from_word(&mut self, word: Value, ty: Scalar) -> Val {
        match ty {
            Scalar::Real => Val::real(self.b.ins().bitcast(types::F64, MemFlagsData::new(), word)),
            _ => self.from_memory(word, ty),
        }
    }

    /// The same word as a value of this scalar.
    pub(crate) fn in_form(&mut self, value: Val, ty: Scalar) -> Val {
        if same_form(value, ty) {
            return value;
        }
        let word = self.to_word(value);
        self.from_word(word, ty)
    }

    /// A value as one `i64`, as it is in memory.
    pub(crate) fn to_word(&mut self, value: Val) -> Value {
        match value {
            Val::Real { value, .. } => self.b.ins().bitcast(types::I64, MemFlagsData::new(), value),
            Val::Whole { value, .. } => value,
            Val::Truth(truth) => self.truth_word(truth),
        }
    }

    fn truth_from_word(&mut self, word: Value) -> Val {
        let yes = self.b.ins().icmp_imm_s(IntCC::Equal, word, 1);
        let no = self.b.ins().icmp_imm_s(IntCC::Equal, word, 0);
        Val::Truth(Truth { yes, no, is_known: false })
    }

    fn truth_word(&mut self, truth: Truth) -> Value {
        let yes = self.b.ins().uextend(types::I64, truth.yes);
        if truth.is_known {
            return yes;
        }
        let known = self.b.ins().bor(truth.yes, truth.no);
        let unknown = self.b.ins().bxor_imm_u(known, 1);
        let unknown = self.b.ins().uextend(types::I64, unknown);
        let unknown = self.b.ins().ishl_imm_u(unknown, 1);
        self.b.ins().bor(yes, unknown)
    }

    /// The handle of a text that is kept in the row.
    fn text_in_row(&mut self, slot: Slot) -> Val {
        let bytes = self.b.ins().load(types::I64, CHANGING, self.frame.row, slot_offset(slot));
        let place = (TextSpace::Row as u64) << 62 | u64::from(slot.0) << 24;
        let handle = self.b.ins().bor_imm_u(bytes, place as i64);
        let is_absent = self.b.ins().icmp_imm_s(IntCC::Equal, bytes, -1);
        let absent = self.b.ins().iconst(types::I64, ABSENT_STRING as i64);
        Val::whole(self.b.ins().select(is_absent, absent, handle))
    }

    /// A column of the record at hand.
    pub(crate) fn load_field(&mut self, input: u32, column: u32, ty: Scalar) -> Val {
        let record = self.frame.record.expect("fields are read in steps of their input only");
        let place = self.column_starts[input as usize] + column;
        let columns = self.context(types::I64, offsets::COLUMNS, FIXED);
        let words = self.b.ins().load(types::I64, FIXED, columns, place as i32 * 8);
        let at = self.b.ins().ishl_imm_u(record, 3);
        let address = self.b.ins().iadd(words, at);
        let raw = self.b.ins().load(memory_type(ty), FIXED, address, 0);
        self.from_memory(raw, ty)
    }

    /// A field of the context.
    pub(crate) fn context(&mut self, ty: Type, offset: i32, flags: MemFlagsData) -> Value {
        self.b.ins().load(ty, flags, self.frame.context, offset)
    }

    /// Puts something into the context.
    pub(crate) fn note(&mut self, offset: i32, value: Value) {
        self.b.ins().store(CHANGING, value, self.frame.context, offset);
    }

    /// Counts a fault where `hit`, an `i8`, is 1.
    pub(crate) fn count_fault(&mut self, fault: FaultId, hit: Value) {
        let hit = match self.active {
            Some(active) => self.b.ins().band(hit, active),
            None => hit,
        };
        if let Some(trial) = self.trial {
            let (failed, before) = (self.absent_real(), self.b.use_var(trial));
            let after = self.b.ins().select(hit, failed, before);
            return self.b.def_var(trial, after);
        }
        let counters = self.context(types::I64, offsets::FAULTS, FIXED);
        let offset = fault.0 as i32 * 8;
        let before = self.b.ins().load(types::I64, CHANGING, counters, offset);
        let hit = self.b.ins().uextend(types::I64, hit);
        let after = self.b.ins().iadd(before, hit);
        self.b.ins().store(CHANGING, after, counters, offset);
    }

    /// Counts a fault in a block of its own that is nearly never entered.
    pub(crate) fn count_rare_fault(&mut self, fault: FaultId, hit: Value) {
        if self.trial.is_some() {
            return self.count_fault(fault, hit);
        }
        let cold = self.cold_block();
        let after = self.b.create_block();
        self.b.ins().brif(hit, cold, &[], after, &[]);
        self.b.switch_to_block(cold);
        let one = self.b.ins().iconst(types::I8, 1);
        self.count_fault(fault, one);
        self.b.ins().jump(after, &[]);
        self.b.switch_to_block(after);
    }

    /// A block that is laid out away from the others.
    pub(crate) fn cold_block(&mut self) -> cranelift_codegen::ir::Block {
        let block = self.b.create_block();
        self.b.set_cold_block(block);
        block
    }

    /// The absent value of a scalar.
    pub(crate) fn absent(&mut self, ty: Scalar) -> Val {
        self.constant(ty.absent(), ty)
    }

    /// A constant.
    pub(crate) fn constant(&mut self, word: Word, ty: Scalar) -> Val {
        match ty {
            Scalar::Real => Val::real(self.f64(f64::from_bits(word))),
            Scalar::Bool => {
                let yes = self.b.ins().iconst(types::I8, i64::from(word == 1));
                let no = self.b.ins().iconst(types::I8, i64::from(word == 0));
                Val::Truth(Truth { yes, no, is_known: word != ABSENT_BOOL })
            }
            _ => Val::Whole {
                value: self.b.ins().iconst(types::I64, word as i64),
                is_present: word != ty.absent(),
            },
        }
    }

    /// A real constant.
    pub(crate) fn f64(&mut self, value: f64) -> Value {
        self.b.ins().f64const(cranelift_codegen::ir::immediates::Ieee64::with_bits(value.to_bits()))
    }

    /// The one NaN that says absent.
    pub(crate) fn absent_real(&mut self) -> Value {
        self.f64(f64::from_bits(ABSENT_REAL))
    }

    /// Whether an `i64` is the absent word of its scalar; `None` where it is known not to be.
    pub(crate) fn is_absent(&mut self, value: Val, ty: Scalar) -> Option<Value> {
        let Val::Whole { value, is_present: false } = value else { return None };
        let absent = if ty == Scalar::String { ABSENT_STRING } else { ABSENT_INT };
        Some(self.b.ins().icmp_imm_s(IntCC::Equal, value, absent as i64))
    }

    /// Keeps a column of the record at hand in the row.
    pub(crate) fn keep_column(&mut self, input: u32, column: u32, slot: Slot) {
        let kind = self.twin.layout.fields.iter().find(|field| field.slot == slot).map(|field| &field.kind);
        match kind {
            Some(SlotKind::Text(bytes)) => {
                let bytes = *bytes;
                let handle = self.load_field(input, column, Scalar::String).as_whole();
                self.store_text_word(slot, bytes, handle);
            }
            Some(SlotKind::Value(ty)) => {
                let ty = *ty;
                let value = self.load_field(input, column, ty);
                self.store_slot(slot, value);
            }
            _ => {
                let value = self.load_field(input, column, Scalar::Int);
                self.store_slot(slot, value);
            }
        }
    }

    /// Calls a helper of the runtime with the context and these arguments.
    pub(crate) fn call(&mut self, helper: Helper, arguments: &[Value]) -> Option<Value> {
        if let Some(at) = self.frame.unnoted {
            self.note(offsets::AT, at);
            self.note(offsets::NOW, self.frame.now);
        }
        let function = self.imports.helper(self.module, self.b.func, helper);
        let mut all = vec![self.frame.context];
        all.extend_from_slice(arguments);
        let call = self.b.ins().call(function, &all);
        if helper.changes_row() {
            self.slots.forget_all();
        }
        self.b.inst_results(call).first().copied()
    }

    /// Stores a word into the buffer for arguments and results of helpers.
    pub(crate) fn put_argument(&mut self, at: usize, value: Val) {
        let arguments = self.context(types::I64, offsets::ARGUMENTS, FIXED);
        self.store(arguments, at as i32 * 8, value);
    }

    /// Loads a word from that buffer.
    pub(crate) fn take_argument(&mut self, at: usize, ty: Scalar) -> Val {
        let arguments = self.context(types::I64, offsets::ARGUMENTS, FIXED);
        self.load(arguments, at as i32 * 8, ty)
    }
}

/// The offset of a word of the row.
pub(crate) fn slot_offset(slot: Slot) -> i32 {
    slot.0 as i32 * 8
}

/// The type with which a word of a scalar is loaded.
pub(crate) fn memory_type(ty: Scalar) -> Type {
    if ty == Scalar::Real { types::F64 } else { types::I64 }
}

/// Whether a value in registers is of the form that a scalar has.
pub(crate) fn same_form(value: Val, ty: Scalar) -> bool {
    match value {
        Val::Real { .. } => ty == Scalar::Real,
        Val::Truth(_) => ty == Scalar::Bool,
        Val::Whole { .. } => !matches!(ty, Scalar::Real | Scalar::Bool),
    }
}

/// Registers as arguments of a block.
pub(crate) fn block_args(value: Val) -> Vec<BlockArg> {
    value.registers().into_iter().map(BlockArg::from).collect()
}
