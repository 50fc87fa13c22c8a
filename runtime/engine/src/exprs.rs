//! Evaluates the few expressions that the engine itself needs: keys, times and filters of sources, limits of silence.
//!
//! One record at a time, lazily as the plan asks; filters that cannot fault are done column by column ([`filter`]).

use std::cmp::Ordering;
use twin_plan::kernel::{Batch, TableKey, TextSpace, text_handle, text_parts};
use twin_plan::{Compare, ExprId, Exprs, FaultId, NodeKind, Prim, Slot};
use twin_types::{PureArgs, Scalar, Word, words};

/// What an expression reads besides constants.
pub(crate) trait Scope {
    /// A column of the record at hand.
    fn field(&self, column: u32) -> Option<Word>;
    /// A word of the twin's row.
    fn slot(&self, _: Slot) -> Option<Word> {
        None
    }
    /// A value of the twin.
    fn value(&self, _: twin_plan::ValueId) -> Option<Word> {
        None
    }
    /// A column of a table's row, or whether there is one.
    fn table(&self, _: u32, _: Option<TableKey<'_>>, _: Option<u32>) -> Option<Word> {
        None
    }
    /// The bytes of a text.
    fn text(&self, handle: Word) -> &[u8];
    /// Time of the step and the stream clock.
    fn times(&self) -> (Word, Word) {
        (twin_types::ABSENT_INT, twin_types::ABSENT_INT)
    }
}

/// The value of an expression.
pub(crate) fn evaluate(exprs: &Exprs, id: ExprId, scope: &impl Scope, faults: &mut [u64]) -> Word {
    let node = exprs.get(id);
    let absent = node.ty.absent();
    let present = |id: ExprId, word: Word| exprs.get(id).ty.is_present(word);
    match &node.kind {
        NodeKind::Const(word) => *word,
        NodeKind::Text(n) => text_handle(TextSpace::Literal, u64::from(*n), 0),
        NodeKind::Value(id) => scope.value(*id).unwrap_or(absent),
        NodeKind::Slot(slot) => scope.slot(*slot).unwrap_or(absent),
        NodeKind::Field(_, column) => scope.field(*column).unwrap_or(absent),
        NodeKind::Key | NodeKind::CommandId(..) => absent,
        NodeKind::Now => scope.times().0,
        NodeKind::StreamNow => scope.times().1,
        NodeKind::Table { table, key, column } => {
            let found = match key {
                None => scope.table(*table, None, *column),
                Some(key) => {
                    let word = evaluate(exprs, *key, scope, faults);
                    match (present(*key, word), exprs.get(*key).ty) {
                        (false, _) => None,
                        (true, Scalar::String) => {
                            scope.table(*table, Some(TableKey::Text(scope.text(word))), *column)
                        }
                        (true, _) => scope.table(*table, Some(TableKey::Int(words::to_i64(word))), *column),
                    }
                }
            };
            found.unwrap_or(if column.is_none() { twin_types::FALSE } else { absent })
        }
        NodeKind::Prim(op, args, fault) => {
            let mut operands = [0; 2];
            for (operand, arg) in operands.iter_mut().zip(args) {
                *operand = evaluate(exprs, *arg, scope, faults);
                if !present(*arg, *operand) {
                    return absent;
                }
            }
            prim(*op, operands, scope).unwrap_or_else(|| count(faults, *fault, absent))
        }
        NodeKind::Call(function, args, fault) => {
            let mut operands = [0.0; 3];
            for (operand, arg) in operands.iter_mut().zip(args) {
                *operand = words::to_f64(evaluate(exprs, *arg, scope, faults));
                if operand.is_nan() {
                    return absent;
                }
            }
            let result = match function.call {
                PureArgs::One(f) => f(operands[0]),
                PureArgs::Two(f) => f(operands[0], operands[1]),
                PureArgs::Three(f) => f(operands[0], operands[1], operands[2]),
            };
            if result.is_finite() { result.to_bits() } else { count(faults, Some(*fault), absent) }
        }
        NodeKind::Select(when, then, otherwise) => match evaluate(exprs, *when, scope, faults) {
            twin_types::TRUE => evaluate(exprs, *then, scope, faults),
            twin_types::FALSE => evaluate(exprs, *otherwise, scope, faults),
            _ => absent,
        },
        NodeKind::Coalesce(first, second) => {
            let word = evaluate(exprs, *first, scope, faults);
            if present(*first, word) { word } else { evaluate(exprs, *second, scope, faults) }
        }
        NodeKind::And(left, right) => match evaluate(exprs, *left, scope, faults) {
            twin_types::FALSE => twin_types::FALSE,
            left => kleene_and(left, evaluate(exprs, *right, scope, faults)),
        },
        NodeKind::Or(left, right) => match evaluate(exprs, *left, scope, faults) {
            twin_types::TRUE => twin_types::TRUE,
            left => kleene_or(left, evaluate(exprs, *right, scope, faults)),
        },
        NodeKind::Present(x) => Word::from(present(*x, evaluate(exprs, *x, scope, faults))),
        NodeKind::Pick(items, index, fault) => {
            let at = evaluate(exprs, *index, scope, faults);
            if !present(*index, at) {
                return absent;
            }
            match usize::try_from(words::to_i64(at)).ok().and_then(|at| items.get(at)) {
                Some(item) => evaluate(exprs, *item, scope, faults),
                None => count(faults, Some(*fault), absent),
            }
        }
    }
}

