//! One pass over a record.

use super::cursor::{Cursor, DEPTH_MAX, Step};
use super::plan::{Below, Plan};
use super::quick::{Quick, QuickKind};
use super::schema::{AvroSchema, Type};
use crate::decode::number;
use crate::decode::row::Row;
use crate::decode::target::{Taken, Target};
use crate::decode::trouble::Trouble;
use twin_plan::kernel::Batch;

/// Everything that a pass works on.
pub(super) struct Scan<'a> {
    pub cursor: Cursor<'a>,
    pub schema: &'a AvroSchema,
    pub row: &'a mut Row,
    pub targets: &'a [Target],
    /// Targets behind those of the program.
    pub around: &'a [Target],
    pub batch: &'a mut Batch,
}

impl Scan<'_> {
    /// Takes the value at the place.
    pub fn value(&mut self, plan: &Plan, depth: usize) -> Step<()> {
        if depth > DEPTH_MAX {
            return Err("values are nested too deep");
        }
        match (&self.schema.types[plan.ty], &plan.below) {
            (Type::Record(_), Below::Record(fields)) => {
                self.wrong_type(&plan.leaves);
                for field in fields {
                    match (&field.quick, &field.plan) {
                        (Some(quick), _) => self.quick(quick)?,
                        (None, Some(plan)) => self.value(plan, depth + 1)?,
                        (None, None) => self.cursor.skip(self.schema, field.ty, depth + 1)?,
                    }
                }
                Ok(())
            }
            (Type::Union(branches), Below::Union(plans)) => {
                let branch = self.cursor.index(branches.len())?;
                self.value(&plans[branch], depth + 1)
            }
            (Type::Array(item), Below::Array(plans)) => self.array(*item, plans, &plan.leaves, depth),
            (Type::Map(value), Below::Map(plans)) => self.map(*value, plans, &plan.leaves, depth),
            _ => {
                if plan.leaves.len() != plan.within.len() {
                    self.wrong_type(&plan.within);
                }
                self.plain(plan)
            }
        }
    }

    /// Takes or skips a field by the short way. A null leaves its column missing, as it is from the start.
    #[inline(always)]
    fn quick(&mut self, quick: &Quick) -> Step<()> {
        let target = quick.column.map(|column| (column as usize, self.targets.get(column as usize)));
        let Some((column, target)) = target else { return quick.skip(&mut self.cursor) };
        if !quick.enter(&mut self.cursor)? {
            return Ok(());
        }
        let target = target.or_else(|| self.around.get(column - self.targets.len()));
        let Some(target) = target else { return Ok(()) };
        let taken = match quick.kind {
            QuickKind::Whole => target.whole(self.cursor.long()?, self.batch),
            QuickKind::Double => target.real(self.cursor.double()?),
            QuickKind::Float => target.real(f64::from(self.cursor.float()?)),
            QuickKind::Text => {
                let text = self.cursor.bytes()?;
                match std::str::from_utf8(text) {
                    Ok(_) => target.text(text, self.batch),
                    Err(_) => Err(Trouble::WrongType),
                }
            }
        };
        self.row.set(column, taken, (0, 0));
        Ok(())
    }

    fn wrong_type(&mut self, columns: &[u32]) {
        for column in columns {
            self.row.set(*column as usize, Err(Trouble::WrongType), (0, 0));
        }
    }

    fn array(&mut self, item: usize, plans: &[Option<Plan>], leaves: &[u32], depth: usize) -> Step<()> {
        self.wrong_type(leaves);
        let mut cursor = self.cursor.clone();
        let mut at = 0;
        let done = cursor.items(|cursor| {
            let plan = plans.get(at).and_then(Option::as_ref);
            at += 1;
            let Some(plan) = plan else { return cursor.skip(self.schema, item, depth + 1) };
            self.cursor.at = cursor.at;
            self.value(plan, depth + 1)?;
            cursor.at = self.cursor.at;
            Ok(())
        });
        self.cursor.at = cursor.at;
        done
    }

    fn map(&mut self, value: usize, plans: &[(Box<[u8]>, Plan)], leaves: &[u32], depth: usize) -> Step<()> {
        self.wrong_type(leaves);
        let mut cursor = self.cursor.clone();
        let done = cursor.items(|cursor| {
            let key = cursor.bytes()?;
            let plan = plans.iter().find(|(there, _)| **there == *key).map(|(_, plan)| plan);
            let Some(plan) = plan else { return cursor.skip(self.schema, value, depth + 1) };
            self.cursor.at = cursor.at;
            self.value(plan, depth + 1)?;
            cursor.at = self.cursor.at;
            Ok(())
        });
        self.cursor.at = cursor.at;
        done
    }

    /// Takes a value that has no parts.
    #[inline]
    fn plain(&mut self, plan: &Plan) -> Step<()> {
        let leaves = &plan.leaves;
        match &self.schema.types[plan.ty] {
            Type::Null => {
                for column in &plan.within {
                    self.row.set(*column as usize, Err(Trouble::Missing), (0, 0));
                }
            }
            Type::Boolean => {
                let value = self.cursor.boolean()?;
                let text: &[u8] = if value { b"true" } else { b"false" };
                self.give(leaves, |target, batch| target.truth(value, text, batch));
            }
            Type::Int | Type::Long => {
                let value = self.cursor.long()?;
                self.give(leaves, |target, batch| target.whole(value, batch));
            }
            Type::Float => {
                let value = f64::from(self.cursor.float()?);
                self.give(leaves, |target, _| target.real(value));
            }
            Type::Double => {
                let value = self.cursor.double()?;
                self.give(leaves, |target, _| target.real(value));
            }
            Type::String | Type::Bytes => {
                let text = self.cursor.bytes()?;
                self.give_bytes(leaves, text);
            }
            Type::Fixed(size) => {
                let text = self.cursor.take(*size)?;
                self.give_bytes(leaves, text);
            }
            Type::Enum(symbols) => {
                let symbol = &symbols[self.cursor.index(symbols.len())?];
                self.give(leaves, |target, batch| target.text(symbol, batch));
            }
            Type::Instant(nanos) => {
                let value = self.cursor.long()?.checked_mul(*nanos);
                self.give(leaves, |target, _| target.instant(value));
            }
            Type::TimeOfDay(nanos) => {
                let value = self.cursor.long()?.checked_mul(*nanos);
                self.give(leaves, |target, _| target.duration(value));
            }
            Type::Decimal { scale, fixed } => {
                let unscaled = self.cursor.unscaled(*fixed)?;
                let text = unscaled.map(|number| format!("{number}e-{scale}"));
                self.give(leaves, |target, batch| match &text {
                    Some(text) => give_decimal(target, text, batch),
                    None => Err(Trouble::DoesNotFit),
                });
            }
            Type::Record(_) | Type::Array(_) | Type::Map(_) | Type::Union(_) | Type::Pending => {
                self.cursor.skip(self.schema, plan.ty, 0)?;
                self.wrong_type(leaves);
            }
        }
        Ok(())
    }

    #[inline]
    fn give(&mut self, leaves: &[u32], taken: impl Fn(&Target, &mut Batch) -> Taken) {
        for column in leaves {
            let column = *column as usize;
            let count = self.targets.len();
            let target = if column < count { &self.targets[column] } else { &self.around[column - count] };
            self.row.set(column, taken(target, self.batch), (0, 0));
        }
    }

    /// Bytes are a text where they are UTF-8.
    fn give_bytes(&mut self, leaves: &[u32], text: &[u8]) {
        let is_text = std::str::from_utf8(text).is_ok();
        self.give(
            leaves,
            |target, batch| if is_text { target.text(text, batch) } else { Err(Trouble::WrongType) },
        );
    }
}

fn give_decimal(target: &Target, text: &str, batch: &mut Batch) -> Taken {
    match number::scan(text.as_bytes(), 0) {
        Some((decimal, _)) => target.decimal(decimal, text.as_bytes(), batch),
        None => Err(Trouble::WrongType),
    }
}
