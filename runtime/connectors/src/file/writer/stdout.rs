//! JSON Lines on the standard output.

use crate::encode::json::JsonEncoder;
use std::io::{self, Write};
use twin_engine::{LogError, Position, RecordWriter, RowSchema};
use twin_plan::kernel::Batch;

/// Prints rows.
pub(super) struct StdoutWriter {
    encoder: JsonEncoder,
    held: Vec<u8>,
}

const NAME: &str = "stdout";

impl StdoutWriter {
    pub fn new(schema: &RowSchema) -> Result<StdoutWriter, String> {
        Ok(StdoutWriter { encoder: JsonEncoder::new(&schema.columns)?, held: Vec::new() })
    }
}

impl RecordWriter for StdoutWriter {
    fn write(&mut self, rows: &Batch) -> Result<(), LogError> {
        // Somebody may be watching, so nothing is held back from one round to the next.
        self.encoder.rows(rows, &mut self.held);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), LogError> {
        let mut output = io::stdout().lock();
        let done = output.write_all(&self.held).and_then(|()| output.flush());
        self.held.clear();
        done.map_err(|error| LogError::Io { name: NAME.to_string(), error })
    }

    fn position(&mut self) -> Result<Position, LogError> {
        self.flush()?;
        Ok(Position::default())
    }

    /// What was printed cannot be taken back.
    fn restore(&mut self, _position: &Position) -> Result<(), LogError> {
        self.held.clear();
        Ok(())
    }

    fn finish(&mut self) -> Result<(), LogError> {
        self.flush()
    }

    fn name(&self) -> &str {
        NAME
    }
}
