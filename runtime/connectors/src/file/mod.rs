//! Recorded topics in files.

mod arrow;
mod avro;
mod batches;
mod empty;
mod guard;
mod input;
mod kind;
mod parquet;
mod part;
mod profile;
mod reader;
mod records;
mod text;
mod writer;

pub use kind::{Compression, FileKind, bare_name, kind_of};
pub use profile::{ColumnProfile, DISTINCT_MAX, Profile, profile};
pub use reader::{Reading, open_files};
pub use records::RECORD_BYTES_MAX;
pub use writer::create_file;
