//! Whole runs of the benchmark's workloads, each beside a floor written by hand, interleaved, with their ratios.
//!
//! Readers, engine and native kernels against straightforward single-threaded loops over the same columns in memory
//! or the same file. Both follow the language's rules for time: a clock per car, stragglers waited for by the stream
//! clock.

mod asked;
mod cpu;
mod files;
mod floor;
mod programs;
mod run;
mod stream;

use asked::Asked;
use files::Recording;
use floor::Floor;
use run::Inputs;
use std::fmt::Write;
use std::hint::black_box;
use std::path::Path;

/// What all workloads read.
struct Data {
    stream: stream::Stream,
    limits: Vec<(u32, f64)>,
    file: Option<Recording>,
    /// Fields that the floor reads of a file whatever the workload.
    always: Vec<usize>,
    lateness_ns: i64,
}

/// One workload's figures: CPU seconds, the best of several runs, and what was counted.
struct Figures {
    floor: f64,
    twin: f64,
    /// Reading alone, of a file.
    floor_reads: f64,
    twin_reads: f64,
    /// As many runs at once as the other has threads, for each of them.
    at_once: Option<f64>,
    floor_rows: u64,
    twin_rows: u64,
    bytes: u64,
}

/// Runs what is asked and prints a table.
pub fn main(args: &[String]) -> Result<(), String> {
    let asked = Asked::parse(args)?;
    let temporary = tempfile::tempdir().map_err(|error| format!("no folder for the recording: {error}"))?;
    let data = Data::new(&asked, asked.keep.as_deref().unwrap_or(temporary.path()))?;
    if let Some(folder) = &asked.keep {
        keep(&asked, &data, folder)?;
    }
    print_head(&asked, &data);
    for name in &asked.workloads {
        let figures = measure(name, &data, &asked)?;
        println!("{}", figures.line(name, data.stream.time.len(), data.file.is_some()));
        if figures.floor_rows != figures.twin_rows {
            println!("      the counts differ");
        }
    }
    Ok(())
}

impl Data {
    fn new(asked: &Asked, folder: &Path) -> Result<Data, String> {
        let all: Vec<usize> = (0..stream::FIELDS.len()).collect();
        let used = if asked.file.is_some() { all.clone() } else { Floor::new("all", &[], 0)?.fields() };
        let stream = stream::stream(asked.cars, asked.seconds, 42, asked.by_arrival, &used);
        let file = asked.file.map(|kind| Recording::write(&stream, kind, folder)).transpose()?;
        let limits = stream::limits(asked.cars, 42);
        // A parser of JSON that is written once for a topic reads all of a record.
        let reads_all = asked.file == Some(files::Kind::JsonLines) && !asked.is_lean;
        let always = if reads_all { all } else { Vec::new() };
        Ok(Data {
            stream,
            limits,
            file,
            always,
            lateness_ns: if asked.by_arrival { 5_000_000_000 } else { 0 },
        })
    }

    /// Hands the events over to a floor, of a file some fields.
    fn feed(&self, fields: &[usize], take: &mut dyn FnMut(&stream::Stream)) -> Result<(), String> {
        match &self.file {
            Some(file) => file.read(&[fields, &self.always].concat(), take),
            None => {
                take(&self.stream);
                Ok(())
            }
        }
    }
}

/// Leaves the table and the programs beside the recording.
fn keep(asked: &Asked, data: &Data, folder: &Path) -> Result<(), String> {
    let mut table = String::new();
    for (car, limit) in &data.limits {
        let _ = writeln!(table, "{{\"car_id\":{car},\"limit\":{limit:.2}}}");
    }
    let write = |name: String, text: &str| {
        std::fs::write(folder.join(&name), text).map_err(|error| format!("{name}: {error}"))
    };
    write("limits.jsonl".to_string(), &table)?;
    asked
        .workloads
        .iter()
        .try_for_each(|name| write(format!("{name}.twin"), &programs::text(name, data.lateness_ns)))
}

