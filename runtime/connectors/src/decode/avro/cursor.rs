//! The pieces of Avro's binary form.

use super::schema::{AvroSchema, Type, TypeId};

/// What is wrong with the bytes.
pub(super) type Step<T> = Result<T, &'static str>;

/// Types that contain themselves may nest their values so deep.
pub(super) const DEPTH_MAX: usize = 128;
/// Items that take no bytes at all (arrays of null) may be so many.
const EMPTY_ITEMS_MAX: u64 = 1 << 20;

pub(super) const TOO_SHORT: &str = "the record ends too soon";

/// A place in the bytes of a record or of a block of records.
#[derive(Clone, Debug)]
pub(super) struct Cursor<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    /// A whole number: seven bits a byte, the sign lowest.
    #[inline(always)]
    pub fn long(&mut self) -> Step<i64> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte < 0x80 => {
                self.at += 1;
                Ok(i64::from(byte >> 1) ^ -i64::from(byte & 1))
            }
            _ => self.long_of_several(),
        }
    }

    fn long_of_several(&mut self) -> Step<i64> {
        let mut value = 0u64;
        let mut shift = 0;
        loop {
            let byte = *self.bytes.get(self.at).ok_or(TOO_SHORT)?;
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
            shift += 7;
            if shift > 63 {
                return Err("a number is longer than ten bytes");
            }
        }
    }

    #[inline]
    pub fn take(&mut self, count: usize) -> Step<&'a [u8]> {
        let end = self.at.checked_add(count).ok_or(TOO_SHORT)?;
        let taken = self.bytes.get(self.at..end).ok_or(TOO_SHORT)?;
        self.at = end;
        Ok(taken)
    }

    #[inline]
    pub fn float(&mut self) -> Step<f32> {
        let bytes = self.take(4)?;
        Ok(f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    #[inline]
    pub fn double(&mut self) -> Step<f64> {
        let bytes = self.take(8)?;
        Ok(f64::from_le_bytes(std::array::from_fn(|at| bytes[at])))
    }

    /// Bytes or a text, behind their length.
    #[inline]
    pub fn bytes(&mut self) -> Step<&'a [u8]> {
        let length = usize::try_from(self.long()?).map_err(|_| "a length is negative")?;
        self.take(length)
    }

    pub fn boolean(&mut self) -> Step<bool> {
        match self.take(1)? {
            [0] => Ok(false),
            [1] => Ok(true),
            _ => Err("a truth value is neither 0 nor 1"),
        }
    }

    /// Which of so many, of an enum or a union.
    pub fn index(&mut self, count: usize) -> Step<usize> {
        let index = self.long()?;
        usize::try_from(index)
            .ok()
            .filter(|at| *at < count)
            .ok_or("a branch or symbol that the schema does not have")
    }

    /// The whole number of a decimal, highest byte first.
    pub fn unscaled(&mut self, fixed: Option<usize>) -> Step<Option<i128>> {
        let bytes = match fixed {
            Some(size) => self.take(size)?,
            None => self.bytes()?,
        };
        if bytes.len() > 16 {
            return Ok(None);
        }
        let sign = if bytes.first().is_some_and(|b| b & 0x80 != 0) { -1 } else { 0 };
        Ok(Some(bytes.iter().fold(sign, |value: i128, byte| value << 8 | i128::from(*byte))))
    }

    /// Calls for every item of an array or map.
    pub fn items(&mut self, mut item: impl FnMut(&mut Self) -> Step<()>) -> Step<()> {
        let mut empty = 0;
        loop {
            let mut count = self.long()?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                // Behind a negative count stands the size in bytes, for who wants to skip.
                self.long()?;
                count = count.checked_neg().ok_or("a count is out of range")?;
            }
            for _ in 0..count {
                let before = self.at;
                item(self)?;
                empty += u64::from(self.at == before);
                if empty > EMPTY_ITEMS_MAX {
                    return Err("an array has too many items");
                }
            }
        }
    }

    /// Skips a value that nobody reads.
    pub fn skip(&mut self, schema: &AvroSchema, ty: TypeId, depth: usize) -> Step<()> {
        if depth > DEPTH_MAX {
            return Err("values are nested too deep");
        }
        match &schema.types[ty] {
            Type::Null | Type::Pending => {}
            Type::Boolean => drop(self.boolean()?),
            Type::Int | Type::Long | Type::Instant(_) | Type::TimeOfDay(_) => drop(self.long()?),
            Type::Float => drop(self.take(4)?),
            Type::Double => drop(self.take(8)?),
            Type::Bytes | Type::String | Type::Decimal { fixed: None, .. } => drop(self.bytes()?),
            Type::Fixed(size) | Type::Decimal { fixed: Some(size), .. } => drop(self.take(*size)?),
            Type::Enum(symbols) => drop(self.index(symbols.len())?),
            Type::Record(fields) => {
                for (_, ty) in fields {
                    self.skip(schema, *ty, depth + 1)?;
                }
            }
            Type::Array(item) => self.items(|cursor| cursor.skip(schema, *item, depth + 1))?,
            Type::Map(item) => self.items(|cursor| {
                cursor.bytes()?;
                cursor.skip(schema, *item, depth + 1)
            })?,
            Type::Union(branches) => {
                let branch = branches[self.index(branches.len())?];
                self.skip(schema, branch, depth + 1)?;
            }
        }
        Ok(())
    }
}
