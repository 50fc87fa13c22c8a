//! The engine: time, order, state, outputs and checkpoints of a run.
//!
//! What enters: a plan, a kernel for each of its twin types, and readers that give decoded records as columns of
//! words. What leaves: rows of words for the sinks, and a summary. In between, the engine decides *which* steps
//! happen to *which* twin, at which log position and in which order; a kernel carries them out.
//!
//! The engine never decodes a byte and never writes a file but its checkpoints. It reads no wall clock but to say
//! how long a run took and to keep pace with one that is slowed down (`clock`). Nothing that it says depends on how
//! many records it takes at a time, on how many threads it has, or on where it was stopped and went on.
//!
//! In the order in which a record meets them: [`log`] (readers), `prepare` (time, key, fate), `partition` and `intake`
//! (one merged log: `round`, `ring`, `runs`, `needed`), `stream` (its clock), `tables` and `versions`, `twin` and
//! `interner` (who it is for), `shard` (`duplicates`), then either `queue` and `calendar` (twins to which only events of one
//! input happen) or `group`, `silence` and `patience` (all others), `moment` (at which log position), then the kernel,
//! then `collect`, `render`, `late`, `wire`, `sinks` (what is written in which order).

mod ahead;
mod calendar;
mod checkpoint;
mod clock;
mod codec;
mod collect;
mod duplicates;
mod engine;
mod error;
mod exprs;
mod group;
mod intake;
mod interner;
mod late;
pub mod log;
mod moment;
mod needed;
mod partition;
mod patience;
mod prepare;
mod queue;
mod reject;
mod render;
mod ring;
mod round;
mod rows;
mod runs;
mod shape;
mod shard;
mod silence;
mod sinks;
mod stored;
mod stream;
mod summary;
mod tables;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod twin;
pub mod value;
mod versions;
mod wire;
mod work;

pub use checkpoint::has_checkpoint;
pub use engine::{Engine, Every, Inputs, OnProgress, Options, RunProgress, Writers};
pub use error::EngineError;
pub use log::{
    Chunk, ColumnFaults, FileMark, LogError, Position, Progress, RecordReader, RecordWriter, Reject,
    RejectReason, RowColumn, RowSchema, RowType,
};
pub use shape::{Shape, field_name, flat_name};
pub use sinks::{BUILT_IN, schemas};
pub use summary::{AlertCount, Summary};
