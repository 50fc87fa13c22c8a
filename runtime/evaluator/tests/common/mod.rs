//! Small plans built by hand, and a shard to run them in.
#![allow(dead_code, reason = "every test file takes what it needs")]

use twin_diagnostics::Span;
use twin_evaluator::Evaluator;
use twin_plan::kernel::{
    Batch, Entry, EntryList, Heap, Kernel, Keys, Kind, LateEntry, Outputs, Shard, TableKey, Tables,
    TextSpace, What, text_parts,
};
use twin_plan::{
    Accumulator, Compare, ExprId, Extent, FaultId, Input, Lane, Layout, NodeKind, Op, Output, OutputId,
    OutputKind, Prim, Read, Slot, SlotKind, Stmt, Tick, TickKind, Trigger, TwinPlan, Value, ValueId,
    WindowId, WindowPlan,
};
use twin_types::{Aggregate, Scalar, Word, words};

pub const SECOND: i64 = 1_000_000_000;
/// The one place where faults are counted.
pub const FAULT: FaultId = FaultId(0);

/// A plan that grows.
pub struct Build {
    pub plan: TwinPlan,
}

impl Build {
    /// A twin with one input of so many columns.
    pub fn new(columns: u32) -> Build {
        let mut plan = TwinPlan { layout: Layout::new(), key: Some(Scalar::String), ..TwinPlan::default() };
        plan.inputs.push(Input {
            name: "telemetry".into(),
            source: 0,
            by: None,
            columns: (0..columns).collect(),
            kept: vec![],
        });
        Build { plan }
    }

    pub fn node(&mut self, kind: NodeKind, ty: Scalar) -> ExprId {
        self.plan.exprs.push(kind, ty, Span::default())
    }

    pub fn field(&mut self, column: u32, ty: Scalar) -> ExprId {
        self.node(NodeKind::Field(0, column), ty)
    }

    pub fn real(&mut self, x: f64) -> ExprId {
        self.node(NodeKind::Const(x.to_bits()), Scalar::Real)
    }

    pub fn int(&mut self, n: i64) -> ExprId {
        self.node(NodeKind::Const(n as Word), Scalar::Int)
    }

    pub fn truth(&mut self, value: bool) -> ExprId {
        self.node(NodeKind::Const(words::from_bool(Some(value))), Scalar::Bool)
    }

    pub fn now(&mut self) -> ExprId {
        self.node(NodeKind::Now, Scalar::Timestamp)
    }

    pub fn slot_expr(&mut self, slot: Slot, ty: Scalar) -> ExprId {
        self.node(NodeKind::Slot(slot), ty)
    }

    pub fn value_expr(&mut self, value: ValueId) -> ExprId {
        let ty = self.plan.values[value.index()].ty;
        self.node(NodeKind::Value(value), ty)
    }

    /// Any operation; it may fault.
    pub fn prim(&mut self, prim: Prim, operands: &[ExprId], ty: Scalar) -> ExprId {
        self.node(NodeKind::Prim(prim, operands.to_vec(), prim.can_fault().then_some(FAULT)), ty)
    }

    pub fn compare(&mut self, how: Compare, a: ExprId, b: ExprId) -> ExprId {
        self.prim(Prim::CompareReal(how), &[a, b], Scalar::Bool)
    }

    pub fn slot(&mut self, ty: Scalar) -> Slot {
        self.plan.layout.add_value("slot", ty)
    }

    pub fn book(&mut self, initial: i64) -> Slot {
        self.plan.layout.add("book", SlotKind::Bookkeeping, &[initial as Word])
    }

    pub fn value(&mut self, ty: Scalar, slot: Option<Slot>) -> ValueId {
        self.plan.values.push(Value { name: "value".into(), ty, slot, span: Span::default() });
        ValueId(self.plan.values.len() as u32 - 1)
    }

