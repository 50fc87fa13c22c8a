//! What the tests of this crate share: logs in memory, a program made by hand, runs of it.

use crate::log::*;
use crate::{Engine, EngineError, Every, Inputs, Options, Summary, Writers, schemas};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use twin_diagnostics::Span;
use twin_evaluator::Evaluator;
use twin_plan::kernel::{Batch, Kernel};
use twin_plan::{
    Column, Compare, Duplicates, Exprs, Format, Input, KeyPlan, Layout, MessagePiece, NodeKind, Op, Output,
    OutputId, OutputKind, PathStep, Plan, Prim, RulePlan, Silence, SinkColumn, SinkPlan, SlotKind,
    SourcePlan, Stmt, TablePlan, Tick, TickKind, TimePlan, Trigger, TwinPlan, TwinTable, layout,
};
use twin_types::{ABSENT_INT, FALSE, Scalar, Word};

/// A second, in nanoseconds.
pub(crate) const SECOND: i64 = 1_000_000_000;

/// One record of a log in memory.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// Key (none: absent), event time (`ABSENT_INT`: absent), value.
    Event(Option<String>, i64, f64),
    /// A record that cannot be decoded.
    Broken(&'static str),
}

pub(crate) fn event(key: &str, seconds: f64, x: f64) -> Item {
    Item::Event(Some(key.to_string()), (seconds * 1e9) as i64, x)
}

/// A partition in memory. Records' own timestamps are all the same, if there are any.
pub(crate) struct MemoryReader {
    pub items: Arc<Vec<Item>>,
    pub next: usize,
    pub own: Option<i64>,
    pub works_ahead: bool,
}

impl RecordReader for MemoryReader {
    fn read(&mut self, chunk: &mut Chunk, rows: usize) -> Result<bool, LogError> {
        let mut left = rows;
        while left > 0 && self.next < self.items.len() {
            let offset = self.next as u64;
            match &self.items[self.next] {
                Item::Event(key, time, x) => {
                    let key = key
                        .as_ref()
                        .map_or(twin_types::ABSENT_STRING, |k| chunk.batch.add_text(k.as_bytes()));
                    chunk.batch.columns[0].push(key);
                    chunk.batch.columns[1].push(*time as Word);
                    chunk.batch.columns[2].push(twin_types::words::from_f64(*x));
                    chunk.batch.rows += 1;
                    chunk.offsets.push(offset);
                    chunk.times.extend(self.own);
                    left -= 1;
                }
                Item::Broken(raw) => chunk.rejects.push(Reject {
                    row: chunk.rows() as u32,
                    offset,
                    key: None,
                    reason: RejectReason::Undecodable,
                    detail: "broken".to_string(),
                    raw: raw.to_string(),
                }),
            }
            self.next += 1;
        }
        chunk.next = Position((self.next as u64).to_le_bytes().to_vec());
        Ok(self.next < self.items.len())
    }

    fn seek(&mut self, position: &Position) -> Result<(), LogError> {
        self.next = u64::from_le_bytes(position.0.as_slice().try_into().expect("one of ours")) as usize;
        Ok(())
    }

    fn progress(&self) -> Progress {
        Progress { done: self.next as u64, total: Some(self.items.len() as u64) }
    }

    fn works_ahead(&self) -> bool {
        self.works_ahead
    }

    fn name(&self) -> &str {
        "memory"
    }
}

/// A sink in memory: a JSON object per row.
pub(crate) struct MemoryWriter {
    schema: RowSchema,
    lines: Arc<Mutex<Vec<String>>>,
}

