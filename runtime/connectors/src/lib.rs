//! Where records come from and where they go: decoders, encoders, and recorded topics in files.
//!
//! What enters are bytes (or columns of other libraries) and the list of columns that a program reads; what leaves are
//! words in a [`twin_plan::kernel::Batch`], and the other way round for sinks. Nothing but the columns asked for is
//! decoded. This crate never decides which step a twin takes, and knows no clock.
//!
//! - [`file`] has the readers and writers of files behind the engine's traits.
//! - [`JsonDecoder`], [`CsvDecoder`], [`AvroDecoder`] take single records, wherever they come from;
//!   [`JsonEncoder`], [`CsvEncoder`] write them.
//!
//! All of them agree on what a value is: see [`Trouble`] for what can be wrong with one. A required column that is
//! missing or cannot be read costs its record; an optional one, and any value outside `valid`, is absent and counted
//! at its column; of a value missing from the start only the absence is told.

mod decode;
mod encode;
pub mod file;
mod time;

pub use decode::avro::{AvroDecoder, AvroSchema};
pub use decode::csv::CsvDecoder;
pub use decode::envelope::{Envelope, NullValue};
pub use decode::json::{JsonDecoder, is_envelope};
pub use decode::trouble::{Refusal, Trouble};
pub use encode::csv::CsvEncoder;
pub use encode::json::JsonEncoder;
pub use time::TimePattern;
