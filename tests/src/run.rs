//! Programs as text, recordings as text, outputs as text: every way of running them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use twin_analysis::MemoryWorld;
use twin_connectors::JsonEncoder;
use twin_connectors::file::{Reading, open_files_with};
use twin_diagnostics::{Diagnostic, Severity, SourceMap};
use twin_engine::{
    Engine, Every, Inputs, LogError, Options, Position, RecordReader, RecordWriter, RowSchema, Summary,
    Writers,
};
use twin_evaluator::Evaluator;
use twin_plan::Plan;
use twin_plan::kernel::{Batch, Entries, Kernel, Shard, What};

/// Which kernel carries the steps out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernels {
    /// The one that is easy to believe.
    Evaluator,
    /// Machine code.
    Native,
    /// The evaluator with a mistake: now and then it leaves an event out. Comparisons must find it.
    Broken,
}

/// A way of running.
#[derive(Clone, Copy, Debug)]
pub struct Way {
    /// Its name, for messages.
    pub name: &'static str,
    /// The kernel.
    pub kernels: Kernels,
    /// Records in a round.
    pub rows: usize,
    /// Threads.
    pub threads: usize,
    /// Whether it is stopped after every few rounds and resumed from its checkpoint.
    pub stops: bool,
}

/// Every way must give the same bytes.
pub const WAYS: [Way; 5] = [
    Way { name: "evaluator", kernels: Kernels::Evaluator, rows: 1 << 15, threads: 1, stops: false },
    Way { name: "native", kernels: Kernels::Native, rows: 1 << 15, threads: 1, stops: false },
    Way { name: "one-row batches", kernels: Kernels::Native, rows: 1, threads: 1, stops: false },
    Way { name: "four threads", kernels: Kernels::Native, rows: 64, threads: 4, stops: false },
    Way { name: "stopped and resumed", kernels: Kernels::Native, rows: 8, threads: 1, stops: true },
];

/// A compiled program.
pub struct Program {
    /// Its plan.
    pub plan: Arc<Plan>,
    /// Its texts.
    pub sources: SourceMap,
    /// Warnings and hints.
    pub findings: Vec<Diagnostic>,
}

/// Compiles a program; the findings as short lines where there is an error.
pub fn compile(name: &str, text: &str) -> Result<Program, String> {
    let world = MemoryWorld::new(&twin_stdlib::LIBRARY);
    let file = world.open(&format!("{name}.twin"), text);
    let parsed = twin_syntax::parse(file, text);
    let mut report = parsed.report;
    let options = twin_analysis::Options { name: name.to_string() };
    let checked = twin_analysis::check(&parsed.module, &twin_stdlib::LIBRARY, &world, &options);
    report.extend(checked.report);
    let sources = world.sources();
    let findings = report.finish();
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Err(short(&sources, &findings));
    }
    let settings = twin_lowering::Settings { version: "test".to_string(), ..Default::default() };
    let plan = twin_lowering::lower(&checked.program, &twin_stdlib::LIBRARY, &sources, &settings);
    if let Err(broken) = twin_plan::verify::verify(&plan) {
        return Err(format!("the plan is broken: {broken}"));
    }
    Ok(Program { plan: Arc::new(plan), sources, findings })
}

/// Findings as `file:line:column: code: message`.
pub fn short(sources: &SourceMap, findings: &[Diagnostic]) -> String {
    let line = |finding: &Diagnostic| {
        let span = finding.primary.span;
        let at = sources.position(span.file, span.start);
        let file = &sources.file(span.file).name;
        format!("{file}:{}:{}: {}: {}\n", at.line + 1, at.column + 1, finding.code, finding.message)
    };
    findings.iter().map(line).collect()
}

/// What a run gives: a text per sink, and its summary.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// JSON Lines by sink, also the built-in ones.
    pub outputs: BTreeMap<String, String>,
    /// Counts; its times are zero.
    pub summary: Summary,
}

/// Recordings by source or table: the partitions of each, in a folder that outlives the run. As on the command line
/// `a.jsonl+b.jsonl` is one log in two files.
pub type Recordings<'a> = &'a [(&'a str, Vec<&'a Path>)];

/// Runs a program over recordings.
pub fn run(
    program: &Program,
    recordings: Recordings<'_>,
    way: Way,
    to: Option<i64>,
) -> Result<Outcome, String> {
    let sinks: Sinks = Arc::default();
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut stops = 0;
    loop {
        let stop = Arc::new(AtomicBool::new(false));
        let mut options =
            Options { threads: way.threads, rows: way.rows, to, stop: stop.clone(), ..Options::default() };
        if way.stops {
            options.checkpoint = Some(folder.path().to_path_buf());
            options.every = Every::Rounds(3);
            let mut rounds = 0;
            options.progress = Some(Box::new(move |_| {
                rounds += 1;
                stop.store(rounds >= 5, Ordering::Relaxed);
            }));
        }
        let kernels = kernels(&program.plan, way.kernels)?;
        let engine = Engine::new(
            program.plan.clone(),
            kernels,
            inputs(&program.plan, recordings, way.threads)?,
            writers(&program.plan, &sinks)?,
            options,
        );
        let mut summary = engine.and_then(Engine::run).map_err(|error| error.to_string())?;
        stops += 1;
        if summary.is_stopped && stops < 10_000 {
            continue;
        }
        summary.seconds = 0.0;
        summary.events_per_second = 0.0;
        let sinks = sinks.lock().expect("no writer panics");
        let text = |bytes: &Vec<u8>| String::from_utf8_lossy(bytes).into_owned();
        let outputs = sinks.iter().map(|(name, bytes)| (name.clone(), text(bytes))).collect();
        return Ok(Outcome { outputs, summary });
    }
}