fn count(faults: &mut [u64], place: Option<FaultId>, absent: Word) -> Word {
    if let Some(n) = place.and_then(|p| faults.get_mut(p.0 as usize)) {
        *n += 1;
    }
    absent
}

fn kleene_and(left: Word, right: Word) -> Word {
    match (left, right) {
        (twin_types::FALSE, _) | (_, twin_types::FALSE) => twin_types::FALSE,
        (twin_types::TRUE, twin_types::TRUE) => twin_types::TRUE,
        _ => twin_types::ABSENT_BOOL,
    }
}

fn kleene_or(left: Word, right: Word) -> Word {
    match (left, right) {
        (twin_types::TRUE, _) | (_, twin_types::TRUE) => twin_types::TRUE,
        (twin_types::FALSE, twin_types::FALSE) => twin_types::FALSE,
        _ => twin_types::ABSENT_BOOL,
    }
}

/// An operation on present words; `None` is a fault.
fn prim(op: Prim, [a, b]: [Word; 2], scope: &impl Scope) -> Option<Word> {
    use Prim::*;
    let (x, y) = (words::to_f64(a), words::to_f64(b));
    let (m, n) = (words::to_i64(a), words::to_i64(b));
    let real = |value: f64| value.is_finite().then(|| value.to_bits());
    let int = |value: Option<i64>| value.filter(|v| *v != i64::MIN).map(words::from_i64);
    let whole = |value: f64| int((value.abs() < 9_223_372_036_854_775_808.0).then_some(value as i64));
    let holds = |how: Compare, order: Ordering| Some(Word::from(compare(how, order)));
    match op {
        NegReal => real(-x),
        AddReal => real(x + y),
        SubReal => real(x - y),
        MulReal => real(x * y),
        DivReal => real(x / y),
        AbsReal => real(x.abs()),
        SqrtReal => real(libm::sqrt(x)),
        MinReal => real(if y < x { y } else { x }),
        MaxReal => real(if y > x { y } else { x }),
        Floor => whole(libm::floor(x)),
        Ceil => whole(libm::ceil(x)),
        Trunc => whole(libm::trunc(x)),
        Round => whole(libm::rint(x)),
        NegInt => int(m.checked_neg()),
        AddInt => int(m.checked_add(n)),
        SubInt => int(m.checked_sub(n)),
        MulInt => int(m.checked_mul(n)),
        DivInt => int(floor_div(m, n)),
        ModInt => int(floor_div(m, n).map(|q| m - q * n)),
        AbsInt => int(m.checked_abs()),
        MinInt => int(Some(m.min(n))),
        MaxInt => int(Some(m.max(n))),
        CompareReal(how) => holds(how, x.partial_cmp(&y)?),
        CompareInt(how) => holds(how, m.cmp(&n)),
        CompareBool(how) => holds(how, a.cmp(&b)),
        CompareText(how) => holds(how, scope.text(a).cmp(scope.text(b))),
        Not => Some(1 - a),
        IntToReal => real(m as f64),
        NanosToSeconds => real(twin_types::seconds_from_nanos(m)),
        SecondsToNanos => int(twin_types::nanos_from_seconds(x)),
        BoolToInt => Some(a),
        IntToOrdered => real(words::ordered_from_i64(m)),
        OrderedToInt => int(Some(words::i64_from_ordered(x))),
        TextWithin(most) => (scope.text(a).len() <= most as usize).then_some(a),
    }
}

fn floor_div(m: i64, n: i64) -> Option<i64> {
    let quotient = m.checked_div(n)?;
    Some(if m % n != 0 && (m < 0) != (n < 0) { quotient - 1 } else { quotient })
}