    pub fn output(&mut self, args: &[Scalar]) -> OutputId {
        let kind = OutputKind::Record { sink: 0, columns: vec![] };
        self.plan.outputs.push(Output { kind, args: args.to_vec(), span: Span::default() });
        OutputId(self.plan.outputs.len() as u32 - 1)
    }

    pub fn tick(&mut self, period_ns: i64, resting: Vec<(Slot, Word)>) -> u32 {
        let due = self.book(twin_plan::layout::NEVER);
        let kind = TickKind::Every { period_ns, rest_after_ns: 1000 * period_ns };
        self.plan.ticks.push(Tick { kind, due, resting });
        self.plan.ticks.len() as u32 - 1
    }

    /// A deadline and the tick that waits for it.
    pub fn deadline(&mut self) -> (Slot, u32) {
        let slot = self.book(twin_plan::layout::NEVER);
        self.plan.deadlines.push(slot);
        self.plan.ticks.push(Tick { kind: TickKind::Deadlines(vec![slot]), due: slot, resting: vec![] });
        (slot, self.plan.ticks.len() as u32 - 1)
    }

    pub fn op(&mut self, trigger: Trigger, body: Vec<Stmt>) {
        self.plan.ops.push(Op { name: "op".into(), trigger, body, span: Span::default() });
    }

    /// A window with one lane; its slots are added.
    pub fn window(
        &mut self,
        extent: Extent,
        accumulator: Accumulator,
        args: &[ExprId],
        aggregate: Aggregate,
        value: ValueId,
    ) -> WindowId {
        let newest = self.plan.layout.add("newest", SlotKind::Bookkeeping, &extent.newest_at_first());
        let heap = self.plan.layout.add("samples", SlotKind::Heap, &[0]);
        let words = vec![0; (accumulator.words() * extent.accumulators(accumulator)) as usize];
        let slot = self.plan.layout.add("lane", SlotKind::Bookkeeping, &words);
        let reads =
            vec![Read { aggregate, constants: vec![], values: vec![value], texts: vec![], fault: None }];
        let lane = Lane { accumulator, args: args.to_vec(), filter: None, slot: Some(slot), reads };
        self.plan.windows.push(WindowPlan {
            name: "window".into(),
            extent,
            lanes: vec![lane],
            by: None,
            newest: Some(newest),
            heap: Some(heap),
            few: None,
            span: Span::default(),
        });
        WindowId(self.plan.windows.len() as u32 - 1)
    }

    /// A shard with one twin, ready to run.
    pub fn world(self) -> World {
        let columns = self.plan.inputs[0].columns.len();
        World {
            rows: self.plan.layout.initial.clone(),
            plan: self.plan,
            heap: Heap::default(),
            batch: Batch { columns: vec![vec![]; columns], ..Batch::default() },
            texts: vec![],
            outputs: Outputs::default(),
            late: vec![],
            faults: vec![0; 4],
            entries: vec![],
        }
    }
}

/// Events of the input.
pub fn on_events() -> Trigger {
    Trigger { inputs: vec![0], ..Trigger::default() }
}

/// A tick.
pub fn on_tick(tick: u32) -> Trigger {
    Trigger { ticks: vec![tick], ..Trigger::default() }
}

/// Every step.
pub fn always() -> Trigger {
    Trigger { every_step: true, ..Trigger::default() }
}

/// A shard with one twin and one input.
pub struct World {
    pub plan: TwinPlan,
    pub rows: Vec<Word>,
    pub heap: Heap,
    pub batch: Batch,
    pub texts: Vec<String>,
    pub outputs: Outputs,
    pub late: Vec<LateEntry>,
    pub faults: Vec<u64>,
    pub entries: Vec<Entry>,
}

struct Key;

impl Keys for Key {
    fn text(&self, _slot: u32) -> &[u8] {
        b"A1"
    }
}

/// A table with one row under the twin's own key: 7, and a text.
struct OneRow;

