//! The engine: time, order, state, outputs and checkpoints of a run.

pub mod log;

pub use log::{
    Chunk, ColumnFaults, FileMark, LogError, Position, Progress, RecordReader, RecordWriter, Reject,
    RejectReason, RowColumn, RowSchema, RowType,
};
