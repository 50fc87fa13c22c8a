//! Recorded topics in files.
//!
//! | ending | what is read |
//! | --- | --- |
//! | `.jsonl`, `.ndjson`, `.json` | one JSON object a line: values, or envelopes with the value in `value` |
//! | `.csv`, `.tsv` | separated values as the source's `format` says, else with commas (tabs) and a header |
//! | `.parquet`, `.pq` | Parquet: only the columns that are read, and of some only the rows that need them |
//! | `.arrow`, `.arrows`, `.ipc`, `.feather` | Arrow IPC, as a file or as a stream |
//! | `.avro` | an Avro object container (null, deflate, snappy, zstandard) |
//!
//! Text may be compressed as a whole: `.gz`, `.zst` behind these. Another ending leaves the choice to the source's
//! `format`. A file of no bytes holds no records. Of a damaged file everything that can be read is read; what cannot is
//! one reject that names file and place.
//!
//! Text may be decoded by several threads: it is cut into blocks of whole records, one after the other, and the blocks are
//! shared out. Whatever the number of threads, the same is read, and a position of one is a position of the other.
//!
//! A record may have [`RECORD_BYTES_MAX`] bytes of text. Records are counted from 0 through all files of a log, those
//! that are set aside too, unless envelopes tell their offsets. Blank lines are no records.

mod arrow;
mod avro;
mod batches;
mod board;
mod decoded;
mod decoder;
mod empty;
mod feed;
mod guard;
mod input;
mod kind;
mod parquet;
mod part;
mod profile;
mod reader;
mod records;
mod stretches;
mod text;
mod workers;
mod writer;

pub use kind::{Compression, FileKind, bare_name, kind_of};
pub use profile::{ColumnProfile, DISTINCT_MAX, Profile, profile};
pub use reader::{Reading, open_files, open_files_with};
pub use records::RECORD_BYTES_MAX;
pub use writer::create_file;
