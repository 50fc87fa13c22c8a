//! A row that was set aside as JSON, for people.

use crate::encode::json::push_text;
use arrow::array::{
    Array, AsArray, FixedSizeListArray, GenericListArray, OffsetSizeTrait, RecordBatch, StructArray,
};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// What was read of a row: objects, arrays and numbers as they are, everything else as the text that shows it.
pub(super) fn row(batch: &RecordBatch, row: usize) -> String {
    let mut out = Vec::new();
    push_object(&mut out, &StructArray::from(batch.clone()), row);
    String::from_utf8_lossy(&out).into_owned()
}

/// A value as a text; `None` where there is none.
pub(super) fn text(array: &dyn Array, at: usize) -> Option<String> {
    if array.is_null(at) {
        return None;
    }
    let options = FormatOptions::default().with_display_error(true);
    let formatter = ArrayFormatter::try_new(array, &options).ok()?;
    Some(formatter.value(at).to_string())
}

fn push_value(out: &mut Vec<u8>, array: &dyn Array, at: usize) {
    if array.is_null(at) {
        return out.extend_from_slice(b"null");
    }
    match array.data_type() {
        DataType::Struct(_) => push_object(out, array.as_struct(), at),
        DataType::List(_) => push_list::<i32>(out, array.as_list(), at),
        DataType::LargeList(_) => push_list::<i64>(out, array.as_list(), at),
        DataType::FixedSizeList(..) => {
            let list: &FixedSizeListArray = array.as_fixed_size_list();
            push_items(out, &list.value(at));
        }
        _ => match text(array, at) {
            Some(text) if is_bare(array.data_type(), &text) => out.extend_from_slice(text.as_bytes()),
            Some(text) => push_text(out, text.as_bytes()),
            None => out.extend_from_slice(b"null"),
        },
    }
}

/// Whether a text stands in JSON without quotes; a float that is no number does not.
fn is_bare(ty: &DataType, text: &str) -> bool {
    let is_number = ty.is_numeric() && text.bytes().next_back().is_some_and(|last| last.is_ascii_digit());
    is_number || *ty == DataType::Boolean
}

fn push_object(out: &mut Vec<u8>, object: &StructArray, at: usize) {
    out.push(b'{');
    for (place, (field, column)) in object.fields().iter().zip(object.columns()).enumerate() {
        if place > 0 {
            out.push(b',');
        }
        push_text(out, field.name().as_bytes());
        out.push(b':');
        push_value(out, column, at);
    }
    out.push(b'}');
}

fn push_list<O: OffsetSizeTrait>(out: &mut Vec<u8>, list: &GenericListArray<O>, at: usize) {
    push_items(out, &list.value(at));
}

fn push_items(out: &mut Vec<u8>, items: &dyn Array) {
    out.push(b'[');
    for at in 0..items.len() {
        if at > 0 {
            out.push(b',');
        }
        push_value(out, items, at);
    }
    out.push(b']');
}
