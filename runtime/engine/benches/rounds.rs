//! What the engine itself costs per event: columns in memory, a kernel that only keeps clocks.
//!
//! `cargo bench -p twin-engine`; figures are nanoseconds of processor time per event.

use std::sync::Arc;
use twin_diagnostics::Span;
use twin_engine::{Chunk, Engine, Inputs, LogError, Options, Position, Progress, RecordReader, Writers};
use twin_plan::kernel::{Entries, Kernel, LateEntry, Shard, What};
use twin_plan::{
    Column, Duplicates, Exprs, Format, Input, KeyPlan, Layout, PathStep, Plan, SlotKind, SourcePlan,
    TimePlan, TwinPlan, layout,
};
use twin_types::{Scalar, Word};

/// Columns of the whole stream.
struct Stream {
    times: Vec<Word>,
    cars: Vec<u32>,
    values: Vec<Word>,
    names: Vec<String>,
}

/// Hands the stream out, a chunk after the other.
struct ColumnReader {
    stream: Arc<Stream>,
    next: usize,
    keys: Keys,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Keys {
    Int,
    /// A text of its own for every record.
    Text,
    /// Equal texts of a chunk share their handle.
    Shared,
}

impl RecordReader for ColumnReader {
    fn read(&mut self, chunk: &mut Chunk, rows: usize) -> Result<bool, LogError> {
        let end = (self.next + rows).min(self.stream.times.len());
        let range = self.next..end;
        let batch = &mut chunk.batch;
        batch.columns[1].extend_from_slice(&self.stream.times[range.clone()]);
        batch.columns[2].extend_from_slice(&self.stream.values[range.clone()]);
        let cars = &self.stream.cars[range.clone()];
        match self.keys {
            Keys::Int => batch.columns[0].extend(cars.iter().map(|car| Word::from(*car))),
            Keys::Text => {
                for car in cars {
                    let handle = batch.add_text(self.stream.names[*car as usize].as_bytes());
                    batch.columns[0].push(handle);
                }
            }
            Keys::Shared => {
                let mut handles = vec![0; self.stream.names.len()];
                for car in cars {
                    let car = *car as usize;
                    if handles[car] == 0 {
                        handles[car] = batch.add_text(self.stream.names[car].as_bytes());
                    }
                    batch.columns[0].push(handles[car]);
                }
            }
        }
        batch.rows += range.len();
        chunk.offsets.extend(range.map(|at| at as u64));
        self.next = end;
        chunk.next = Position((end as u64).to_le_bytes().to_vec());
        Ok(end < self.stream.times.len())
    }

    fn seek(&mut self, _: &Position) -> Result<(), LogError> {
        Ok(())
    }

    fn progress(&self) -> Progress {
        Progress::default()
    }