impl Tables for OneRow {
    fn row(&self, table: u32, key: TableKey<'_>, _: usize, _: i64) -> Option<(&[Word], &[u8])> {
        let is_known =
            table == 0 && matches!(key, TableKey::Own(0) | TableKey::Text(b"A1") | TableKey::Int(5));
        is_known.then_some((&[7, 2 << 24 | 3], b"__abc"))
    }
}

impl World {
    fn entry(&mut self, what: What, time: i64, record: u32) {
        let kind = Kind { input: 0, what };
        self.entries.push(Entry { time, stream: time, slot: 0, record, kind });
    }

    /// An event with these columns.
    pub fn event(&mut self, time: i64, columns: &[Word]) -> &mut World {
        for (column, &word) in self.batch.columns.iter_mut().zip(columns) {
            column.push(word);
        }
        self.batch.rows += 1;
        self.entry(What::Event, time, self.batch.rows as u32 - 1);
        self
    }

    pub fn reals(&mut self, events: &[(i64, f64)]) -> &mut World {
        for &(time, x) in events {
            self.event(time * SECOND, &[words::from_f64(x)]);
        }
        self
    }

    pub fn advance(&mut self, time: i64) -> &mut World {
        self.entry(What::Advance, time, 0);
        self
    }

    pub fn read(&mut self, stream: i64) -> &mut World {
        self.entry(What::Read, stream, 0);
        self
    }

    pub fn quiet(&mut self, time: i64, silence: u32) -> &mut World {
        self.entry(What::Quiet, time, silence);
        self
    }

    /// Runs what has been noted, one entry at a time where `at_once` is false.
    pub fn run_in(&mut self, at_once: bool) -> &mut World {
        let entries = std::mem::take(&mut self.entries);
        let kernel = Evaluator::new(&self.plan);
        let batches = [&self.batch];
        let mut shard = Shard {
            plan: &self.plan,
            rows: &mut self.rows,
            heap: &mut self.heap,
            batches: &batches,
            texts: &self.texts,
            keys: &Key,
            tables: &OneRow,
            own_rows: &[],
            outputs: &mut self.outputs,
            late: &mut self.late,
            faults: &mut self.faults,
        };
        let size = if at_once { entries.len().max(1) } else { 1 };
        for (first, some) in entries.chunks(size).enumerate() {
            let some: EntryList = some.iter().copied().collect();
            let before = shard.outputs.heads.len();
            kernel.run(&mut shard, some.entries());
            // A kernel counts from the first entry of the call.
            let new = &mut shard.outputs.heads[before..];
            new.iter_mut().for_each(|head| head.trigger += (first * size) as u64);
        }
        self
    }

    /// The places of the entries that were late.
    pub fn late_at(&self) -> Vec<u32> {
        self.late.iter().map(|late| late.at).collect()
    }

    pub fn run(&mut self) -> &mut World {
        self.run_in(true)
    }

    /// Times in seconds and words of what was written.
    pub fn written(&self) -> Vec<(i64, Vec<Word>)> {
        let heads = self.outputs.heads.iter();
        let words = |first: u32, count: u32| self.outputs.words[first as usize..][..count as usize].to_vec();
        heads.map(|head| (head.time / SECOND, words(head.first, head.words))).collect()
    }

    /// The same with one real each; `None` where it is absent.
    pub fn written_reals(&self) -> Vec<(i64, Option<f64>)> {
        let written = self.written();
        let real = |word: Word| Some(words::to_f64(word)).filter(|x| !x.is_nan());
        written.into_iter().map(|(time, words)| (time, real(words[0]))).collect()
    }

    /// The same with one int each.
    pub fn written_ints(&self) -> Vec<(i64, i64)> {
        self.written().into_iter().map(|(time, words)| (time, words[0] as i64)).collect()
    }

    /// A text that was written.
    pub fn text(&self, handle: Word) -> &str {
        let (space, offset, bytes) = text_parts(handle);
        assert_eq!(space, TextSpace::Output as u64);
        std::str::from_utf8(&self.outputs.texts[offset..offset + bytes]).unwrap()
    }
}
