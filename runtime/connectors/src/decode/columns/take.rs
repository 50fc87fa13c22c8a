//! Taking the values of one array as words.

use super::locate::{Located, Places};
use crate::decode::number;
use crate::decode::target::{Taken, Target};
use crate::decode::trouble::Trouble;
use arrow::array::{Array, ArrayRef, AsArray, UnionArray};
use arrow::buffer::ScalarBuffer;
use arrow::datatypes::*;
use twin_plan::kernel::Batch;
use twin_types::Word;

/// The words of a column behind those of earlier rows, and the rows that have none.
#[derive(Default)]
pub(super) struct Words {
    /// The column of the chunk, which is lent for this.
    pub words: Vec<Word>,
    /// Where the rows at hand begin.
    pub first: usize,
    /// By row, ascending; the words there mean nothing.
    pub troubles: Vec<(u32, Trouble)>,
}

impl Words {
    /// Goes on behind what a column has.
    pub fn behind(words: Vec<Word>) -> Words {
        Words { first: words.len(), words, troubles: Vec::new() }
    }

    /// A column that is missing in all rows.
    pub fn miss(&mut self, rows: usize) {
        self.words.resize(self.first + rows, 0);
        self.troubles.extend((0..rows as u32).map(|row| (row, Trouble::Missing)));
    }

    #[inline]
    fn push(&mut self, taken: Taken) {
        if let Err(trouble) = taken {
            self.troubles.push(((self.words.len() - self.first) as u32, trouble));
        }
        self.words.push(taken.unwrap_or(0));
    }

    /// The word of a row, where it has one.
    pub fn word(&self, row: usize) -> Option<Word> {
        let has_none = self.troubles.binary_search_by_key(&(row as u32), |(row, _)| *row).is_ok();
        (!has_none).then(|| self.words[self.first + row])
    }
}

/// Takes the values of so many rows.
pub(super) fn take(target: &Target, located: &Located, rows: usize, out: &mut Words, batch: &mut Batch) {
    if !take_all(target, located, &mut out.words) {
        take_each(target, located, rows, out, batch);
    }
}

/// Takes values that are all there and are all numbers or instants, as they nearly always are; false where they are
/// not, then nothing was taken.
fn take_all(target: &Target, Located { array, places }: &Located, out: &mut Vec<Word>) -> bool {
    if !matches!(places, Places::Same) || array.null_count() > 0 {
        return false;
    }
    macro_rules! values {
        ($type:ty) => {
            array.as_primitive::<$type>().values().iter()
        };
    }
    match array.data_type() {
        DataType::Float64 => target.reals(values!(Float64Type).copied(), out),
        DataType::Float32 => target.reals(values!(Float32Type).map(|v| f64::from(*v)), out),
        DataType::Int64 => target.wholes(values!(Int64Type).copied(), out),
        DataType::Int32 => target.wholes(values!(Int32Type).map(|v| i64::from(*v)), out),
        DataType::Int16 => target.wholes(values!(Int16Type).map(|v| i64::from(*v)), out),
        DataType::UInt32 => target.wholes(values!(UInt32Type).map(|v| i64::from(*v)), out),
        DataType::Timestamp(unit, _) => target.instants(ticks(array).iter().copied(), nanos_of(*unit), out),
        _ => false,
    }
}

