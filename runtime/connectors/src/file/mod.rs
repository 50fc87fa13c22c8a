//! Recorded topics in files.

mod arrow;
mod avro;
mod batches;
mod empty;
mod input;
mod kind;
mod parquet;
mod part;
mod reader;
mod records;
mod text;
mod writer;

pub use kind::{Compression, FileKind, bare_name, kind_of};
pub use reader::{Reading, open_files};
pub use records::RECORD_BYTES_MAX;
pub use writer::create_file;
