//! The short way for what nearly all fields are: one plain type, or that or null, for one column or for nobody.

use super::cursor::{Cursor, Step, TOO_SHORT};
use super::plan::Plan;
use super::schema::{AvroSchema, Type, TypeId};

/// A field of a plain type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quick {
    pub kind: QuickKind,
    /// The byte that says "null", and the one that says "a value follows"; for unions with null.
    branches: Option<(u8, u8)>,
    /// The column; `None` where nobody reads it.
    pub column: Option<u32>,
}

/// A plain type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QuickKind {
    Whole,
    Double,
    Float,
    Text,
}

/// The short way for a field, if there is one.
pub(super) fn quick_of(schema: &AvroSchema, ty: TypeId, plan: Option<&Plan>) -> Option<Quick> {
    let column = match plan {
        None => None,
        // Several columns of one value, or columns below a plain one, take the long way.
        Some(Plan { leaves, within, .. }) => match (leaves.as_slice(), within.len()) {
            ([column], 1) => Some(*column),
            _ => return None,
        },
    };
    let plain = |ty: TypeId| match (&schema.types[ty], column) {
        (Type::Int | Type::Long, _) | (Type::Instant(_) | Type::TimeOfDay(_), None) => Some(QuickKind::Whole),
        (Type::Double, _) => Some(QuickKind::Double),
        (Type::Float, _) => Some(QuickKind::Float),
        (Type::String, _) | (Type::Bytes, None) => Some(QuickKind::Text),
        _ => None,
    };
    let Type::Union(branches) = &schema.types[ty] else {
        return Some(Quick { kind: plain(ty)?, branches: None, column });
    };
    let &[first, second] = branches.as_slice() else { return None };
    let null = |ty: TypeId| schema.types[ty] == Type::Null;
    // A branch's number is a zigzag number: 0 and 1 are the bytes 0 and 2.
    match (null(first), null(second)) {
        (true, false) => Some(Quick { kind: plain(second)?, branches: Some((0, 2)), column }),
        (false, true) => Some(Quick { kind: plain(first)?, branches: Some((2, 0)), column }),
        _ => None,
    }
}

impl Quick {
    /// Goes past the branch; false where the value is null.
    #[inline(always)]
    pub fn enter(&self, cursor: &mut Cursor<'_>) -> Step<bool> {
        let Some((null, value)) = self.branches else { return Ok(true) };
        let byte = *cursor.bytes.get(cursor.at).ok_or(TOO_SHORT)?;
        if byte != null && byte != value {
            return Err("a branch that the schema does not have");
        }
        cursor.at += 1;
        Ok(byte == value)
    }

    /// Skips the value.
    #[inline(always)]
    pub fn skip(&self, cursor: &mut Cursor<'_>) -> Step<()> {
        if self.enter(cursor)? {
            match self.kind {
                QuickKind::Whole => drop(cursor.long()?),
                QuickKind::Double => drop(cursor.take(8)?),
                QuickKind::Float => drop(cursor.take(4)?),
                QuickKind::Text => drop(cursor.bytes()?),
            }
        }
        Ok(())
    }
}