fn kernels(plan: &Plan, kernels: Kernels) -> Result<Vec<Box<dyn Kernel>>, String> {
    match kernels {
        Kernels::Evaluator => {
            Ok(plan.twins.iter().map(|twin| Box::new(Evaluator::new(twin)) as Box<dyn Kernel>).collect())
        }
        Kernels::Broken => {
            let broken = |twin| {
                let evaluator = Evaluator::new(twin);
                Box::new(Broken { evaluator, events: AtomicUsize::new(0) }) as Box<dyn Kernel>
            };
            Ok(plan.twins.iter().map(broken).collect())
        }
        Kernels::Native => {
            let native =
                twin_codegen::compile(plan, &twin_codegen::Options::default()).map_err(|e| e.to_string())?;
            Ok(native.twins.into_iter().map(|twin| Box::new(twin) as Box<dyn Kernel>).collect())
        }
    }
}

fn inputs(plan: &Plan, recordings: Recordings<'_>, threads: usize) -> Result<Inputs, String> {
    let open = |name: &str, reading: Reading<'_>, threads| -> Result<Vec<Box<dyn RecordReader>>, String> {
        let logs = recordings.iter().filter(|(source, _)| *source == name).flat_map(|(_, logs)| logs);
        let files = |log: &Path| log.to_string_lossy().split('+').map(PathBuf::from).collect::<Vec<_>>();
        logs.map(|log| open_files_with(&files(log), &reading, threads).map_err(|error| error.to_string()))
            .collect()
    };
    let mut inputs = Inputs::default();
    for source in &plan.sources {
        inputs.sources.push(open(&source.name, Reading::of_source(source), threads)?);
    }
    for table in &plan.tables {
        inputs.tables.push(open(&table.name, Reading::of_table(table), 1)?);
    }
    Ok(inputs)
}

/// Leaves out every fifth event.
struct Broken {
    evaluator: Evaluator,
    events: AtomicUsize,
}

impl Kernel for Broken {
    fn run(&self, shard: &mut Shard<'_>, entries: Entries<'_>) {
        for at in 0..entries.len() {
            let is_event = entries.kind(at).what == What::Event;
            if is_event && self.events.fetch_add(1, Ordering::Relaxed) % 5 == 4 {
                continue;
            }
            let (written, late) = (shard.outputs.heads.len(), shard.late.len());
            self.evaluator.run(shard, entries.part(at, at + 1));
            shard.outputs.heads[written..].iter_mut().for_each(|head| head.trigger = at as u64);
            shard.late[late..].iter_mut().for_each(|late| late.at = at as u32);
        }
    }
}

type Sinks = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

fn writers(plan: &Plan, sinks: &Sinks) -> Result<Writers, String> {
    let mut writers = Writers::new();
    for schema in twin_engine::schemas(plan) {
        let encoder = JsonEncoder::new(&schema.columns)?;
        let writer = MemoryWriter { schema: schema.clone(), encoder, sinks: sinks.clone() };
        writers.insert(schema.name, Box::new(writer));
    }
    Ok(writers)
}

/// Keeps JSON Lines in memory, beyond the end of a run that is stopped.
struct MemoryWriter {
    schema: RowSchema,
    encoder: JsonEncoder,
    sinks: Sinks,
}

impl RecordWriter for MemoryWriter {
    fn write(&mut self, rows: &Batch) -> Result<(), LogError> {
        let mut sinks = self.sinks.lock().expect("no writer panics");
        self.encoder.rows(rows, sinks.entry(self.schema.name.clone()).or_default());
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn position(&mut self) -> Result<Position, LogError> {
        let sinks = self.sinks.lock().expect("no writer panics");
        let bytes = sinks.get(&self.schema.name).map_or(0, Vec::len);
        Ok(Position((bytes as u64).to_le_bytes().to_vec()))
    }

    fn restore(&mut self, position: &Position) -> Result<(), LogError> {
        let bytes = position.0.as_slice().try_into().map_or(0, u64::from_le_bytes);
        let mut sinks = self.sinks.lock().expect("no writer panics");
        sinks.entry(self.schema.name.clone()).or_default().truncate(bytes as usize);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn name(&self) -> &str {
        &self.schema.name
    }
}