fn compare(how: Compare, order: Ordering) -> bool {
    match how {
        Compare::Eq => order.is_eq(),
        Compare::Ne => order.is_ne(),
        Compare::Lt => order.is_lt(),
        Compare::Le => order.is_le(),
        Compare::Gt => order.is_gt(),
        Compare::Ge => order.is_ge(),
    }
}

/// One record of a batch, for a source's own expressions.
pub(crate) struct RecordScope<'a> {
    pub batch: &'a Batch,
    pub row: usize,
    pub literals: &'a [String],
}

impl Scope for RecordScope<'_> {
    fn field(&self, column: u32) -> Option<Word> {
        self.batch.columns.get(column as usize)?.get(self.row).copied()
    }

    fn text(&self, handle: Word) -> &[u8] {
        record_text(self.batch, self.literals, handle)
    }
}

/// The bytes of a text of a record or of the program.
pub(crate) fn record_text<'a>(batch: &'a Batch, literals: &'a [String], handle: Word) -> &'a [u8] {
    match text_parts(handle) {
        (space, number, _) if space == TextSpace::Literal as u64 => {
            literals.get(number).map_or(&[], |text| text.as_bytes())
        }
        _ => batch.text(handle),
    }
}

/// A filter over all rows of a batch at once, where its form allows that; the words are bools.
pub(crate) fn filter(exprs: &Exprs, id: ExprId, batch: &Batch) -> Option<Vec<Word>> {
    match &exprs.get(id).kind {
        NodeKind::And(left, right) => {
            let (left, right) = (filter(exprs, *left, batch)?, filter(exprs, *right, batch)?);
            Some(left.iter().zip(&right).map(|(l, r)| kleene_and(*l, *r)).collect())
        }
        NodeKind::Or(left, right) => {
            let (left, right) = (filter(exprs, *left, batch)?, filter(exprs, *right, batch)?);
            Some(left.iter().zip(&right).map(|(l, r)| kleene_or(*l, *r)).collect())
        }
        NodeKind::Prim(Prim::CompareReal(how), args, _) => {
            let [left, right] = args.as_slice() else { return None };
            let NodeKind::Field(_, column) = exprs.get(*left).kind else { return None };
            let NodeKind::Const(bound) = exprs.get(*right).kind else { return None };
            let bound = words::to_f64(bound);
            Some(batch.columns.get(column as usize)?.iter().map(|w| compare_real(*how, *w, bound)).collect())
        }
        NodeKind::Field(_, column) => Some(batch.columns.get(*column as usize)?.clone()),
        _ => None,
    }
}

fn compare_real(how: Compare, word: Word, bound: f64) -> Word {
    let x = words::to_f64(word);
    let holds = match how {
        Compare::Eq => x == bound,
        Compare::Ne => x != bound,
        Compare::Lt => x < bound,
        Compare::Le => x <= bound,
        Compare::Gt => x > bound,
        Compare::Ge => x >= bound,
    };
    if x.is_nan() || bound.is_nan() { twin_types::ABSENT_BOOL } else { Word::from(holds) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use twin_diagnostics::Span;

    #[test]
    fn a_filter_says_the_same_by_columns_and_by_records() {
        let mut exprs = Exprs::default();
        let span = Span::default();
        let x = exprs.push(NodeKind::Field(0, 0), Scalar::Real, span);
        let low = exprs.push(NodeKind::Const(1.0f64.to_bits()), Scalar::Real, span);
        let high = exprs.push(NodeKind::Const(3.0f64.to_bits()), Scalar::Real, span);
        let above = exprs.push(
            NodeKind::Prim(Prim::CompareReal(Compare::Gt), vec![x, low], None),
            Scalar::Bool,
            span,
        );
        let below = exprs.push(
            NodeKind::Prim(Prim::CompareReal(Compare::Le), vec![x, high], None),
            Scalar::Bool,
            span,
        );
        let both = exprs.push(NodeKind::And(above, below), Scalar::Bool, span);
        let column: Vec<Word> = [0.0, 1.0, 2.0, 3.0, 4.0]
            .iter()
            .map(|x: &f64| x.to_bits())
            .chain([twin_types::ABSENT_REAL])
            .collect();
        let batch = Batch { rows: column.len(), columns: vec![column], texts: Vec::new() };
        let by_columns = filter(&exprs, both, &batch).unwrap();
        let by_records: Vec<Word> = (0..batch.rows)
            .map(|row| evaluate(&exprs, both, &RecordScope { batch: &batch, row, literals: &[] }, &mut []))
            .collect();
        assert_eq!(by_columns, by_records);
        assert_eq!(by_columns, [0, 0, 1, 1, 0, 2]);
    }
}
