//! Rows as Arrow columns, for the formats that have such.
//!
//! | field | column |
//! | --- | --- |
//! | bool, int, string | Boolean, Int64, Utf8 |
//! | real, quantities | Float64 in the unit, the nearest to the decimal that a text would hold |
//! | enum | Utf8 |
//! | timestamp | Timestamp in nanoseconds, UTC; Utf8 where a pattern is given |
//! | duration | Float64 in its unit (seconds where there is none) |
//!
//! A field's unit stands in the metadata of its column, as `unit`.

use super::decimal;
use super::value::{Field as RowField, FieldKind};
use arrow::array::{
    ArrayRef, ArrowPrimitiveType, BooleanArray, ListArray, NullArray, PrimitiveArray, RecordBatch,
    StringBuilder, StructArray, new_null_array,
};
use arrow::buffer::{NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    DataType, Field, Fields, Float64Type, Int64Type, Schema, SchemaRef, TimeUnit, TimestampNanosecondType,
};
use arrow::error::ArrowError;
use std::collections::HashMap;
use std::sync::Arc;
use twin_engine::{RowColumn, RowType, Shape};
use twin_plan::kernel::Batch;
use twin_types::{Scalar, Word, words};

/// Makes record batches of rows.
#[derive(Debug)]
pub(crate) struct ColumnsEncoder {
    fields: Vec<RowField>,
    columns: Vec<RowColumn>,
    shape: Shape,
    schema: SchemaRef,
}

impl ColumnsEncoder {
    /// Lays the columns out; errors in words.
    pub fn new(columns: &[RowColumn]) -> Result<ColumnsEncoder, String> {
        let fields = columns.iter().map(RowField::new).collect::<Result<Vec<_>, _>>()?;
        let shape = Shape::of(columns.iter().map(|column| column.path.as_slice()))?;
        let mut encoder =
            ColumnsEncoder { fields, columns: columns.to_vec(), shape, schema: Arc::new(Schema::empty()) };
        let Shape::Object(parts) = &encoder.shape else { return Err("a record is an object".to_string()) };
        let top =
            parts.iter().map(|(name, shape)| encoder.field(name, shape)).collect::<Result<Vec<_>, _>>()?;
        encoder.schema = Arc::new(Schema::new(top));
        Ok(encoder)
    }

    /// The columns' names and types.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// All rows of a batch.
    pub fn batch(&self, rows: &Batch) -> Result<RecordBatch, ArrowError> {
        let Shape::Object(parts) = &self.shape else {
            return Ok(RecordBatch::new_empty(self.schema.clone()));
        };
        let arrays =
            parts.iter().zip(self.schema.fields()).map(|((_, shape), field)| self.array(shape, field, rows));
        RecordBatch::try_new(self.schema.clone(), arrays.collect::<Result<_, _>>()?)
    }

    fn field(&self, name: &str, shape: &Shape) -> Result<Field, String> {
        Ok(match shape {
            Shape::Value(at) => self.value_field(name, *at),
            Shape::Object(parts) => {
                let inner = parts.iter().map(|(name, shape)| self.field(name, shape));
                Field::new(name, DataType::Struct(inner.collect::<Result<Fields, _>>()?), false)
            }
            Shape::Array(items) => {
                let mut kinds = items.iter().flatten().map(|item| self.field("item", item));
                let Some(first) = kinds.next().transpose()? else {
                    return Err(format!("`{name}` has no items"));
                };
                if let Some(other) =
                    kinds.find(|kind| kind.as_ref().is_ok_and(|k| k.data_type() != first.data_type()))
                {
                    return Err(format!(
                        "the items of `{name}` differ: {} and {}",
                        first.data_type(),
                        other?.data_type()
                    ));
                }
                Field::new(name, DataType::List(Arc::new(first.with_nullable(true))), false)
            }
        })
    }

    fn value_field(&self, name: &str, at: usize) -> Field {
        let ty = match &self.fields[at].kind {
            FieldKind::Bool => DataType::Boolean,
            FieldKind::Int => DataType::Int64,
            FieldKind::Real(_) | FieldKind::Duration(_) => DataType::Float64,
            FieldKind::Count(_) if self.is_duration(at) => DataType::Float64,
            FieldKind::Count(_) | FieldKind::Time(super::value::TimeWriter::Rfc3339) => {
                DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
            }
            FieldKind::Time(_) | FieldKind::Enum(_) | FieldKind::String | FieldKind::Json => DataType::Utf8,
        };
        let field = Field::new(name, ty, true);
        match &self.columns[at].unit {
            Some(unit) => field.with_metadata(HashMap::from([("unit".to_string(), unit.symbol.clone())])),
            None => field,
        }
    }

