//! A workload through engine and native kernels, columns from memory, outputs counted.

use super::cpu;
use super::programs::Program;
use super::stream::{COLUMNS, Stream};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;
use twin_engine::{
    Chunk, Engine, Inputs, LogError, Options, Position, Progress, RecordReader, RecordWriter, Summary,
    Writers,
};
use twin_plan::kernel::{Batch, Kernel};
use twin_plan::{Column, PathStep};
use twin_types::Word;

/// CPU seconds of the run (without compiling), and how many rows and alerts it wrote.
pub fn run(program: &Program, inputs: &Columns, how: How) -> Result<(f64, u64), String> {
    let native = twin_codegen::compile(&program.plan, &twin_codegen::Options::default());
    let native = native.map_err(|error| error.to_string())?;
    let kernels = native.twins.into_iter().map(|twin| Box::new(twin) as Box<dyn Kernel>).collect();
    let open = |memory: &Memory| vec![Box::new(memory.clone()) as Box<dyn RecordReader>];
    let (sources, tables) = (inputs.sources.iter().map(open), inputs.tables.iter().map(open));
    let sources = Inputs { sources: sources.collect(), tables: tables.collect() };
    let mut writers: Writers = BTreeMap::new();
    for schema in twin_engine::schemas(&program.plan) {
        let name = schema.name.clone();
        writers.insert(name, Box::new(Counted(schema.name)));
    }
    let options = Options { to: inputs.to, rows: how.rows, threads: how.threads, ..Options::default() };
    let engine = Engine::new(program.plan.clone(), kernels, sources, writers, options);
    let engine = engine.map_err(|error| error.to_string())?;
    let begin = Instant::now();
    let (seconds, summary) = cpu::seconds(|| engine.run());
    let summary = summary.map_err(|error| error.to_string())?;
    // Several threads are for less time, not for less work.
    let seconds = if how.is_timed { begin.elapsed().as_secs_f64() } else { seconds };
    Ok((seconds, written(&summary)))
}

/// How the engine is run.
#[derive(Clone, Copy)]
pub struct How {
    /// Records of a round.
    pub rows: usize,
    /// Threads.
    pub threads: usize,
    /// Whether it is time that is measured, not the work of a thread.
    pub is_timed: bool,
}

/// What a program reads, as columns in memory.
pub struct Columns {
    sources: Vec<Memory>,
    tables: Vec<Memory>,
    to: Option<i64>,
}

impl Columns {
    /// The columns of a program's sources and tables.
    pub fn of(program: &Program, stream: &Stream, limits: &[(u32, f64)]) -> Columns {
        let sources = program.plan.sources.iter().map(|source| Memory::events(stream, &source.columns));
        let tables = program.plan.tables.iter().map(|table| Memory::limits(limits, &table.columns));
        let to = stream.time.iter().max().map(|last| last + 890_000_000_000 - last % 1_000_000_000);
        Columns { sources: sources.collect(), tables: tables.collect(), to }
    }
}

/// Rows of the program's own sinks, and alerts that were raised.
fn written(summary: &Summary) -> u64 {
    let built_in = ["alerts", "late", "rejects", "captures"];
    let own = summary.outputs.iter().filter(|(name, _)| !built_in.contains(&name.as_str()));
    own.map(|(_, n)| n).sum::<u64>() + summary.alerts.values().map(|alert| alert.raised).sum::<u64>()
}

/// Columns that lie in memory, handed over a chunk at a time.
#[derive(Clone)]
struct Memory {
    columns: Vec<Arc<Vec<Word>>>,
    rows: usize,
    at: usize,
}

impl Memory {
    fn events(stream: &Stream, wanted: &[Column]) -> Memory {
        let column = |column: &Column| match name(column) {
            "car_id" => stream.car.iter().map(|car| u64::from(*car)).collect(),
            "ts" => stream.time.iter().map(|time| *time as Word).collect(),
            name => {
                let at = COLUMNS.iter().position(|known| *known == name).unwrap_or(0);
                stream.columns[at].iter().map(|x| x.to_bits()).collect()
            }
        };
        Memory {
            columns: wanted.iter().map(|c| Arc::new(column(c))).collect(),
            rows: stream.time.len(),
            at: 0,
        }
    }

    fn limits(limits: &[(u32, f64)], wanted: &[Column]) -> Memory {
        let column = |column: &Column| match name(column) {
            "car_id" => limits.iter().map(|(car, _)| u64::from(*car)).collect(),
            _ => limits.iter().map(|(_, limit)| limit.to_bits()).collect(),
        };
        Memory { columns: wanted.iter().map(|c| Arc::new(column(c))).collect(), rows: limits.len(), at: 0 }
    }
}

fn name(column: &Column) -> &str {
    match column.path.first() {
        Some(PathStep::Name(name)) => name,
        _ => "",
    }
}

impl RecordReader for Memory {
    fn read(&mut self, chunk: &mut Chunk, rows: usize) -> Result<bool, LogError> {
        let end = (self.at + rows).min(self.rows);
        for (column, all) in chunk.batch.columns.iter_mut().zip(&self.columns) {
            column.extend_from_slice(&all[self.at..end]);
        }
        chunk.offsets.extend(self.at as u64..end as u64);
        chunk.batch.rows += end - self.at;
        self.at = end;
        chunk.next = Position((end as u64).to_le_bytes().to_vec());
        Ok(end < self.rows)
    }

    fn seek(&mut self, position: &Position) -> Result<(), LogError> {
        self.at = position.0.as_slice().try_into().map_or(0, u64::from_le_bytes) as usize;
        Ok(())
    }

    fn progress(&self) -> Progress {
        Progress { done: self.at as u64, total: Some(self.rows as u64) }
    }

    fn name(&self) -> &str {
        "memory"
    }
}

/// Takes rows and drops them: the engine counts them.
struct Counted(String);

impl RecordWriter for Counted {
    fn write(&mut self, _: &Batch) -> Result<(), LogError> {
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
        &self.0
    }
}
