//! Reading tables.

use super::Emit;
use super::memory::FIXED;
use super::value::Val;
use crate::abi::offsets;
use crate::helpers::Helper;
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{InstBuilder, Value, types};
use twin_plan::ExprId;
use twin_types::Scalar;

impl Emit<'_, '_> {
    /// A word of a row of a table, or (without a column) whether there is one.
    pub(crate) fn table(&mut self, table: u32, key: Option<ExprId>, column: Option<u32>, ty: Scalar) -> Val {
        if let (None, Some(column), Some(slot)) = (key, column, self.frame.slot)
            && ty != Scalar::String
        {
            return self.own_table(table, column, slot, ty);
        }
        let number = self.b.ins().iconst(types::I64, i64::from(table));
        let column = self.b.ins().iconst(types::I64, column.map_or(-1, i64::from));
        let word = match key {
            None => self.call(Helper::TableOwn, &[number, column]),
            Some(key) => {
                let key_ty = self.ty(key);
                let value = self.settled(key);
                let word = self.to_word(value);
                let helper = if key_ty == Scalar::String { Helper::TableText } else { Helper::TableInt };
                self.call(helper, &[number, column, word])
            }
        };
        self.from_word(word.expect("a table gives a word"), ty)
    }

    /// A word of the twin's own row: read where it lies, unless the operators have to find out which version counts.
    fn own_table(&mut self, table: u32, column: u32, slot: Value, ty: Scalar) -> Val {
        let (quick, slow, join) = (self.b.create_block(), self.cold_block(), self.b.create_block());
        let word = self.b.append_block_param(join, types::I64);
        let tables = self.context(types::I64, offsets::OWN_ROWS, FIXED);
        let own = table as i32 * offsets::OWN_BYTES;
        let mut field = |offset: i32| self.b.ins().load(types::I64, FIXED, tables, own + offset);
        let (rows, words) = (field(offsets::OWN_OF_TABLE), field(offsets::OWN_WORDS));
        let end = field(offsets::OWN_END);
        let place = self.b.ins().imul_imm_s(slot, offsets::OWN_ROW_BYTES);
        let row = self.b.ins().iadd(rows, place);
        let from = self.b.ins().load(types::I64, FIXED, row, offsets::OWN_FROM);
        let first = self.b.ins().load(types::I64, FIXED, row, offsets::OWN_FIRST);
        let counts = self.b.ins().icmp(IntCC::SignedLessThanOrEqual, from, self.frame.now);
        let is_there = self.b.ins().icmp(IntCC::UnsignedLessThan, first, end);
        let both = self.b.ins().band(counts, is_there);
        self.b.ins().brif(both, quick, &[], slow, &[]);

        self.b.switch_to_block(quick);
        let offset = self.b.ins().ishl_imm_s(first, 3);
        let address = self.b.ins().iadd(words, offset);
        let known = self.b.ins().load(types::I64, FIXED, address, column as i32 * 8);
        self.b.ins().jump(join, &[known.into()]);

        self.b.switch_to_block(slow);
        let number = self.b.ins().iconst(types::I64, i64::from(table));
        let column = self.b.ins().iconst(types::I64, i64::from(column));
        let found = self.call(Helper::TableOwn, &[number, column]).expect("a table gives a word");
        self.b.ins().jump(join, &[found.into()]);
        self.b.switch_to_block(join);
        self.from_word(word, ty)
    }
}
