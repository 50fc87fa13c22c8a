//! From bytes and foreign columns to words.
//!
//! Everything here is driven by the columns that the program reads: nothing else of a record is decoded. A record
//! is taken whole or not at all, and every value that could not be taken is counted at its column.

pub(crate) mod avro;
pub(crate) mod columns;
pub(crate) mod csv;
pub(crate) mod envelope;
pub(crate) mod json;
pub(crate) mod number;
pub(crate) mod row;
pub(crate) mod target;
pub(crate) mod trouble;