/// Takes the values one by one.
fn take_each(target: &Target, located: &Located, rows: usize, out: &mut Words, batch: &mut Batch) {
    let Located { array, places } = located;
    let mut each = |value: &mut dyn FnMut(usize, &mut Batch) -> Taken| {
        for row in 0..rows {
            out.push(match places.of(row).filter(|at| array.is_valid(*at)) {
                Some(at) => value(at, batch),
                None => Err(Trouble::Missing),
            });
        }
    };
    macro_rules! values {
        ($type:ty, |$value:ident, $batch:ident| $taken:expr) => {{
            let array = array.as_primitive::<$type>();
            each(&mut |at, $batch| {
                let $value = array.value(at);
                let _ = &$batch;
                $taken
            })
        }};
    }
    match array.data_type() {
        DataType::Float64 => values!(Float64Type, |v, _b| target.real(v)),
        DataType::Float32 => values!(Float32Type, |v, _b| target.real(f64::from(v))),
        DataType::Float16 => values!(Float16Type, |v, _b| target.real(v.to_f64())),
        DataType::Int64 => values!(Int64Type, |v, b| target.whole(v, b)),
        DataType::Int32 => values!(Int32Type, |v, b| target.whole(i64::from(v), b)),
        DataType::Int16 => values!(Int16Type, |v, b| target.whole(i64::from(v), b)),
        DataType::Int8 => values!(Int8Type, |v, b| target.whole(i64::from(v), b)),
        DataType::UInt32 => values!(UInt32Type, |v, b| target.whole(i64::from(v), b)),
        DataType::UInt16 => values!(UInt16Type, |v, b| target.whole(i64::from(v), b)),
        DataType::UInt8 => values!(UInt8Type, |v, b| target.whole(i64::from(v), b)),
        DataType::UInt64 => values!(UInt64Type, |v, b| match i64::try_from(v) {
            Ok(v) => target.whole(v, b),
            Err(_) => decimal(target, &v.to_string(), b),
        }),
        DataType::Boolean => {
            let array = array.as_boolean();
            each(&mut |at, batch| truth(target, array.value(at), batch));
        }
        DataType::Utf8 => {
            let array = array.as_string::<i32>();
            each(&mut |at, batch| target.text(array.value(at).as_bytes(), batch));
        }
        DataType::LargeUtf8 => {
            let array = array.as_string::<i64>();
            each(&mut |at, batch| target.text(array.value(at).as_bytes(), batch));
        }
        DataType::Utf8View => {
            let array = array.as_string_view();
            each(&mut |at, batch| target.text(array.value(at).as_bytes(), batch));
        }
        DataType::Binary => {
            let array = array.as_binary::<i32>();
            each(&mut |at, batch| bytes(target, array.value(at), batch));
        }
        DataType::LargeBinary => {
            let array = array.as_binary::<i64>();
            each(&mut |at, batch| bytes(target, array.value(at), batch));
        }
        DataType::BinaryView => {
            let array = array.as_binary_view();
            each(&mut |at, batch| bytes(target, array.value(at), batch));
        }
        DataType::FixedSizeBinary(_) => {
            let array = array.as_fixed_size_binary();
            each(&mut |at, batch| bytes(target, array.value(at), batch));
        }
        DataType::Timestamp(unit, _) => {
            let (count, ticks) = (nanos_of(*unit), ticks(array));
            each(&mut |at, _| target.instant(ticks[at].checked_mul(count)));
        }
        DataType::Date64 => values!(Date64Type, |v, _b| target.instant(v.checked_mul(1_000_000))),
        DataType::Date32 => {
            values!(Date32Type, |v, _b| target.instant(i64::from(v).checked_mul(86_400_000_000_000)))
        }
        DataType::Duration(unit) | DataType::Time64(unit) => {
            let (count, ticks) = (nanos_of(*unit), ticks(array));
            each(&mut |at, _| target.duration(ticks[at].checked_mul(count)));
        }
        DataType::Time32(TimeUnit::Second) => {
            values!(Time32SecondType, |v, _b| target.duration(Some(i64::from(v) * 1_000_000_000)))
        }
        DataType::Time32(_) => {
            values!(Time32MillisecondType, |v, _b| target.duration(Some(i64::from(v) * 1_000_000)))
        }
        DataType::Decimal32(..) => {
            let array = array.as_primitive::<Decimal32Type>();
            each(&mut |at, batch| decimal(target, &array.value_as_string(at), batch));
        }
        DataType::Decimal64(..) => {
            let array = array.as_primitive::<Decimal64Type>();
            each(&mut |at, batch| decimal(target, &array.value_as_string(at), batch));
        }
        DataType::Decimal128(..) => {
            let array = array.as_primitive::<Decimal128Type>();
            each(&mut |at, batch| decimal(target, &array.value_as_string(at), batch));
        }
        DataType::Decimal256(..) => {
            let array = array.as_primitive::<Decimal256Type>();
            each(&mut |at, batch| decimal(target, &array.value_as_string(at), batch));
        }
        DataType::Dictionary(..) => dictionary(target, located, rows, out, batch),
        DataType::Union(..) => union(target, located, rows, out, batch),
        DataType::Null => each(&mut |_, _| Err(Trouble::Missing)),
        // Lists, structs, maps, intervals and what is new: nothing that a column could be.
        _ => each(&mut |_, _| Err(Trouble::WrongType)),
    }
}

