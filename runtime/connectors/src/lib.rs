//! Where records come from and go to.

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
