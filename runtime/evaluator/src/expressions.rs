//! Expressions: absence, laziness, faults.

use crate::prims;
use crate::step::Step;
use twin_operators::text;
use twin_plan::expr::PureFn;
use twin_plan::kernel::TableKey;
use twin_plan::{ExprId, FaultId, NodeKind, Prim};
use twin_types::{ABSENT_BOOL, ABSENT_REAL, FALSE, PureArgs, Scalar, TRUE, Word, words};

impl Step<'_, '_> {
    /// From here on every node is evaluated anew.
    pub fn begin_statement(&mut self) {
        self.statement += 1;
    }

    /// What a node gives, evaluated at most once in this statement.
    pub fn eval(&mut self, id: ExprId) -> Word {
        let (statement, word) = self.memo[id.0 as usize];
        if statement == self.statement {
            return word;
        }
        let word = self.eval_anew(id);
        self.memo[id.0 as usize] = (self.statement, word);
        word
    }

    fn eval_anew(&mut self, id: ExprId) -> Word {
        let plan = self.plan;
        let node = plan.exprs.get(id);
        match &node.kind {
            NodeKind::Const(word) => *word,
            NodeKind::Text(number) => text::literal(*number, self.shard.texts),
            NodeKind::Value(value) => self.value(*value),
            NodeKind::Slot(slot) => match node.ty {
                Scalar::String => text::of_row(self.row(), *slot),
                _ => self.row()[slot.index()],
            },
            NodeKind::Field(input, column) => self.field(*input, *column).unwrap_or(node.ty.absent()),
            NodeKind::Key => self.key(node.ty),
            NodeKind::CommandId(name, time, times) => self.command_id(*name, *time, *times),
            NodeKind::Now => words::from_i64(self.now_ns),
            NodeKind::StreamNow => words::from_i64(self.entry.stream),
            NodeKind::Table { table, key, column } => self.table(*table, *key, *column, node.ty),
            NodeKind::Prim(prim, operands, fault) => self.prim(*prim, operands, *fault, node.ty),
            NodeKind::Call(function, operands, fault) => self.call(function, operands, *fault),
            NodeKind::Select(condition, then, otherwise) => match words::to_bool(self.eval(*condition)) {
                Some(true) => self.eval(*then),
                Some(false) => self.eval(*otherwise),
                None => node.ty.absent(),
            },
            NodeKind::Coalesce(first, second) => match self.eval(*first) {
                word if node.ty.is_present(word) => word,
                _ => self.eval(*second),
            },
            NodeKind::And(left, right) => match self.eval(*left) {
                FALSE => FALSE,
                TRUE => self.eval(*right),
                _ if self.eval(*right) == FALSE => FALSE,
                _ => ABSENT_BOOL,
            },
            NodeKind::Or(left, right) => match self.eval(*left) {
                TRUE => TRUE,
                FALSE => self.eval(*right),
                _ if self.eval(*right) == TRUE => TRUE,
                _ => ABSENT_BOOL,
            },
            NodeKind::Present(operand) => {
                let word = self.eval(*operand);
                words::from_bool(Some(plan.exprs.get(*operand).ty.is_present(word)))
            }
            NodeKind::Pick(items, index, fault) => self.pick(items, *index, *fault, node.ty),
        }
    }

    fn command_id(&mut self, name: u32, time: ExprId, times: ExprId) -> Word {
        let (time, times) = (self.eval(time), self.eval(times));
        if time == twin_types::ABSENT_INT || times == twin_types::ABSENT_INT {
            return twin_types::ABSENT_STRING;
        }
        let name = self.shard.texts.get(name as usize).map_or(&[][..], |name| name.as_bytes());
        let id = text::command_id(name, self.shard.keys.text(self.entry.slot), time, times);
        text::copy(self.shard.outputs, id.as_bytes())
    }

    fn prim(&mut self, prim: Prim, operands: &[ExprId], fault: Option<FaultId>, ty: Scalar) -> Word {
        let mut given = [0; 2];
        let mut is_absent = false;
        for (place, &operand) in given.iter_mut().zip(operands) {
            *place = self.eval(operand);
            is_absent |= !self.plan.exprs.get(operand).ty.is_present(*place);
        }
        if is_absent {
            return ty.absent();
        }
        if let Prim::CompareText(how) = prim {
            let [a, b] = given.map(|handle| self.text_bytes(handle).unwrap_or_default());
            return words::from_bool(Some(prims::compare(how, a.cmp(&b))));
        }
        prims::apply(prim, given[0], given[1]).unwrap_or_else(|| {
            if let Some(fault) = fault {
                self.fault(fault);
            }
            ty.absent()
        })
    }

    fn call(&mut self, function: &PureFn, operands: &[ExprId], fault: FaultId) -> Word {
        let mut given = [0.0; 3];
        for (place, &operand) in given.iter_mut().zip(operands) {
            *place = words::to_f64(self.eval(operand));
        }
        if given.iter().any(|x| x.is_nan()) {
            return ABSENT_REAL;
        }
        let [x, y, z] = given;
        let result = match function.call {
            PureArgs::One(call) => call(x),
            PureArgs::Two(call) => call(x, y),
            PureArgs::Three(call) => call(x, y, z),
        };
        if !result.is_finite() {
            self.fault(fault);
        }
        words::from_f64(result)
    }

    fn pick(&mut self, items: &[ExprId], index: ExprId, fault: FaultId, ty: Scalar) -> Word {
        let words: Vec<Word> = items.iter().map(|&item| self.eval(item)).collect();
        let index = self.eval(index);
        if !Scalar::Int.is_present(index) {
            return ty.absent();
        }
        let found = usize::try_from(words::to_i64(index)).ok().and_then(|index| words.get(index));
        if found.is_none() {
            self.fault(fault);
        }
        found.copied().unwrap_or(ty.absent())
    }

    /// The twin's key; a text is copied once per step.
    fn key(&mut self, ty: Scalar) -> Word {
        let keys = self.shard.keys;
        if ty != Scalar::String {
            return keys.int(self.entry.slot);
        }
        let text = keys.text(self.entry.slot);
        match self.key {
            Some(handle) => handle,
            None => *self.key.insert(text::copy(self.shard.outputs, text)),
        }
    }

    /// A word of a table's row. Its text is copied: the row may be another one in the next step.
    fn table(&mut self, table: u32, key: Option<ExprId>, column: Option<u32>, ty: Scalar) -> Word {
        let mut bytes = None;
        let key = match key {
            None => TableKey::Own(self.entry.slot),
            Some(key) => {
                let (scalar, word) = (self.plan.exprs.get(key).ty, self.eval(key));
                if !scalar.is_present(word) {
                    return if column.is_none() { FALSE } else { ty.absent() };
                }
                match scalar {
                    Scalar::String => TableKey::Text(bytes.insert(self.text_bytes(word).unwrap_or_default())),
                    _ => TableKey::Int(words::to_i64(word)),
                }
            }
        };
        let found = self.shard.tables.row(table, key, self.entry.at as usize, self.now_ns);
        match (found, column) {
            (found, None) => words::from_bool(Some(found.is_some())),
            (None, Some(_)) => ty.absent(),
            (Some((row, texts)), Some(column)) => {
                let word = row[column as usize];
                if ty != Scalar::String || word == ty.absent() {
                    return word;
                }
                let (_, offset, length) = twin_plan::kernel::text_parts(word);
                let text = texts.get(offset..offset + length).unwrap_or_default();
                text::copy(self.shard.outputs, text)
            }
        }
    }
}
