//! Records of Avro as JSON, for rejects and messages.

use super::cursor::{Cursor, DEPTH_MAX, Step};
use super::schema::{AvroSchema, Type, TypeId};
use crate::decode::envelope::VALUE;
use crate::encode::decimal::{push_int, push_real};
use crate::encode::json::push_text;
use crate::time::write_rfc3339;
use twin_plan::PathStep;

/// A whole record.
pub(super) fn record(schema: &AvroSchema, bytes: &[u8]) -> String {
    let mut out = Vec::new();
    let mut cursor = Cursor { bytes, at: 0 };
    // What was shown before the bytes were found to be damaged is better than nothing.
    let _ = show(&mut cursor, schema, schema.root, &mut out, 0);
    String::from_utf8_lossy(&out).into_owned()
}

/// The value at a path, where it leads through records only.
pub(super) fn value_at(schema: &AvroSchema, bytes: &[u8], path: &[PathStep]) -> Option<String> {
    let mut cursor = Cursor { bytes, at: 0 };
    let mut ty = schema.root;
    for step in path {
        ty = enter(&mut cursor, schema, ty, step)?;
    }
    let mut out = Vec::new();
    show(&mut cursor, schema, ty, &mut out, 0).ok()?;
    Some(String::from_utf8_lossy(&out).into_owned())
}

/// Goes to the start of a field.
fn enter(cursor: &mut Cursor<'_>, schema: &AvroSchema, ty: TypeId, step: &PathStep) -> Option<TypeId> {
    let PathStep::Name(name) = step else { return None };
    match &schema.types[ty] {
        Type::Record(fields) => {
            for (there, ty) in fields {
                if there == name {
                    return Some(*ty);
                }
                cursor.skip(schema, *ty, 0).ok()?;
            }
            None
        }
        Type::Union(branches) => {
            let branch = branches[cursor.index(branches.len()).ok()?];
            enter(cursor, schema, branch, step)
        }
        _ => None,
    }
}

/// Whether an envelope's value is null.
pub(super) fn is_null_value(schema: &AvroSchema, bytes: &[u8]) -> bool {
    let mut cursor = Cursor { bytes, at: 0 };
    let there = enter(&mut cursor, schema, schema.root, &PathStep::Name(VALUE.to_string()));
    let Some(ty) = there else { return false };
    match &schema.types[ty] {
        Type::Null => true,
        Type::Union(branches) => {
            cursor.index(branches.len()).is_ok_and(|branch| schema.types[branches[branch]] == Type::Null)
        }
        _ => false,
    }
}

fn show(
    cursor: &mut Cursor<'_>,
    schema: &AvroSchema,
    ty: TypeId,
    out: &mut Vec<u8>,
    depth: usize,
) -> Step<()> {
    if depth > DEPTH_MAX {
        return Err("values are nested too deep");
    }
    match &schema.types[ty] {
        Type::Null | Type::Pending => out.extend_from_slice(b"null"),
        Type::Boolean => out.extend_from_slice(if cursor.boolean()? { b"true" } else { b"false" }),
        Type::Int | Type::Long | Type::TimeOfDay(_) => push_int(out, cursor.long()?),
        Type::Float => push_finite(out, f64::from(cursor.float()?)),
        Type::Double => push_finite(out, cursor.double()?),
        Type::Bytes | Type::String => push_text(out, cursor.bytes()?),
        Type::Fixed(size) => push_text(out, cursor.take(*size)?),
        Type::Enum(symbols) => push_text(out, &symbols[cursor.index(symbols.len())?]),
        Type::Instant(nanos) => show_instant(out, cursor.long()?, *nanos),
        Type::Decimal { scale, fixed } => {
            let number = cursor.unscaled(*fixed)?.unwrap_or(0);
            out.extend_from_slice(format!("{number}e-{scale}").as_bytes());
        }
        Type::Record(fields) => {
            for (at, (name, ty)) in fields.iter().enumerate() {
                out.push(if at == 0 { b'{' } else { b',' });
                push_text(out, name.as_bytes());
                out.push(b':');
                show(cursor, schema, *ty, out, depth + 1)?;
            }
            out.extend_from_slice(if fields.is_empty() { b"{}" } else { b"}" });
        }
        Type::Array(item) => {
            let mut mark = b'[';
            cursor.items(|cursor| {
                out.push(std::mem::replace(&mut mark, b','));
                show(cursor, schema, *item, out, depth + 1)
            })?;
            out.extend_from_slice(if mark == b'[' { b"[]" } else { b"]" });
        }
        Type::Map(value) => {
            let mut mark = b'{';
            cursor.items(|cursor| {
                out.push(std::mem::replace(&mut mark, b','));
                push_text(out, cursor.bytes()?);
                out.push(b':');
                show(cursor, schema, *value, out, depth + 1)
            })?;
            out.extend_from_slice(if mark == b'{' { b"{}" } else { b"}" });
        }
        Type::Union(branches) => {
            let branch = branches[cursor.index(branches.len())?];
            show(cursor, schema, branch, out, depth + 1)?;
        }
    }
    Ok(())
}

fn push_finite(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        push_real(out, value);
    } else {
        out.extend_from_slice(if value.is_nan() { b"NaN" } else { b"Infinity" });
    }
}

fn show_instant(out: &mut Vec<u8>, ticks: i64, nanos: i64) {
    match ticks.checked_mul(nanos) {
        Some(time) => {
            out.push(b'"');
            write_rfc3339(out, time);
            out.push(b'"');
        }
        None => push_int(out, ticks),
    }
}
