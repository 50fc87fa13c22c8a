//! A workload through engine and native kernels, from columns in memory or from a file, outputs counted.

use super::cpu;
use super::files::Recording;
use super::programs::Program;
use super::stream::{FIELDS, Stream};
use std::collections::BTreeMap;
use std::hint::black_box;
use std::sync::Barrier;
use std::time::Instant;
use twin_connectors::file::{Reading, open_files_with};
use twin_engine::{
    Chunk, Engine, LogError, Options, Position, Progress, RecordReader, RecordWriter, Summary, Writers,
};
use twin_plan::kernel::{Batch, Kernel};
use twin_plan::{Column, PathStep};
use twin_types::Word;

/// CPU seconds of the run (without compiling), and how many rows and alerts it wrote.
pub fn run(program: &Program, inputs: &Inputs<'_>, how: How) -> Result<(f64, u64), String> {
    let engine = engine(program, inputs, how)?;
    let begin = Instant::now();
    let (seconds, summary) = cpu::seconds(inputs.clock(), || engine.run());
    let summary = summary.map_err(|error| error.to_string())?;
    // Several threads are for less time, not for less work.
    let seconds = if how.is_timed { begin.elapsed().as_secs_f64() } else { seconds };
    Ok((seconds, written(&summary)))
}

/// Seconds that so many runs take at once which have nothing to do with one another, each on one thread: what the
/// machine itself makes of several threads.
pub fn at_once(program: &Program, inputs: &Inputs<'_>, how: How, runs: usize) -> Result<f64, String> {
    let start = Barrier::new(runs);
    let run = || {
        let engine = engine(program, inputs, How { threads: 1, ..how });
        start.wait();
        let begin = Instant::now();
        engine?.run().map_err(|error| error.to_string())?;
        Ok::<f64, String>(begin.elapsed().as_secs_f64())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..runs).map(|_| scope.spawn(run)).collect();
        let times = threads.into_iter().map(|thread| thread.join().unwrap_or(Err("it gave up".to_string())));
        times.into_iter().try_fold(0.0, |most: f64, seconds| Ok(most.max(seconds?)))
    })
}

/// A run that has not begun.
fn engine(program: &Program, inputs: &Inputs<'_>, how: How) -> Result<Engine, String> {
    let native = twin_codegen::compile(&program.plan, &twin_codegen::Options::default());
    let native = native.map_err(|error| error.to_string())?;
    let kernels = native.twins.into_iter().map(|twin| Box::new(twin) as Box<dyn Kernel>).collect();
    let tables = inputs.tables.iter().map(|table| vec![Box::new(table.clone()) as Box<dyn RecordReader>]);
    let sources = inputs.sources(program, how.threads)?.into_iter().map(|source| vec![source]);
    let sources = twin_engine::Inputs { sources: sources.collect(), tables: tables.collect() };
    let mut writers: Writers = BTreeMap::new();
    // What the floor has nothing like, and no program asks for, is counted only.
    let bound = twin_engine::schemas(&program.plan).into_iter().filter(|schema| schema.name != "late");
    writers.extend(bound.map(|schema| {
        let writer: Box<dyn RecordWriter> = Box::new(Counted(schema.name.clone()));
        (schema.name, writer)
    }));
    let options = Options { to: inputs.to, rows: how.rows, threads: how.threads, ..Options::default() };
    Engine::new(program.plan.clone(), kernels, sources, writers, options).map_err(|error| error.to_string())
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

/// CPU seconds of reading and decoding alone: what the engine would be handed is dropped.
pub fn read(program: &Program, inputs: &Inputs<'_>, rows: usize) -> Result<f64, String> {
    let mut readers = inputs.sources(program, 1)?;
    let columns = program.plan.sources.iter().map(|source| source.columns.len());
    let mut chunks: Vec<Chunk> = columns.map(Chunk::new).collect();
    let (seconds, read) = cpu::seconds(inputs.clock(), || {
        for (reader, chunk) in readers.iter_mut().zip(&mut chunks) {
            while reader.read(chunk, rows)? {
                black_box(&*chunk);
                chunk.clear();
            }
        }
        Ok(())
    });
    read.map_err(|error: LogError| error.to_string())?;
    Ok(seconds)
}

/// What a program reads: the stream as columns in memory or in a file, tables from memory.
pub struct Inputs<'a> {
    file: Option<&'a Recording>,
    sources: Vec<Memory>,
    tables: Vec<Memory>,
    to: Option<i64>,
}

