//! Building plans by hand, and running them.

use twin_codegen::{NativeKernels, Options, compile};
use twin_diagnostics::Span;
use twin_plan::kernel::{
    Batch, Entry, EntryList, Heap, Kernel, Keys, Kind, LateEntry, Outputs, OwnRow, OwnRows, Shard, TableKey,
    Tables, TextSpace, What, text_parts,
};
use twin_plan::{
    Column, Duplicates, ExprId, FaultId, FaultPlace, Format, Input, KeyPlan, Layout, NodeKind, Op, Plan,
    Prim, Slot, SourcePlan, Stmt, TimePlan, Trigger, TwinPlan, Value, ValueId,
};
use twin_types::{ABSENT_STRING, Scalar, Word};

/// A twin with one input in the making.
pub struct Maker {
    pub plan: Plan,
    pub twin: TwinPlan,
}

impl Maker {
    /// With an input whose columns are of these scalars.
    pub fn new(columns: &[Scalar]) -> Maker {
        let mut maker = Maker {
            plan: Plan::default(),
            twin: TwinPlan { name: "Twin".into(), layout: Layout::new(), ..TwinPlan::default() },
        };
        maker.input(columns);
        maker
    }

    /// One input more.
    pub fn input(&mut self, columns: &[Scalar]) -> u32 {
        let number = self.twin.inputs.len() as u32;
        self.plan.sources.push(source(columns));
        self.twin.inputs.push(Input {
            name: format!("input{number}"),
            source: number,
            by: None,
            columns: (0..columns.len() as u32).collect(),
            kept: vec![],
        });
        number
    }

    pub fn node(&mut self, kind: NodeKind, ty: Scalar) -> ExprId {
        self.twin.exprs.push(kind, ty, Span::default())
    }

    pub fn real(&mut self, value: f64) -> ExprId {
        self.node(NodeKind::Const(value.to_bits()), Scalar::Real)
    }

    pub fn int(&mut self, value: i64) -> ExprId {
        self.node(NodeKind::Const(value as Word), Scalar::Int)
    }

    pub fn field(&mut self, column: u32, ty: Scalar) -> ExprId {
        self.node(NodeKind::Field(0, column), ty)
    }

    /// A place where faults are counted.
    pub fn fault(&mut self) -> FaultId {
        let number = self.plan.faults.len() as u32;
        self.plan.faults.push(FaultPlace { label: format!("fault {number}"), span: Span::default() });
        FaultId(number)
    }

    pub fn prim(&mut self, prim: Prim, operands: &[ExprId], ty: Scalar) -> ExprId {
        let fault = prim.can_fault().then(|| self.fault());
        self.node(NodeKind::Prim(prim, operands.to_vec(), fault), ty)
    }

    /// A value with a slot.
    pub fn value(&mut self, name: &str, ty: Scalar) -> (ValueId, Slot) {
        let slot = self.twin.layout.add_value(name, ty);
        (self.declare(name, ty, Some(slot)), slot)
    }

    /// A value in a register.
    pub fn register(&mut self, name: &str, ty: Scalar) -> ValueId {
        self.declare(name, ty, None)
    }

    fn declare(&mut self, name: &str, ty: Scalar, slot: Option<Slot>) -> ValueId {
        let id = ValueId(self.twin.values.len() as u32);
        self.twin.values.push(Value { name: name.into(), ty, slot, span: Span::default() });
        id
    }

    /// An operator that events of the first input trigger.
    pub fn on_event(&mut self, body: Vec<Stmt>) {
        self.op(Trigger { inputs: vec![0], ..Trigger::default() }, body);
    }

    pub fn op(&mut self, trigger: Trigger, body: Vec<Stmt>) {
        let name = format!("op{}", self.twin.ops.len());
        self.twin.ops.push(Op { name, trigger, body, span: Span::default() });
    }

    /// The plan, whole.
    pub fn finish(mut self) -> Plan {
        self.plan.twins.push(self.twin);
        self.plan
    }
}

fn source(columns: &[Scalar]) -> SourcePlan {
    let column = |ty: &Scalar| Column {
        name: "column".into(),
        path: vec![],
        ty: *ty,
        unit: None,
        texts: vec![],
        time: None,
        is_required: false,
        default: None,
        valid: None,
    };
    SourcePlan {
        name: "source".into(),
        topic: "source".into(),
        format: Format::Json,
        columns: columns.iter().map(column).collect(),
        exprs: Default::default(),
        key: KeyPlan::File,
        time: TimePlan::Record,
        counts: None,
        filter: None,
        lateness_ns: 0,
        patience_ns: None,
        skew_ns: 0,
        duplicates: Duplicates::Keep,
        rate_hz: None,
    }
}

