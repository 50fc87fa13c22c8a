//! Logs in memory: a reader of one record, and writers that hand rows to whoever wants to see them.

use twin_engine::{Chunk, LogError, Position, Progress, RecordReader, RecordWriter};
use twin_plan::kernel::Batch;
use twin_plan::{Duplicates, Exprs, Format, KeyPlan, Plan, SourcePlan, TimePlan};

/// What a writer does with its rows.
pub(crate) type TakeRows = Box<dyn FnMut(&Batch) + Send>;

/// Hands the rows of a sink to a closure.
pub(crate) struct Tap {
    name: String,
    take: TakeRows,
}

impl Tap {
    pub fn new(name: &str, take: impl FnMut(&Batch) + Send + 'static) -> Box<Tap> {
        Box::new(Tap { name: name.to_string(), take: Box::new(take) })
    }
}

impl RecordWriter for Tap {
    fn write(&mut self, rows: &Batch) -> Result<(), LogError> {
        (self.take)(rows);
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn position(&mut self) -> Result<Position, LogError> {
        Ok(Position::default())
    }

    fn restore(&mut self, _: &Position) -> Result<(), LogError> {
        Ok(())
    }

    fn finish(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// The one record of the source that moves the stream clock.
pub(crate) struct LastMoment {
    /// When; taken when it was read.
    pub time: Option<i64>,
}

impl LastMoment {
    /// Adds the source that it is read from: nobody listens to it.
    pub fn add_source(plan: &mut Plan) {
        plan.sources.push(SourcePlan {
            name: "the clock of the test".to_string(),
            topic: String::new(),
            format: Format::Json,
            columns: Vec::new(),
            exprs: Exprs::default(),
            key: KeyPlan::Record,
            time: TimePlan::Record,
            counts: None,
            filter: None,
            lateness_ns: 0,
            patience_ns: None,
            skew_ns: 0,
            duplicates: Duplicates::Keep,
            rate_hz: None,
        });
    }
}

impl RecordReader for LastMoment {
    fn read(&mut self, chunk: &mut Chunk, rows: usize) -> Result<bool, LogError> {
        if rows == 0 {
            return Ok(self.time.is_some());
        }
        if let Some(time) = self.time.take() {
            let key = chunk.batch.add_text(b"clock");
            chunk.keys.push(key);
            chunk.times.push(time);
            chunk.offsets.push(0);
            chunk.batch.rows += 1;
        }
        Ok(false)
    }

    fn seek(&mut self, _: &Position) -> Result<(), LogError> {
        Ok(())
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }

    fn name(&self) -> &str {
        "the clock of the test"
    }
}
