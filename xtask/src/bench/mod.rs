//! Whole runs of the benchmark's workloads, each beside a floor written by hand, interleaved, with their ratios.
//!
//! Engine and native kernels against straightforward single-threaded loops over the same columns in memory. Both
//! follow the language's rules for time: a clock per car, stragglers waited for by the stream clock.

mod cpu;
mod floor;
mod programs;
mod run;
mod stream;

use std::fmt::Write;

/// What is asked for on the command line.
struct Asked {
    cars: u64,
    seconds: u64,
    by_arrival: bool,
    how: run::How,
    runs: u32,
    workloads: Vec<String>,
}

impl Asked {
    fn parse(args: &[String]) -> Result<Asked, String> {
        let mut asked = Asked {
            cars: 10_000,
            seconds: 120,
            by_arrival: true,
            how: run::How { rows: twin_engine::Options::default().rows, threads: 1, is_timed: false },
            runs: 3,
            workloads: Vec::new(),
        };
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let mut number = || -> Result<u64, String> {
                let value = args.next().ok_or(format!("{arg} takes a number"))?;
                value.parse().map_err(|_| format!("{arg} takes a number, not {value}"))
            };
            match arg.as_str() {
                "--cars" => asked.cars = number()?,
                "--seconds" => asked.seconds = number()?,
                "--runs" => asked.runs = number()? as u32,
                "--rows" => asked.how.rows = number()? as usize,
                "--threads" => {
                    asked.how.threads = number()? as usize;
                    asked.how.is_timed = true;
                }
                "--event-order" => asked.by_arrival = false,
                name => asked.workloads.push(name.to_string()),
            }
        }
        if asked.workloads.is_empty() {
            asked.workloads = programs::NAMES.iter().map(|name| name.to_string()).collect();
        }
        Ok(asked)
    }
}

/// One workload's figures: CPU seconds, the best of several runs, and what was counted.
struct Figures {
    floor: f64,
    twin: f64,
    floor_rows: u64,
    twin_rows: u64,
    bytes: u64,
}

/// Runs what is asked and prints a table.
pub fn main(args: &[String]) -> Result<(), String> {
    let asked = Asked::parse(args)?;
    let stream = stream::stream(asked.cars, asked.seconds, 42, asked.by_arrival);
    let limits = stream::limits(asked.cars, 42);
    let events = stream.time.len() as f64;
    let lateness_ns = if asked.by_arrival { 5_000_000_000 } else { 0 };
    let order = if asked.by_arrival { "by arrival, lateness 5 s" } else { "in event order, lateness 0 s" };
    println!(
        "{events} events, {} cars, {order}; million events per {}, best of {}",
        asked.cars,
        if asked.how.is_timed { "second, one thread beside several" } else { "CPU second" },
        asked.runs
    );
    println!(
        "{:<5} {:>8} {:>8} {:>7} {:>10} {:>10} {:>8}",
        "", "floor", "twin", "ratio", "rows", "rows", "bytes"
    );
    for name in &asked.workloads {
        let figures = measure(name, &stream, &limits, lateness_ns, &asked)?;
        let mut line = String::new();
        let rate = |seconds: f64| events / seconds / 1e6;
        let _ = write!(line, "{name:<5} {:>8.2} {:>8.2}", rate(figures.floor), rate(figures.twin));
        let _ = write!(line, " {:>7.2}", figures.twin / figures.floor);
        let _ = write!(line, " {:>10} {:>10} {:>8}", figures.floor_rows, figures.twin_rows, figures.bytes);
        println!("{line}");
        if figures.floor_rows != figures.twin_rows {
            println!("      the counts differ");
        }
    }
    Ok(())
}

fn measure(
    name: &str,
    stream: &stream::Stream,
    limits: &[(u32, f64)],
    lateness_ns: i64,
    asked: &Asked,
) -> Result<Figures, String> {
    let program = programs::compile(name, lateness_ns)?;
    let bytes = program.plan.twins.iter().map(|twin| u64::from(twin.layout.words) * 8).sum();
    let mut figures = Figures { floor: f64::MAX, twin: f64::MAX, floor_rows: 0, twin_rows: 0, bytes };
    let columns = run::Columns::of(&program, stream, limits);
    // In turns, so that whatever else the machine does falls on both.
    for _ in 0..asked.runs {
        let (seconds, rows) = if asked.how.is_timed {
            run::run(&program, &columns, run::How { threads: 1, ..asked.how })?
        } else {
            let (seconds, rows) = cpu::seconds(|| floor::run(name, stream, limits, lateness_ns));
            (seconds, rows?)
        };
        figures.floor = figures.floor.min(seconds);
        figures.floor_rows = rows;
        let (seconds, rows) = run::run(&program, &columns, asked.how)?;
        figures.twin = figures.twin.min(seconds);
        figures.twin_rows = rows;
    }
    Ok(figures)
}