impl<'a> Inputs<'a> {
    /// What a program's sources and tables read.
    pub fn of(
        program: &Program,
        stream: &Stream,
        limits: &[(u32, f64)],
        file: Option<&'a Recording>,
    ) -> Inputs<'a> {
        let events = |source: &twin_plan::SourcePlan| Memory::events(stream, &source.columns);
        let sources =
            if file.is_some() { Vec::new() } else { program.plan.sources.iter().map(events).collect() };
        let tables = program.plan.tables.iter().map(|table| Memory::limits(limits, &table.columns));
        let to = stream.time.iter().max().map(|last| last + 890_000_000_000 - last % 1_000_000_000);
        Inputs { file, sources, tables: tables.collect(), to }
    }

    /// Sources, not read yet; so many threads decode each.
    fn sources(&self, program: &Program, threads: usize) -> Result<Vec<Box<dyn RecordReader>>, String> {
        let Some(file) = self.file else {
            return Ok(self.sources.iter().map(|memory| Box::new(memory.clone()) as _).collect());
        };
        let open = |(at, source)| {
            let needs = twin_plan::needs(&program.plan, at);
            let reading = Reading::of_source(source).with_needs(&needs);
            open_files_with(std::slice::from_ref(&file.path), &reading, threads)
        };
        let opened: Result<_, LogError> = program.plan.sources.iter().enumerate().map(open).collect();
        opened.map_err(|error| error.to_string())
    }

    /// Files are read by a thread of their own, whose work counts; handing over columns in memory is no work of the
    /// engine's.
    pub fn clock(&self) -> cpu::Clock {
        if self.file.is_some() { cpu::Clock::Process } else { cpu::Clock::Thread }
    }
}

/// Rows of the program's own sinks, and alerts that were raised.
fn written(summary: &Summary) -> u64 {
    let built_in = ["alerts", "late", "rejects", "captures"];
    let own = summary.outputs.iter().filter(|(name, _)| !built_in.contains(&name.as_str()));
    own.map(|(_, n)| n).sum::<u64>() + summary.alerts.values().map(|alert| alert.raised).sum::<u64>()
}

/// Columns that lie in memory, handed over a chunk at a time as they are.
#[derive(Clone)]
struct Memory {
    /// Chunks, the next one last; each has its columns.
    left: Vec<Vec<Vec<Word>>>,
    /// What was in the way of the next; whoever made it drops it.
    used: Vec<Vec<Vec<Word>>>,
    rows: usize,
    at: usize,
}

/// Rows of a chunk.
const CHUNK: usize = 1 << 15;

impl Memory {
    fn events(stream: &Stream, wanted: &[Column]) -> Memory {
        let column = |column: &Column| match name(column) {
            "car_id" => stream.car.iter().map(|car| u64::from(*car)).collect(),
            "ts" => stream.time.iter().map(|time| *time as Word).collect(),
            name => {
                let at = FIELDS.iter().position(|known| *known == name).unwrap_or(0);
                stream.columns[at].iter().map(|x| x.to_bits()).collect()
            }
        };
        Memory::of(wanted.iter().map(column).collect(), stream.time.len())
    }

    fn limits(limits: &[(u32, f64)], wanted: &[Column]) -> Memory {
        let column = |column: &Column| match name(column) {
            "car_id" => limits.iter().map(|(car, _)| u64::from(*car)).collect(),
            _ => limits.iter().map(|(_, limit)| limit.to_bits()).collect(),
        };
        Memory::of(wanted.iter().map(column).collect(), limits.len())
    }

    fn of(columns: Vec<Vec<Word>>, rows: usize) -> Memory {
        let chunk = |begin: usize| {
            let end = rows.min(begin + CHUNK);
            columns.iter().map(|column| column[begin..end].to_vec()).collect()
        };
        let begins = (0..rows).step_by(CHUNK).rev();
        Memory { left: begins.map(chunk).collect(), used: Vec::new(), rows, at: 0 }
    }
}

fn name(column: &Column) -> &str {
    match column.path.first() {
        Some(PathStep::Name(name)) => name,
        _ => "",
    }
}

impl RecordReader for Memory {
    fn read(&mut self, chunk: &mut Chunk, _: usize) -> Result<bool, LogError> {
        if let Some(columns) = self.left.pop() {
            let rows = (self.rows - self.at).min(CHUNK);
            self.used.push(std::mem::replace(&mut chunk.batch.columns, columns));
            chunk.offsets.extend(self.at as u64..(self.at + rows) as u64);
            chunk.batch.rows = rows;
            self.at += rows;
        }
        Ok(!self.left.is_empty())
    }

    fn seek(&mut self, _: &Position) -> Result<(), LogError> {
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