fn truth(target: &Target, value: bool, batch: &mut Batch) -> Taken {
    target.truth(value, if value { b"true" } else { b"false" }, batch)
}

/// Bytes are a text where they are UTF-8: some writers leave the mark for texts out.
fn bytes(target: &Target, value: &[u8], batch: &mut Batch) -> Taken {
    if std::str::from_utf8(value).is_ok() { target.text(value, batch) } else { Err(Trouble::WrongType) }
}

fn decimal(target: &Target, text: &str, batch: &mut Batch) -> Taken {
    match number::scan(text.as_bytes(), 0) {
        Some((decimal, _)) => target.decimal(decimal, text.as_bytes(), batch),
        None => Err(Trouble::WrongType),
    }
}

fn nanos_of(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1_000_000_000,
        TimeUnit::Millisecond => 1_000_000,
        TimeUnit::Microsecond => 1000,
        TimeUnit::Nanosecond => 1,
    }
}

/// The whole numbers behind a time of any unit.
fn ticks(array: &ArrayRef) -> ScalarBuffer<i64> {
    let data = array.to_data();
    ScalarBuffer::new(data.buffers()[0].clone(), data.offset(), data.len())
}

/// Every value of a dictionary is taken once; equal texts share their handle.
fn dictionary(target: &Target, located: &Located, rows: usize, out: &mut Words, batch: &mut Batch) {
    let dictionary = located.array.as_any_dictionary();
    let values = Located { array: dictionary.values().clone(), places: Places::Same };
    let mut taken = Words::default();
    take(target, &values, values.array.len(), &mut taken, batch);
    let mut by_value: Vec<Taken> = taken.words.into_iter().map(Ok).collect();
    for (at, trouble) in taken.troubles {
        by_value[at as usize] = Err(trouble);
    }
    let keys = dictionary.normalized_keys();
    for row in 0..rows {
        let place = located.places.of(row).filter(|at| dictionary.is_valid(*at));
        out.push(place.and_then(|at| by_value.get(keys[at]).copied()).unwrap_or(Err(Trouble::Missing)));
    }
}

/// Every kind of a union's values is taken by itself, then the rows are put together.
fn union(target: &Target, located: &Located, rows: usize, out: &mut Words, batch: &mut Batch) {
    let Some(unions) = located.array.as_any().downcast_ref::<UnionArray>() else {
        return out.miss(rows);
    };
    let mut merged: Vec<Taken> = vec![Err(Trouble::Missing); rows];
    let mut kinds: Vec<i8> = unions.type_ids().to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    for kind in kinds {
        let place = |row| {
            let at: usize = located.places.of(row)?;
            (unions.type_id(at) == kind).then(|| unions.value_offset(at) as u32)
        };
        let places: Vec<Option<u32>> = (0..rows).map(place).collect();
        let of_kind = Located { array: unions.child(kind).clone(), places: Places::By(places) };
        let mut taken = Words::default();
        take(target, &of_kind, rows, &mut taken, batch);
        let Places::By(places) = &of_kind.places else { continue };
        for row in (0..rows).filter(|row| places[*row].is_some()) {
            merged[row] = Ok(taken.words[row]);
        }
        for (row, trouble) in taken.troubles.into_iter().filter(|(row, _)| places[*row as usize].is_some()) {
            merged[row as usize] = Err(trouble);
        }
    }
    merged.into_iter().for_each(|taken| out.push(taken));
}