    fn is_duration(&self, at: usize) -> bool {
        self.columns[at].ty == RowType::Scalar(Scalar::Duration)
    }

    fn array(&self, shape: &Shape, field: &Field, rows: &Batch) -> Result<ArrayRef, ArrowError> {
        match (shape, field.data_type()) {
            (Shape::Value(at), _) => Ok(self.values(*at, rows)),
            (Shape::Object(parts), DataType::Struct(fields)) => {
                let arrays =
                    parts.iter().zip(fields).map(|((_, shape), field)| self.array(shape, field, rows));
                let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
                Ok(Arc::new(StructArray::try_new(fields.clone(), arrays, None)?))
            }
            (Shape::Array(items), DataType::List(item)) => self.list(items, item, rows),
            _ => Ok(Arc::new(NullArray::new(rows.rows))),
        }
    }

    /// One list a row: the columns of its items, taken in turn.
    fn list(&self, items: &[Option<Shape>], item: &Arc<Field>, rows: &Batch) -> Result<ArrayRef, ArrowError> {
        let column = |shape: &Option<Shape>| match shape {
            Some(shape) => self.array(shape, item, rows),
            None => Ok(new_null_array(item.data_type(), rows.rows)),
        };
        let columns = items.iter().map(column).collect::<Result<Vec<_>, _>>()?;
        let views: Vec<_> = columns.iter().map(AsRef::as_ref).collect();
        let order: Vec<_> =
            (0..rows.rows).flat_map(|row| (0..items.len()).map(move |at| (at, row))).collect();
        let values = arrow::compute::interleave(&views, &order)?;
        let offsets = (0..=rows.rows).map(|row| (row * items.len()) as i32).collect::<ScalarBuffer<_>>();
        Ok(Arc::new(ListArray::try_new(item.clone(), OffsetBuffer::new(offsets), values, None)?))
    }

    fn values(&self, at: usize, rows: &Batch) -> ArrayRef {
        let field = &self.fields[at];
        let column = rows.columns.get(at).map(Vec::as_slice).unwrap_or_default();
        match &field.kind {
            FieldKind::Bool => {
                let truth = |word: &Word| field.is_present(*word).then_some(*word == twin_types::TRUE);
                Arc::new(column.iter().map(truth).collect::<BooleanArray>())
            }
            FieldKind::Int => Arc::new(numbers::<Int64Type>(field, column, words::to_i64)),
            FieldKind::Real(unit) => Arc::new(numbers::<Float64Type>(field, column, |word| match unit {
                Some(unit) => decimal::quantity(words::to_f64(word), unit),
                None => words::to_f64(word),
            })),
            FieldKind::Duration(unit) => Arc::new(numbers::<Float64Type>(field, column, |word| {
                decimal::duration(words::to_i64(word), unit.as_ref())
            })),
            FieldKind::Count(count) if self.is_duration(at) => {
                let number = |word| words::to_i64(word) as f64 / *count as f64;
                Arc::new(numbers::<Float64Type>(field, column, number))
            }
            FieldKind::Count(_) | FieldKind::Time(super::value::TimeWriter::Rfc3339) => {
                let times = numbers::<TimestampNanosecondType>(field, column, words::to_i64);
                Arc::new(times.with_timezone("UTC"))
            }
            FieldKind::Time(_) | FieldKind::Enum(_) | FieldKind::String | FieldKind::Json => {
                texts(field, column, rows)
            }
        }
    }
}

/// A column of numbers; mostly all of them are there.
fn numbers<T: ArrowPrimitiveType>(
    field: &RowField,
    column: &[Word],
    number: impl Fn(Word) -> T::Native,
) -> PrimitiveArray<T> {
    let is_present = |word: &Word| field.is_present(*word);
    if column.iter().all(is_present) {
        return PrimitiveArray::from_iter_values(column.iter().map(|word| number(*word)));
    }
    let of = |word: &Word| if is_present(word) { number(*word) } else { T::default_value() };
    let nulls = NullBuffer::new(column.iter().map(is_present).collect());
    PrimitiveArray::new(column.iter().map(of).collect(), Some(nulls))
}

fn texts(field: &RowField, column: &[Word], rows: &Batch) -> ArrayRef {
    let mut builder = StringBuilder::new();
    let (mut bare, mut text) = (Vec::new(), Vec::new());
    for word in column {
        text.clear();
        match field.write(*word, rows, &mut bare, &mut text) {
            super::value::Written::Absent => builder.append_null(),
            _ => builder.append_value(String::from_utf8_lossy(&text)),
        }
    }
    Arc::new(builder.finish())
}