    fn name(&self) -> &str {
        "columns"
    }
}

/// Keeps the clock and a count, and writes nothing.
struct Clocks;

impl Kernel for Clocks {
    fn run(&self, shard: &mut Shard<'_>, entries: Entries<'_>) {
        let words = shard.plan.layout.words as usize;
        for (at, entry) in (0u32..).zip(entries.iter()) {
            let row = &mut shard.rows[entry.slot as usize * words..][..words];
            let clock = row[layout::CLOCK.index()] as i64;
            if entry.kind.what == What::Event && entry.time < clock {
                shard.late.push(LateEntry { at, clock });
            } else if entry.kind.what == What::Event {
                row[layout::CLOCK.index()] = entry.time as Word;
                row[4] = row[4].wrapping_add(shard.batches[0].columns[2][entry.record as usize]);
            }
        }
    }
}

fn plan(lateness_ns: i64, keys: Keys) -> Plan {
    let key = if keys == Keys::Int { Scalar::Int } else { Scalar::String };
    let column = |name: &str, ty| Column {
        name: name.to_string(),
        path: vec![PathStep::Name(name.to_string())],
        ty,
        unit: None,
        texts: Vec::new(),
        time: None,
        is_required: false,
        default: None,
        valid: None,
    };
    let source = SourcePlan {
        name: "telemetry".to_string(),
        topic: "telemetry".to_string(),
        format: Format::Json,
        columns: vec![column("car", key), column("ts", Scalar::Timestamp), column("x", Scalar::Int)],
        exprs: Exprs::default(),
        key: KeyPlan::Column(0),
        time: TimePlan::Column(1),
        counts: None,
        filter: None,
        lateness_ns,
        patience_ns: None,
        skew_ns: i64::MAX,
        duplicates: Duplicates::Keep,
        rate_hz: None,
    };
    let mut layout = Layout::new();
    layout.add("state", SlotKind::Bookkeeping, &[0; 28]);
    let input =
        Input { name: "telemetry".to_string(), source: 0, by: None, columns: vec![2], kept: Vec::new() };
    let twin = TwinPlan {
        name: "Car".to_string(),
        key: Some(key),
        inputs: vec![input],
        layout,
        span: Span::default(),
        ..TwinPlan::default()
    };
    Plan { program: "bench".to_string(), sources: vec![source], twins: vec![twin], ..Plan::default() }
}

/// One event per car and second; by arrival one in ten is up to 5 s late, one in a hundred up to 20 s.
fn stream(cars: u32, events: usize, by_arrival: bool) -> Stream {
    let mut state = 1u64;
    let mut next = |below: u64| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (z ^ z >> 27) % below
    };
    let seconds = events as u64 / u64::from(cars);
    let phases: Vec<u64> = (0..cars).map(|_| next(1000)).collect();
    let mut all: Vec<(u64, u64, u32)> = Vec::with_capacity(events);
    for second in 0..seconds {
        for car in 0..cars {
            let time = second * 1000 + phases[car as usize];
            let delay = match next(100) {
                _ if !by_arrival => 0,
                0 => 5000 + next(15_000),
                1..=10 => 200 + next(4800),
                _ => next(200),
            };
            all.push((time + delay, time, car));
        }
    }
    all.sort_unstable();
    Stream {
        times: all.iter().map(|(_, time, _)| time * 1_000_000).collect(),
        cars: all.iter().map(|(_, _, car)| *car).collect(),
        values: all.iter().map(|(_, time, _)| *time).collect(),
        names: (0..cars).map(|car| format!("VIN{car:014}")).collect(),
    }
}

fn measure(name: &str, stream: &Arc<Stream>, lateness_ns: i64, keys: Keys, rows: usize) {
    let reader = ColumnReader { stream: Arc::clone(stream), next: 0, keys };
    let inputs = Inputs { sources: vec![vec![Box::new(reader)]], tables: Vec::new() };
    let options = Options { rows, ..Options::default() };
    let plan = Arc::new(plan(lateness_ns, keys));
    let engine = Engine::new(plan, vec![Box::new(Clocks)], inputs, Writers::new(), options);
    let begin = processor_nanos();
    let summary = engine.and_then(Engine::run).expect("nothing can fail here");
    let nanos = (processor_nanos() - begin) as f64 / summary.events as f64;
    println!("{name:<28} {keys:<8?} {rows:>6} rows  {nanos:6.1} ns/event  late {}", summary.late);
}

/// Processor time of this process's first thread, which does all the work here; other processes do not count.
fn processor_nanos() -> u64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or(0)
}

fn main() {
    let only: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with('-')).collect();
    for cars in [10_000, 100_000] {
        for by_arrival in [false, true] {
            let stream = Arc::new(stream(cars, 4_000_000, by_arrival));
            let order = if by_arrival { "by arrival" } else { "in order" };
            let lateness = if by_arrival { 5_000_000_000 } else { 0 };
            for keys in [Keys::Int, Keys::Shared, Keys::Text] {
                for rows in [1 << 13, 1 << 14, 1 << 15] {
                    let name = format!("{cars} cars {order}");
                    if only.iter().all(|part| name.contains(part.as_str())) {
                        measure(&name, &stream, lateness, keys, rows);
                    }
                }
            }
        }
    }
}
