//! Records told as they were: what was decoded of one, as JSON in the shape, names and units of the wire.
//!
//! So it can be compared with what the device sent, and be sent again. What the program does not read is not there.

use crate::shape::Shape;
use crate::value::{Written, names, push_count, push_json_text};
use twin_plan::kernel::Batch;
use twin_plan::{Column, Plan, TimeText};
use twin_types::{Scalar, Word, words};

/// The shapes of the records of sources, laid out when one is first told.
#[derive(Default)]
pub(crate) struct Shapes(Vec<Option<Shape>>);

impl Shapes {
    /// The shape of a source's records.
    pub fn of(&mut self, plan: &Plan, source: usize) -> &Shape {
        if self.0.len() <= source {
            self.0.resize(source + 1, None);
        }
        self.0[source].get_or_insert_with(|| Shape::of_columns(&plan.sources[source].columns))
    }
}

/// The decoded columns of a record; `find` says where each of them lies.
pub(crate) fn decoded<'a>(
    plan: &Plan,
    columns: &[Column],
    shape: &Shape,
    find: impl Fn(usize) -> (&'a Batch, usize),
) -> String {
    let mut out = String::new();
    push_record(&mut out, plan, columns, shape, &mut |at| {
        let (batch, row) = find(at);
        let word = batch.columns[at].get(row).copied().unwrap_or(columns[at].ty.absent());
        let is_text = columns[at].ty == Scalar::String && columns[at].ty.is_present(word);
        (word, if is_text { batch.text(word) } else { &[] })
    });
    out
}

/// A record as JSON; `value` gives the word of a column and, for a text, its bytes.
pub(crate) fn push_record<'a>(
    out: &mut String,
    plan: &Plan,
    columns: &[Column],
    shape: &Shape,
    value: &mut impl FnMut(usize) -> (Word, &'a [u8]),
) {
    match shape {
        Shape::Value(at) => match columns.get(*at) {
            Some(column) => {
                let (word, text) = value(*at);
                push_value(out, plan, column, word, text);
            }
            None => out.push_str("null"),
        },
        Shape::Object(fields) => {
            out.push('{');
            for (at, (name, part)) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                push_json_text(out, name);
                out.push(':');
                push_record(out, plan, columns, part, value);
            }
            out.push('}');
        }
        Shape::Array(items) => {
            out.push('[');
            for (at, part) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                match part {
                    Some(part) => push_record(out, plan, columns, part, value),
                    None => out.push_str("null"),
                }
            }
            out.push(']');
        }
    }
}

/// One value in the unit of the wire. A time that is a number there is one here; every other is RFC 3339, also where
/// the wire has a pattern of its own.
fn push_value(out: &mut String, plan: &Plan, column: &Column, word: Word, text: &[u8]) {
    match &column.time {
        Some(TimeText::Count(count)) if column.ty == Scalar::Timestamp && column.ty.is_present(word) => {
            push_count(out, words::to_i64(word), *count);
        }
        _ => {
            let names = if column.texts.is_empty() { names(column.ty, &plan.enums) } else { &column.texts };
            Written { word, ty: column.ty, unit: column.unit.as_ref(), text, names }.push_json(out);
        }
    }
}