impl RecordWriter for MemoryWriter {
    fn write(&mut self, rows: &Batch) -> Result<(), LogError> {
        for row in 0..rows.rows {
            let mut line = String::new();
            for (column, words) in self.schema.columns.iter().zip(&rows.columns) {
                let is_text = matches!(column.ty, RowType::Json | RowType::Scalar(Scalar::String));
                let text = if is_text { rows.text(words[row]) } else { &[] };
                line.push_str(if line.is_empty() { "" } else { " " });
                crate::value::push_column_json(&mut line, column, words[row], text);
            }
            self.lines.lock().unwrap().push(line);
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn position(&mut self) -> Result<Position, LogError> {
        Ok(Position((self.lines.lock().unwrap().len() as u64).to_le_bytes().to_vec()))
    }

    fn restore(&mut self, position: &Position) -> Result<(), LogError> {
        let length = position.0.as_slice().try_into().map_or(0, u64::from_le_bytes) as usize;
        self.lines.lock().unwrap().truncate(length);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn name(&self) -> &str {
        &self.schema.name
    }
}

/// A table without columns.
pub(crate) fn table_plan(name: &str) -> TablePlan {
    TablePlan {
        name: name.to_string(),
        topic: name.to_string(),
        format: Format::Json,
        columns: Vec::new(),
        exprs: Exprs::default(),
        key: KeyPlan::Record,
        time: TimePlan::Record,
    }
}

pub(crate) fn column(name: &str, ty: Scalar) -> Column {
    Column {
        name: name.to_string(),
        path: vec![PathStep::Name(name.to_string())],
        ty,
        unit: None,
        texts: Vec::new(),
        time: None,
        is_required: false,
        default: None,
        valid: None,
    }
}

fn columns() -> Vec<Column> {
    vec![column("vin", Scalar::String), column("ts", Scalar::Timestamp), column("x", Scalar::Real)]
}

/// What a test's program is like: `Car` with the sources `telemetry` and, if wanted, `service`, the table `limits`,
/// a tick each 10 s, and, if wanted, the rule `offline` for 30 s of silence of `telemetry`.
#[derive(Clone, Debug)]
pub(crate) struct Shape {
    pub lateness: Vec<i64>,
    pub patience: Option<i64>,
    pub duplicates: Duplicates,
    pub has_silence: bool,
    pub has_ticks: bool,
    pub for_each: bool,
    /// Drops events with x below 0.
    pub has_filter: bool,
}

impl Default for Shape {
    fn default() -> Shape {
        Shape {
            lateness: vec![0],
            patience: None,
            duplicates: Duplicates::Keep,
            has_silence: false,
            has_ticks: false,
            for_each: false,
            has_filter: false,
        }
    }
}

const SPAN: Span = Span { file: twin_diagnostics::FileId(0), start: 0, end: 0 };
/// How long `telemetry` may be silent.
pub(crate) const SILENCE: i64 = 30 * SECOND;

/// The plan of a shape.
pub(crate) fn plan(shape: &Shape) -> Plan {
    let names = ["telemetry", "service"];
    let sources = shape.lateness.iter().zip(names).map(|(lateness, name)| source(shape, *lateness, name));
    let mut limits = table_plan("limits");
    limits.columns = columns();
    limits.key = KeyPlan::Column(0);
    limits.time = TimePlan::Column(1);
    Plan {
        program: "test".to_string(),
        version: "1".to_string(),
        sources: sources.collect(),
        tables: vec![limits],
        sinks: vec![
            sink("events", &["key", "at", "x", "limit", "n", "stream"]),
            sink("ticks", &["key", "at", "n"]),
        ],
        twins: vec![twin(shape)],
        ..Plan::default()
    }
}

fn source(shape: &Shape, lateness_ns: i64, name: &str) -> SourcePlan {
    let mut exprs = Exprs::default();
    let x = exprs.push(NodeKind::Field(0, 2), Scalar::Real, SPAN);
    let zero = exprs.push(NodeKind::Const(0), Scalar::Real, SPAN);
    let kind = NodeKind::Prim(Prim::CompareReal(Compare::Ge), vec![x, zero], None);
    let is_positive = exprs.push(kind, Scalar::Bool, SPAN);
    SourcePlan {
        name: name.to_string(),
        topic: name.to_string(),
        format: Format::Json,
        columns: columns(),
        exprs,
        key: KeyPlan::Column(0),
        time: TimePlan::Column(1),
        counts: None,
        filter: shape.has_filter.then_some(is_positive),
        lateness_ns,
        patience_ns: shape.patience,
        skew_ns: 1_000_000 * SECOND,
        duplicates: shape.duplicates,
        rate_hz: None,
    }
}

fn sink(name: &str, names: &[&str]) -> SinkPlan {
    let ty = |name: &str| match name {
        "key" => Scalar::String,
        "at" | "stream" => Scalar::Timestamp,
        "n" => Scalar::Int,
        _ => Scalar::Real,
    };
    let columns = names.iter().map(|name| SinkColumn {
        path: vec![PathStep::Name(name.to_string())],
        ty: ty(name),
        unit: None,
        time: None,
    });
    let columns = columns.collect();
    SinkPlan { name: name.to_string(), topic: name.to_string(), format: Format::Json, columns, command: None }
}

fn record(sink: u32, args: &[Scalar]) -> Output {
    let columns = (0..args.len() as u32).map(Some).collect();
    Output { kind: OutputKind::Record { sink, columns }, args: args.to_vec(), span: SPAN }
}

fn op(name: &str, trigger: Trigger, body: Vec<Stmt>) -> Op {
    Op { name: name.to_string(), trigger, body, span: SPAN }
}

fn twin(shape: &Shape) -> TwinPlan {
    use Scalar::*;
    let mut layout = Layout::new();
    let count = layout.add("n", SlotKind::Value(Int), &[0]);
    let due = layout.add("tick", SlotKind::Bookkeeping, &[layout::NEVER as Word]);
    let mut exprs = Exprs::default();
    let key = exprs.push(NodeKind::Key, String, SPAN);
    let now = exprs.push(NodeKind::Now, Timestamp, SPAN);
    let stream = exprs.push(NodeKind::StreamNow, Timestamp, SPAN);
    let limit = NodeKind::Table { table: 0, key: None, column: Some(2) };
    let limit = exprs.push(limit, Real, SPAN);
    let n = exprs.push(NodeKind::Slot(count), Int, SPAN);
    let one = exprs.push(NodeKind::Const(1), Int, SPAN);
    let more = exprs.push(NodeKind::Prim(Prim::AddInt, vec![n, one], None), Int, SPAN);
    let mut ops = Vec::new();
    for input in 0..shape.lateness.len() as u32 {
        let x = exprs.push(NodeKind::Field(input, 0), Real, SPAN);
        let trigger = Trigger { inputs: vec![input], ..Trigger::default() };
        let body =
            vec![Stmt::Store(count, more), Stmt::Output(OutputId(0), vec![key, now, x, limit, n, stream])];
        ops.push(op("event", trigger, body));
    }
    let ticks = shape.has_ticks.then(|| Tick {
        kind: TickKind::Every { period_ns: 10 * SECOND, rest_after_ns: 200 * SECOND },
        due,
        resting: Vec::new(),
    });
    if shape.has_ticks {
        let trigger = Trigger { ticks: vec![0], ..Trigger::default() };
        ops.push(op("tick", trigger, vec![Stmt::Output(OutputId(1), vec![key, now, n])]));
    }
    let inputs = ["telemetry", "service"].iter().zip(0..).take(shape.lateness.len()).map(|(name, source)| {
        Input { name: name.to_string(), source, by: None, columns: vec![2], kept: Vec::new() }
    });
    let mut twin = TwinPlan {
        name: "Car".to_string(),
        key: Some(String),
        for_each: shape.for_each.then_some(0),
        inputs: inputs.collect(),
        tables: vec![TwinTable { table: 0, own_key: true }],
        outputs: vec![
            record(0, &[String, Timestamp, Real, Real, Int, Timestamp]),
            record(1, &[String, Timestamp, Int]),
        ],
        ticks: ticks.into_iter().collect(),
        layout,
        exprs,
        ops,
        span: SPAN,
        ..TwinPlan::default()
    };
    if shape.has_silence {
        add_silence(&mut twin);
    }
    twin
}

/// `rule offline when silent(telemetry) > 30 s`, by hand.
fn add_silence(twin: &mut TwinPlan) {
    let last_read = twin.layout.add("last read", SlotKind::Bookkeeping, &[ABSENT_INT]);
    let is_silent = twin.layout.add("silent", SlotKind::Value(Scalar::Bool), &[FALSE]);
    let is_raised = twin.layout.add("raised", SlotKind::Value(Scalar::Bool), &[FALSE]);
    let mut push = |kind, ty| twin.exprs.push(kind, ty, SPAN);
    let limit = push(NodeKind::Const(SILENCE as Word), Scalar::Duration);
    let silent = push(NodeKind::Slot(is_silent), Scalar::Bool);
    let raised = push(NodeKind::Slot(is_raised), Scalar::Bool);
    let now = push(NodeKind::Now, Scalar::Timestamp);
    let none = push(NodeKind::Const(0), Scalar::Int);
    let change = |output, to| {
        let differs = Stmt::Output(OutputId(output), vec![now, now, none]);
        vec![differs, Stmt::Store(is_raised, to)]
    };
    let raise = Stmt::If { when: raised, then: Vec::new(), otherwise: change(2, silent) };
    let clear = Stmt::If { when: raised, then: change(3, silent), otherwise: Vec::new() };
    let body = vec![Stmt::If { when: silent, then: vec![raise], otherwise: vec![clear] }];
    twin.ops.push(op("offline", Trigger { every_step: true, ..Trigger::default() }, body));
    for is_raised in [true, false] {
        twin.outputs.push(Output {
            kind: OutputKind::Alert { rule: 0, is_raised },
            args: vec![Scalar::Timestamp, Scalar::Timestamp, Scalar::Int],
            span: SPAN,
        });
    }
    twin.rules.push(RulePlan {
        name: "offline".to_string(),
        severity: "warning".to_string(),
        message: vec![MessagePiece::Text("offline".to_string())],
        message_args: 0,
        why: Vec::new(),
        span: SPAN,
    });
    twin.silences.push(Silence { input: 0, limit, inclusive: false, last_read, is_silent });
}

/// What a run of a test is given.
#[derive(Clone)]
pub(crate) struct Case {
    pub plan: Arc<Plan>,
    /// By source, by partition.
    pub sources: Vec<Vec<Arc<Vec<Item>>>>,
    /// Partitions of the table.
    pub tables: Vec<Arc<Vec<Item>>>,
    /// The records' own timestamp, if they have one.
    pub own: Option<i64>,
    pub from: Option<i64>,
    pub to: Option<i64>,
}

/// What a run wrote, by sink, and its summary.
pub(crate) type Written = BTreeMap<String, Vec<String>>;

/// The sinks of a run, which outlive it.
pub(crate) type Lines = BTreeMap<String, Arc<Mutex<Vec<String>>>>;

impl Case {
    pub fn new(shape: &Shape, sources: Vec<Vec<Vec<Item>>>, tables: Vec<Vec<Item>>) -> Case {
        let partitions = |list: Vec<Vec<Item>>| list.into_iter().map(Arc::new).collect();
        Case {
            plan: Arc::new(plan(shape)),
            sources: sources.into_iter().map(partitions).collect(),
            tables: partitions(tables),
            own: None,
            from: None,
            to: None,
        }
    }

    pub fn lines(&self) -> Lines {
        schemas(&self.plan).into_iter().map(|schema| (schema.name, Arc::default())).collect()
    }

    /// An engine for it that writes to these lines.
    pub fn engine(&self, lines: &Lines, options: Options) -> Result<Engine, EngineError> {
        // Three threads read ahead in one of their own, four while they write.
        let works_ahead = options.threads == 4;
        let reader = |items: &Arc<Vec<Item>>| {
            let (items, own) = (Arc::clone(items), self.own);
            Box::new(MemoryReader { items, next: 0, own, works_ahead }) as Box<dyn RecordReader>
        };
        let inputs = Inputs {
            sources: self.sources.iter().map(|list| list.iter().map(reader).collect()).collect(),
            tables: vec![self.tables.iter().map(reader).collect()],
        };
        let writers: Writers = schemas(&self.plan)
            .into_iter()
            .map(|schema| {
                let lines = Arc::clone(&lines[&schema.name]);
                (schema.name.clone(), Box::new(MemoryWriter { schema, lines }) as Box<dyn RecordWriter>)
            })
            .collect();
        let kernels = self.plan.twins.iter().map(|twin| Box::new(Evaluator::new(twin)) as Box<dyn Kernel>);
        Engine::new(Arc::clone(&self.plan), kernels.collect(), inputs, writers, options)
    }

    pub fn options(&self, rows: usize, threads: usize) -> Options {
        Options { rows, threads, from: self.from, to: self.to, every: Every::Rounds(1), ..Options::default() }
    }

    /// Runs it once.
    pub fn run(&self, rows: usize, threads: usize) -> (Written, Summary) {
        let lines = self.lines();
        let mut summary = self.engine(&lines, self.options(rows, threads)).unwrap().run().unwrap();
        (summary.seconds, summary.events_per_second) = (0.0, 0.0);
        (read(&lines), summary)
    }

    /// Runs it in pieces of so many rounds, each going on from the checkpoint of the one before.
    pub fn run_in_pieces(
        &self,
        rows: usize,
        threads: usize,
        rounds: u64,
        folder: &Path,
    ) -> (Written, Summary) {
        let lines = self.lines();
        loop {
            let mut options = self.options(rows, threads);
            options.checkpoint = Some(folder.to_path_buf());
            let (stop, done) = (Arc::clone(&options.stop), AtomicU64::new(0));
            options.progress = Some(Box::new(move |_| {
                if done.fetch_add(1, Ordering::Relaxed) + 1 >= rounds {
                    stop.store(true, Ordering::Relaxed);
                }
            }));
            let mut summary = self.engine(&lines, options).unwrap().run().unwrap();
            if !summary.is_stopped {
                (summary.seconds, summary.events_per_second) = (0.0, 0.0);
                return (read(&lines), summary);
            }
        }
    }

    /// Runs it whatever way it can be run, and expects the same of all.
    pub fn check(&self) -> (Written, Summary) {
        let expected = self.run(4096, 1);
        for (rows, threads) in [(1, 1), (7, 1), (7, 4), (64, 3), (4096, 4)] {
            same(&self.run(rows, threads), &expected, &format!("{rows} rows, {threads} threads"));
        }
        if self.to.is_some() {
            for (rows, threads, rounds) in [(31, 1, 1), (23, 4, 2)] {
                let folder = tempfile::tempdir().unwrap();
                let found = self.run_in_pieces(rows, threads, rounds, folder.path());
                same(
                    &found,
                    &expected,
                    &format!("{rows} rows, {threads} threads, pieces of {rounds} rounds"),
                );
            }
        }
        expected
    }
}

/// Expects two runs to have written the same, and says where they first differ.
pub(crate) fn same(found: &(Written, Summary), expected: &(Written, Summary), what: &str) {
    for (sink, lines) in &expected.0 {
        let differ = found.0[sink].iter().zip(lines).position(|(a, b)| a != b);
        let at = differ.unwrap_or(lines.len().min(found.0[sink].len()));
        assert_eq!(found.0[sink].get(at), lines.get(at), "{what}: {sink}, line {at} of {}", lines.len());
    }
    assert_eq!(found.1, expected.1, "{what}");
}

pub(crate) fn read(lines: &Lines) -> Written {
    lines.iter().map(|(name, lines)| (name.clone(), lines.lock().unwrap().clone())).collect()
}

/// Numbers that look random and are the same every time.
pub(crate) struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ z >> 31) % below
    }
}
