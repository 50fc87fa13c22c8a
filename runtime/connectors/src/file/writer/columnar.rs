//! Parquet, Arrow and Avro files.

use super::Output;
use crate::encode::columns::ColumnsEncoder;
use crate::file::kind::FileKind;
use arrow::datatypes::{DataType, Fields, Schema};
use arrow::ipc::writer::FileWriter;
use arrow::record_batch::RecordBatch;
use arrow_avro::compression::CompressionCodec;
use arrow_avro::errors::AvroError;
use arrow_avro::writer::format::{AvroFormat, AvroOcfFormat};
use arrow_avro::writer::{Writer as AvroWriter, WriterBuilder};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, Encoding};
use parquet::file::properties::WriterProperties;
use parquet::schema::types::ColumnPath;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use twin_engine::LogError;
use twin_plan::kernel::Batch;

/// Rows of a row group of Parquet: sixteen blocks.
const GROUP_ROWS: usize = 16 * super::gather::BLOCK_ROWS;

/// Bytes of a dictionary of Parquet, sixteen thousand numbers. Columns that have more different values in a row group
/// gain little by one, and to look up each value is most of the work of writing it.
const DICTIONARY_BYTES: usize = 128 << 10;

/// A columnar file in the making.
pub(super) struct ColumnarFile {
    encoder: ColumnsEncoder,
    writer: Writer,
}

enum Writer {
    Parquet(Box<ArrowWriter<File>>),
    Arrow(Box<FileWriter<BufWriter<File>>>),
    Avro(Box<AvroWriter<BufWriter<File>, SteadyAvro>>),
}

impl ColumnarFile {
    pub fn create(output: &Output, file: File) -> Result<ColumnarFile, LogError> {
        let encoder =
            ColumnsEncoder::new(&output.schema.columns).map_err(|e| super::format_error(&output.path, e))?;
        let schema = encoder.schema().clone();
        let writer = match output.kind {
            FileKind::Parquet => ArrowWriter::try_new(file, schema.clone(), Some(properties(&schema)))
                .map(|w| Writer::Parquet(Box::new(w)))
                .map_err(|e| failed(output, e)),
            FileKind::Avro => WriterBuilder::new(named_for_avro(&schema, output))
                .with_compression(Some(CompressionCodec::Snappy))
                .build::<_, SteadyAvro>(BufWriter::new(file))
                .map(|w| Writer::Avro(Box::new(w)))
                .map_err(|e| failed(output, e)),
            _ => FileWriter::try_new(BufWriter::new(file), &schema)
                .map(|w| Writer::Arrow(Box::new(w)))
                .map_err(|e| failed(output, e)),
        };
        Ok(ColumnarFile { encoder, writer: writer? })
    }

    /// Writes a block of rows.
    pub fn write(&mut self, rows: &Batch, output: &Output) -> Result<(), LogError> {
        let batch = self.encoder.batch(rows).map_err(|e| failed(output, e))?;
        match &mut self.writer {
            Writer::Parquet(writer) => writer.write(&batch).map_err(|e| failed(output, e)),
            Writer::Arrow(writer) => writer.write(&batch).map_err(|e| failed(output, e)),
            Writer::Avro(writer) => {
                let schema = named_for_avro(batch.schema_ref(), output);
                let named = RecordBatch::try_new(schema.into(), batch.columns().to_vec());
                let named = named.map_err(|e| failed(output, e))?;
                writer.write(&named).map_err(|e| failed(output, e))
            }
        }
    }

    /// Writes what stands at the end.
    pub fn finish(self, output: &Output) -> Result<(), LogError> {
        match self.writer {
            Writer::Parquet(writer) => writer.close().map(|_| ()).map_err(|e| failed(output, e)),
            Writer::Arrow(mut writer) => writer.finish().map_err(|e| failed(output, e)),
            Writer::Avro(mut writer) => writer.finish().map_err(|e| failed(output, e)),
        }
    }
}

fn properties(schema: &Schema) -> WriterProperties {
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::LZ4_RAW)
        .set_max_row_group_row_count(Some(GROUP_ROWS))
        .set_dictionary_page_size_limit(DICTIONARY_BYTES)
        .set_created_by("twin".to_string());
    // Times hardly ever come again, but the next is never far.
    for path in times(schema.fields(), &[]) {
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    properties.build()
}

/// The columns that hold times.
fn times(fields: &Fields, within: &[String]) -> Vec<ColumnPath> {
    let mut paths = Vec::new();
    for field in fields {
        let path = [within, std::slice::from_ref(field.name())].concat();
        match field.data_type() {
            DataType::Timestamp(..) => paths.push(ColumnPath::new(path)),
            DataType::Struct(parts) => paths.extend(times(parts, &path)),
            _ => {}
        }
    }
    paths
}

/// The record's name in an Avro schema is the sink's.
fn named_for_avro(schema: &Schema, output: &Output) -> Schema {
    let mut metadata = schema.metadata().clone();
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    metadata.insert("avro.name".to_string(), output.schema.name.chars().map(word).collect());
    Schema::new_with_metadata(schema.fields().clone(), metadata)
}

/// The system's error where there is one below, else the library's words.
fn failed(output: &Output, error: impl std::error::Error + 'static) -> LogError {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = source {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            let io = io
                .raw_os_error()
                .map_or_else(|| io::Error::other(io.to_string()), io::Error::from_raw_os_error);
            return LogError::Io { name: output.name.clone(), error: io };
        }
        source = error.source();
    }
    super::format_error(&output.path, error.to_string())
}

/// An Avro container whose sync marker does not differ from run to run.
#[derive(Debug, Default)]
struct SteadyAvro;

/// Any sixteen bytes that data are not likely to hold.
const SYNC_MARKER: [u8; 16] = *b"\x9ctwin\xe2\x80\xa6marker\xf5\x07";

impl AvroFormat for SteadyAvro {
    const NEEDS_PREFIX: bool = AvroOcfFormat::NEEDS_PREFIX;

    fn start_stream<W: Write>(
        &mut self,
        writer: &mut W,
        schema: &Schema,
        compression: Option<CompressionCodec>,
    ) -> Result<(), AvroError> {
        let mut head = Vec::new();
        AvroOcfFormat::default().start_stream(&mut head, schema, compression)?;
        let before_marker = head.len() - SYNC_MARKER.len();
        head.truncate(before_marker);
        head.extend_from_slice(&SYNC_MARKER);
        writer.write_all(&head)?;
        Ok(())
    }

    fn sync_marker(&self) -> Option<&[u8; 16]> {
        Some(&SYNC_MARKER)
    }
}