fn print_head(asked: &Asked, data: &Data) {
    let order = if asked.by_arrival { "by arrival, lateness 5 s" } else { "in event order, lateness 0 s" };
    let input = match &data.file {
        Some(file) => format!("{}, {:.0} bytes an event", file.kind.name(), file.bytes_per_event()),
        None => "columns in memory".to_string(),
    };
    println!(
        "{} events, {} cars, {order}, {input}; million events per {}, best of {}",
        data.stream.time.len(),
        asked.cars,
        if asked.how.is_timed { "second, one thread beside several" } else { "CPU second" },
        asked.runs
    );
    if asked.how.is_timed {
        print!("{:<5} {:>8} {:>8} {:>7} {:>7}", "", "one", "several", "faster", "at most");
    } else {
        print!("{:<5} {:>8} {:>8} {:>7}", "", "floor", "twin", "ratio");
    }
    if data.file.is_some() {
        print!(" {:>8} {:>8} {:>7}", "floor", "reading", "ratio");
    }
    println!(" {:>10} {:>10} {:>8}", "rows", "rows", "bytes");
}

impl Figures {
    fn line(&self, name: &str, events: usize, is_file: bool) -> String {
        let pair = |floor: f64, twin: f64| {
            let rate = |seconds: f64| events as f64 / seconds / 1e6;
            format!(" {:>8.2} {:>8.2} {:>7.2}", rate(floor), rate(twin), twin / floor)
        };
        let reading = if is_file { pair(self.floor_reads, self.twin_reads) } else { String::new() };
        let Figures { floor_rows, twin_rows, bytes, .. } = self;
        let whole = match self.at_once {
            None => pair(self.floor, self.twin),
            Some(at_once) => {
                let rate = |seconds: f64| events as f64 / seconds / 1e6;
                let (faster, at_most) = (self.floor / self.twin, self.floor / at_once);
                format!(" {:>8.2} {:>8.2} {faster:>7.2} {at_most:>7.2}", rate(self.floor), rate(self.twin))
            }
        };
        format!("{name:<5}{whole}{reading} {floor_rows:>10} {twin_rows:>10} {bytes:>8}")
    }
}

fn measure(name: &str, data: &Data, asked: &Asked) -> Result<Figures, String> {
    let program = programs::compile(name, data.lateness_ns)?;
    let bytes = program.plan.twins.iter().map(|twin| u64::from(twin.layout.words) * 8).sum();
    let never = f64::MAX;
    let mut figures = Figures {
        floor: never,
        twin: never,
        floor_reads: never,
        twin_reads: never,
        at_once: None,
        floor_rows: 0,
        twin_rows: 0,
        bytes,
    };
    let inputs = Inputs::of(&program, &data.stream, &data.limits, data.file.as_ref());
    // In turns, so that whatever else the machine does falls on both.
    for _ in 0..asked.runs {
        let (seconds, rows) = if asked.how.is_timed {
            run::run(&program, &inputs, run::How { threads: 1, ..asked.how })?
        } else {
            run_floor(name, data, inputs.clock())?
        };
        figures.floor = figures.floor.min(seconds);
        figures.floor_rows = rows;
        let (seconds, rows) = run::run(&program, &inputs, asked.how)?;
        figures.twin = figures.twin.min(seconds);
        figures.twin_rows = rows;
        if asked.how.is_timed {
            let seconds = run::at_once(&program, &inputs, asked.how, asked.how.threads)?;
            let each = seconds / asked.how.threads as f64;
            figures.at_once = Some(figures.at_once.map_or(each, |best| best.min(each)));
        }
        if data.file.is_some() {
            let fields = Floor::new(name, &data.limits, 0)?.fields();
            let (seconds, read) = cpu::seconds(inputs.clock(), || {
                data.feed(&fields, &mut |events| {
                    black_box(events);
                })
            });
            read?;
            figures.floor_reads = figures.floor_reads.min(seconds);
            figures.twin_reads = figures.twin_reads.min(run::read(&program, &inputs, asked.how.rows)?);
        }
    }
    Ok(figures)
}

fn run_floor(name: &str, data: &Data, clock: cpu::Clock) -> Result<(f64, u64), String> {
    let (seconds, rows) = cpu::seconds(clock, || {
        let mut floor = Floor::new(name, &data.limits, data.lateness_ns)?;
        data.feed(&floor.fields(), &mut |events| floor.take(events))?;
        Ok::<u64, String>(floor.end())
    });
    Ok((seconds, rows?))
}