/// Code with the verifier on.
pub fn native(plan: &Plan, options: Options) -> NativeKernels {
    compile(plan, &Options { verify: true, ..options }).unwrap_or_else(|error| panic!("{error}"))
}

/// A record that was written: time of its step, place in it, and its words, texts as bytes.
pub type Written<'w> = (i64, u32, Vec<Result<Word, &'w [u8]>>);

/// Twins of the plan's first kind, and what they have written.
pub struct World {
    pub rows: Vec<Word>,
    pub heap: Heap,
    pub batches: Vec<Batch>,
    pub outputs: Outputs,
    pub late: Vec<LateEntry>,
    pub faults: Vec<u64>,
}

impl World {
    pub fn new(plan: &Plan, twins: usize) -> World {
        let twin = &plan.twins[0];
        let columns = |source: &SourcePlan| vec![Vec::new(); source.columns.len()];
        World {
            rows: twin.layout.initial.repeat(twins),
            heap: Heap::default(),
            batches: plan
                .sources
                .iter()
                .map(|source| Batch { rows: 0, columns: columns(source), texts: vec![] })
                .collect(),
            outputs: Outputs::default(),
            late: vec![],
            faults: vec![0; plan.faults.len()],
        }
    }

    /// A record of an input; its number.
    pub fn record(&mut self, input: usize, words: &[Word]) -> u32 {
        let batch = &mut self.batches[input];
        for (column, word) in batch.columns.iter_mut().zip(words) {
            column.push(*word);
        }
        batch.rows += 1;
        batch.rows as u32 - 1
    }

    pub fn run(&mut self, plan: &Plan, kernel: &dyn Kernel, entries: &[Entry]) {
        let batches: Vec<&Batch> = self.batches.iter().collect();
        let mut shard = Shard {
            plan: &plan.twins[0],
            rows: &mut self.rows,
            heap: &mut self.heap,
            batches: &batches,
            texts: &plan.texts,
            keys: &NamedKeys,
            tables: &NoTables,
            own_rows: &[OwnRows { rows: &[OwnRow::ASK; 4], words: &[] }],
            outputs: &mut self.outputs,
            late: &mut self.late,
            faults: &mut self.faults,
        };
        let entries: EntryList = entries.iter().copied().collect();
        kernel.run(&mut shard, entries.entries());
    }

    /// What was written: time, place in the step, words, and texts for those that are handles.
    pub fn written(&self, plan: &Plan) -> Vec<Written<'_>> {
        let show = |head: &twin_plan::kernel::OutputHead| {
            let words = &self.outputs.words[head.first as usize..(head.first + head.words) as usize];
            let types = &plan.twins[0].outputs[head.output.index()].args;
            let shown = words.iter().zip(types).map(|(word, ty)| match ty {
                Scalar::String if *word != ABSENT_STRING => Err(self.text(*word)),
                _ => Ok(*word),
            });
            (head.time, head.place, shown.collect())
        };
        self.outputs.heads.iter().map(show).collect()
    }

    fn text(&self, handle: Word) -> &[u8] {
        let (space, offset, bytes) = text_parts(handle);
        assert_eq!(space, TextSpace::Output as u64, "texts that are written are copies");
        &self.outputs.texts[offset..offset + bytes]
    }
}

/// An event.
pub fn event(time: i64, slot: u32, input: u16, record: u32) -> Entry {
    Entry { time, stream: time, slot, record, kind: Kind { input, what: What::Event } }
}

struct NamedKeys;

impl Keys for NamedKeys {
    fn text(&self, slot: u32) -> &[u8] {
        [b"zero", b"one2", b"two3", b"four"][slot as usize % 4]
    }
}

struct NoTables;

impl Tables for NoTables {
    fn row(&self, table: u32, key: TableKey<'_>, _: usize, _: i64) -> Option<(&[Word], &[u8])> {
        match (table, key) {
            (0, TableKey::Own(1)) => Some((&[7], b"")),
            _ => None,
        }
    }
}
