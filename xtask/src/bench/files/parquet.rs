//! Parquet by way of its own library: the columns that are used, decoded in large batches and copied once.

use super::Trouble;
use crate::bench::stream::{FIELDS, Stream};
use arrow::array::{ArrayRef, AsArray, Float64Array, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Float64Type, Int64Type, Schema};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::Compression;
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

/// Rows written at a time.
const WRITTEN_ROWS: usize = 131_072;
/// Rows read at a time.
const READ_ROWS: usize = 65_536;

pub(super) fn write(stream: &Stream, path: &Path) -> Result<(), Trouble> {
    let mut fields =
        vec![Field::new("car_id", DataType::Int64, false), Field::new("ts", DataType::Int64, false)];
    fields.extend(FIELDS.iter().map(|name| Field::new(*name, DataType::Float64, false)));
    let schema = Arc::new(Schema::new(fields));
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = ArrowWriter::try_new(File::create(path)?, schema.clone(), Some(properties))?;
    let rows = stream.time.len();
    for start in (0..rows).step_by(WRITTEN_ROWS) {
        let piece = start..rows.min(start + WRITTEN_ROWS);
        let cars = stream.car[piece.clone()].iter().map(|car| i64::from(*car));
        let times = stream.time[piece.clone()].iter().map(|time| time / 1_000_000);
        let mut arrays: Vec<ArrayRef> =
            vec![Arc::new(Int64Array::from_iter_values(cars)), Arc::new(Int64Array::from_iter_values(times))];
        for column in &stream.columns {
            arrays.push(Arc::new(Float64Array::from(column[piece.clone()].to_vec())));
        }
        writer.write(&RecordBatch::try_new(schema.clone(), arrays)?)?;
    }
    writer.close()?;
    Ok(())
}

pub(super) fn read(path: &Path, fields: &[usize], take: &mut dyn FnMut(&Stream)) -> Result<(), Trouble> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(File::open(path)?)?;
    let names = ["car_id", "ts"].into_iter().chain(fields.iter().map(|field| FIELDS[*field]));
    let mask = ProjectionMask::columns(builder.parquet_schema(), names);
    let mut events = Stream::default();
    for batch in builder.with_projection(mask).with_batch_size(READ_ROWS).build()? {
        let batch = batch?;
        let column = |name: &str| batch.column_by_name(name).ok_or(format!("there is no column {name}"));
        events.clear();
        let times = column("ts")?.as_primitive::<Int64Type>().values();
        events.time.extend(times.iter().map(|ms| ms * 1_000_000));
        let cars = column("car_id")?.as_primitive::<Int64Type>().values();
        events.car.extend(cars.iter().map(|car| *car as u32));
        for field in fields {
            let values = column(FIELDS[*field])?.as_primitive::<Float64Type>().values();
            events.columns[*field].extend_from_slice(values);
        }
        take(&events);
    }
    Ok(())
}
