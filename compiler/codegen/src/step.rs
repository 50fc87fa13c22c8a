//! Functions of a twin: one per kind of step, in parts where it is long.

use crate::abi::offsets;
use crate::emit::memo::{Memo, SlotCache};
use crate::emit::memory::{CHANGING, FIXED};
use crate::emit::{Emit, Frame, Registers, StepKind};
use crate::error::Error;
use crate::facts::Facts;
use crate::functions::{Definition, FunctionNames, Signatures, define};
use crate::helpers::Helper;
use crate::imports::Imports;
use crate::options::{Choices, Options};
use crate::sharing::Sharing;
use crate::walk::{Uses, uses};
use cranelift_codegen::ir::condcodes::IntCC;
use cranelift_codegen::ir::{Block, InstBuilder, MemFlagsData, Value, types};
use cranelift_frontend::FunctionBuilder;
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module};
use twin_plan::layout::{CLOCK, LAST_EVENT, NEVER, NEXT_DEADLINE, NEXT_TICK};
use twin_plan::{Op, Plan, Slot, TwinPlan};
use twin_types::Scalar;

/// Most lines of a row that are touched ahead.
const TOUCHED_LINES_MAX: usize = 8;

/// What stays the same while the functions of one twin are made.
pub(crate) struct TwinCompiler<'a> {
    pub plan: &'a Plan,
    pub twin: &'a TwinPlan,
    pub options: &'a Options,
    pub module: &'a mut JITModule,
    pub imports: &'a mut Imports,
    pub signatures: &'a Signatures,
    pub definition: &'a mut Definition,
    pub facts: Facts,
    pub sharing: Sharing,
    pub column_starts: Vec<u32>,
    pub names: FunctionNames,
}

/// Operators of one function.
struct Part<'a> {
    ops: Vec<&'a Op>,
    uses: Uses,
}

impl<'a> TwinCompiler<'a> {
    /// The function for runs of events of an input.
    pub(crate) fn events(&mut self, input: u32) -> Result<FuncId, Error> {
        let kind = StepKind::Event(input);
        let (parts, shared) = self.parts(kind);
        let name = self.names.events(&self.twin.inputs[input as usize].name);
        if let [part] = parts.as_slice() {
            return self.entry_loop(&name, kind, part, Body::Inline(part));
        }
        let functions = self.part_functions(&name, kind, &parts, &shared)?;
        let all = uses(self.twin, kind, parts.iter().flat_map(|part| part.ops.iter().copied()));
        let whole = Part { ops: Vec::new(), uses: all };
        self.entry_loop(&name, kind, &whole, Body::Calls(&functions, &shared))
    }

    /// The function for one step that is no event's.
    pub(crate) fn step(&mut self, kind: StepKind) -> Result<FuncId, Error> {
        let (parts, shared) = self.parts(kind);
        let name = self.names.step(kind);
        let all = uses(self.twin, kind, parts.iter().flat_map(|part| part.ops.iter().copied()));
        if let [part] = parts.as_slice() {
            return self.function(&name, kind, |emit| {
                emit.declare_registers(&part.uses);
                part.ops.iter().for_each(|op| emit.op(op));
                emit.finish_step(&all);
            });
        }
        let functions = self.part_functions(&name, kind, &parts, &shared)?;
        self.function(&name, kind, |emit| {
            emit.clear_shared(&shared);
            emit.call_parts(&functions);
            emit.finish_step(&all);
        })
    }

    /// The operators of a kind of step in parts of moderate weight, and which values several parts use.
    fn parts(&self, kind: StepKind) -> (Vec<Part<'a>>, Vec<bool>) {
        let twin = self.twin;
        let mut parts: Vec<Part<'a>> = Vec::new();
        for op in &twin.ops {
            let own = uses(twin, kind, [op]);
            match parts.last_mut() {
                Some(part) if part.uses.weight + own.weight <= self.options.function_weight_max => {
                    part.uses.weight += own.weight;
                    part.ops.push(op);
                }
                _ => parts.push(Part { ops: vec![op], uses: own }),
            }
        }
        let mut users = vec![0u32; twin.values.len()];
        for part in &mut parts {
            part.uses = uses(twin, kind, part.ops.iter().copied());
            part.uses.values.iter().for_each(|value| users[value.index()] += 1);
        }
        if parts.is_empty() {
            parts.push(Part { ops: Vec::new(), uses: Uses::default() });
        }
        let is_shared = |value: usize| users[value] > 1 && is_register(twin, value);
        (parts, (0..twin.values.len()).map(is_shared).collect())
    }

    fn part_functions(
        &mut self,
        name: &str,
        kind: StepKind,
        parts: &[Part<'_>],
        shared: &[bool],
    ) -> Result<Vec<FuncId>, Error> {
        let define_part = |(number, part): (usize, &Part<'_>)| {
            self.function(&format!("{name}.{number}"), kind, |emit| {
                emit.registers.in_context = shared.to_vec();
                emit.declare_registers(&part.uses);
                part.ops.iter().for_each(|op| emit.op(op));
                emit.b.ins().return_(&[]);
            })
        };
        parts.iter().enumerate().map(define_part).collect()
    }

    /// A function that is called with the context set to a step.
    fn function(
        &mut self,
        name: &str,
        kind: StepKind,
        body: impl FnOnce(&mut Emit<'_, '_>),
    ) -> Result<FuncId, Error> {
        let choices = self.choices();
        let signature = self.signatures.step.clone();
        let Self { twin, facts, sharing, column_starts, imports, plan, .. } = self;
        define(self.definition, self.module, name, signature, &self.options, |module, builder| {
            imports.start_function();
            let (mut b, context) = start(builder);
            let frame = frame_of_context(&mut b, kind, context);
            let mut emit = Emit::new(
                b,
                module,
                imports,
                twin,
                facts,
                sharing,
                column_starts,
                &plan.texts,
                choices,
                frame,
            );
            body(&mut emit);
            emit.finish();
        })
    }

    fn choices(&self) -> Choices {
        match self.options.choices {
            Choices::Auto => Choices::Selects,
            chosen => chosen,
        }
    }

    /// The loop over entries around a step.
    fn entry_loop(
        &mut self,
        name: &str,
        kind: StepKind,
        whole: &Part<'_>,
        body: Body<'_>,
    ) -> Result<FuncId, Error> {
        let choices = self.choices();
        let signature = self.signatures.events.clone();
        let touch_ahead = self.options.touch_ahead;
        let Self { twin, facts, sharing, column_starts, imports, plan, .. } = self;
        define(self.definition, self.module, name, signature, &self.options, |module, builder| {
            imports.start_function();
            let (b, context) = start(builder);
            let frame = Frame { kind, context, row: context, now: context, stream: context, record: None };
            let emit = Emit::new(
                b,
                module,
                imports,
                twin,
                facts,
                sharing,
                column_starts,
                &plan.texts,
                choices,
                frame,
            );
            EntryLoop { emit, uses: &whole.uses, touch_ahead }.emit(body);
        })
    }
}

/// What a step in a loop does.
enum Body<'b> {
    Inline(&'b Part<'b>),
    Calls(&'b [FuncId], &'b [bool]),
}

/// Whether a value is kept in registers and not in the row.
fn is_register(twin: &TwinPlan, value: usize) -> bool {
    let value = &twin.values[value];
    value.slot.is_none() || value.ty == Scalar::String
}

fn start(mut b: FunctionBuilder<'_>) -> (FunctionBuilder<'_>, Value) {
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    let context = b.block_params(block)[0];
    (b, context)
}

/// What a function finds in the context; it stays the same while the function runs.
fn frame_of_context(b: &mut FunctionBuilder<'_>, kind: StepKind, context: Value) -> Frame {
    let mut field = |offset| b.ins().load(types::I64, FIXED, context, offset);
    Frame {
        kind,
        context,
        row: field(offsets::ROW),
        now: field(offsets::NOW),
        stream: field(offsets::STREAM),
        record: matches!(kind, StepKind::Event(_)).then(|| field(offsets::RECORD)),
    }
}

impl<'a, 'f> Emit<'a, 'f> {
    #[allow(clippy::too_many_arguments, reason = "the fields of the struct, once")]
    fn new(
        b: FunctionBuilder<'f>,
        module: &'a mut JITModule,
        imports: &'a mut Imports,
        twin: &'a TwinPlan,
        facts: &'a Facts,
        sharing: &'a mut Sharing,
        column_starts: &'a [u32],
        texts: &'a [String],
        choices: Choices,
        frame: Frame,
    ) -> Emit<'a, 'f> {
        Emit {
            b,
            module,
            imports,
            twin,
            facts,
            sharing,
            choices,
            frame,
            column_starts,
            texts,
            registers: Registers::default(),
            memo: Memo::default(),
            slots: SlotCache::default(),
            marks: Default::default(),
            active: None,
        }
    }

    fn finish(mut self) {
        self.b.seal_all_blocks();
        self.b.finalize(self.module.target_config());
    }

    /// Variables for values that live in registers of this function; absent at first.
    fn declare_registers(&mut self, uses: &Uses) {
        for id in &uses.values {
            let is_elsewhere = self.registers.in_context.get(id.index()).copied().unwrap_or(false);
            if is_elsewhere || !is_register(self.twin, id.index()) {
                continue;
            }
            let absent = self.absent(self.twin.values[id.index()].ty);
            let variables = self.declare(absent);
            self.registers.variables.insert(id.0, variables);
        }
    }

    /// Values that several parts use are absent at the beginning of a step.
    fn clear_shared(&mut self, shared: &[bool]) {
        let registers = self.context(types::I64, offsets::REGISTERS, FIXED);
        for (value, _) in shared.iter().enumerate().filter(|(_, is_shared)| **is_shared) {
            let absent = self.absent(self.twin.values[value].ty);
            self.store(registers, value as i32 * 8, absent);
        }
    }

    fn call_parts(&mut self, functions: &[FuncId]) {
        for function in functions {
            let reference = self.imports.local(self.module, self.b.func, *function);
            self.b.ins().call(reference, &[self.frame.context]);
        }
    }

    fn finish_step(&mut self, uses: &Uses) {
        if uses.has_resets {
            self.end_of_step(self.twin.resets.len().div_ceil(64));
        }
        self.b.ins().return_(&[]);
    }
}

/// The code around the steps of events: which entries, late or not, what is due before them.
struct EntryLoop<'a, 'f, 'u> {
    emit: Emit<'a, 'f>,
    uses: &'u Uses,
    touch_ahead: u32,
}

/// Blocks of the loop.
struct Blocks {
    next: Block,
    step: Block,
    prepare: Block,
    exit: Block,
}

impl EntryLoop<'_, '_, '_> {
    fn emit(mut self, body: Body<'_>) {
        let StepKind::Event(input) = self.emit.frame.kind else { unreachable!("entries are events here") };
        let parameters =
            self.emit.b.block_params(self.emit.b.current_block().expect("the first block")).to_vec();
        let (first, end) = (parameters[1], parameters[2]);
        let head = self.emit.b.create_block();
        let at = self.emit.b.append_block_param(head, types::I64);
        let check = self.emit.b.create_block();
        let exit = self.emit.b.create_block();
        let result = self.emit.b.append_block_param(exit, types::I64);
        let next = self.emit.b.create_block();
        let blocks = Blocks { next, step: self.emit.b.create_block(), prepare: self.emit.cold_block(), exit };
        self.emit.b.ins().jump(head, &[first.into()]);

        self.emit.b.switch_to_block(head);
        let is_left = self.emit.b.ins().icmp(IntCC::UnsignedLessThan, at, end);
        self.emit.b.ins().brif(is_left, check, &[], exit, &[at.into()]);
        self.emit.b.switch_to_block(check);
        let entry = self.entry(at);
        self.is_of_input(entry, input, at, &blocks);
        self.read_entry(entry);
        self.touch(at, end);
        self.is_ready(&blocks);

        self.emit.b.switch_to_block(blocks.prepare);
        let applied = self.emit.call(Helper::Prepare, &[at]).expect("whether it is applied");
        self.emit.b.ins().brif(applied, blocks.step, &[], blocks.next, &[]);

        self.emit.b.switch_to_block(blocks.step);
        self.step(at, body);
        self.emit.b.ins().jump(blocks.next, &[]);

        self.emit.b.switch_to_block(blocks.next);
        let following = self.emit.b.ins().iadd_imm_s(at, 1);
        self.emit.b.ins().jump(head, &[following.into()]);
        self.emit.b.switch_to_block(blocks.exit);
        self.emit.b.ins().return_(&[result]);
        self.emit.finish();
    }

    /// The address of an entry.
    fn entry(&mut self, at: Value) -> Value {
        let entries = self.emit.context(types::I64, offsets::ENTRIES, FIXED);
        let offset = self.emit.b.ins().imul_imm_s(at, offsets::ENTRY_BYTES);
        self.emit.b.ins().iadd(entries, offset)
    }

    /// Goes on only with events of the input.
    fn is_of_input(&mut self, entry: Value, input: u32, at: Value, blocks: &Blocks) {
        let going_on = self.emit.b.create_block();
        let kind = self.emit.b.ins().load(types::I32, CHANGING, entry, offsets::ENTRY_INPUT);
        // Input in the lower half, `What::Event` (0) in the upper one.
        let is_same = self.emit.b.ins().icmp_imm_s(IntCC::Equal, kind, i64::from(input));
        self.emit.b.ins().brif(is_same, going_on, &[], blocks.exit, &[at.into()]);
        self.emit.b.switch_to_block(going_on);
    }

    fn read_entry(&mut self, entry: Value) {
        let b = &mut self.emit.b;
        let now = b.ins().load(types::I64, FIXED, entry, offsets::ENTRY_TIME);
        let stream = b.ins().load(types::I64, FIXED, entry, offsets::ENTRY_STREAM);
        let record = b.ins().uload32(FIXED, entry, offsets::ENTRY_RECORD);
        let row = self.row(entry);
        let frame = &mut self.emit.frame;
        (frame.now, frame.stream, frame.record, frame.row) = (now, stream, Some(record), row);
    }

    /// The row of an entry's twin.
    fn row(&mut self, entry: Value) -> Value {
        let slot = self.emit.b.ins().uload32(FIXED, entry, offsets::ENTRY_SLOT);
        let offset = self.emit.b.ins().imul_imm_s(slot, i64::from(self.emit.twin.layout.words) * 8);
        let rows = self.emit.context(types::I64, offsets::ROWS, FIXED);
        self.emit.b.ins().iadd(rows, offset)
    }

    /// Touches the row of an entry further on, so that it is in the cache when its turn comes.
    fn touch(&mut self, at: Value, end: Value) {
        if self.touch_ahead == 0 {
            return;
        }
        let ahead = self.emit.b.ins().iadd_imm_s(at, i64::from(self.touch_ahead));
        let last = self.emit.b.ins().iadd_imm_s(end, -1);
        let ahead = self.emit.b.ins().umin(ahead, last);
        let entry = self.entry(ahead);
        let row = self.row(entry);
        for line in touched_lines(self.uses) {
            // Without the promise that it cannot trap, a load whose result is not used is kept.
            let may_trap = MemFlagsData::new().with_aligned();
            self.emit.b.ins().load(types::I64, may_trap, row, line as i32 * 64);
        }
    }

    /// Leaves for what is rare: late events, instants that are due, a twin's beginning.
    fn is_ready(&mut self, blocks: &Blocks) {
        let now = self.emit.frame.now;
        let twin = self.emit.twin;
        let clock = self.header(CLOCK);
        let is_late = self.emit.b.ins().icmp(IntCC::SignedLessThan, now, clock);
        self.rare(is_late, blocks);
        let rest = twin_operators::ticks::shortest_rest(twin);
        if rest != NEVER {
            let tick = self.header(NEXT_TICK);
            let is_due = self.emit.b.ins().icmp(IntCC::SignedLessThanOrEqual, tick, now);
            self.rare(is_due, blocks);
            // A twin that has not begun looks like one whose last event is very long ago.
            let last = self.header(LAST_EVENT);
            let gap = self.emit.b.ins().isub(now, last);
            let is_long = self.emit.b.ins().icmp_imm_s(IntCC::UnsignedGreaterThan, gap, rest);
            self.rare(is_long, blocks);
        }
        if !twin.deadlines.is_empty() {
            let deadline = self.header(NEXT_DEADLINE);
            let is_due = self.emit.b.ins().icmp(IntCC::SignedLessThan, deadline, now);
            self.rare(is_due, blocks);
        }
        for slot in [CLOCK, LAST_EVENT] {
            self.emit.b.ins().store(CHANGING, now, self.emit.frame.row, slot.0 as i32 * 8);
        }
        self.emit.b.ins().jump(blocks.step, &[]);
    }

    fn header(&mut self, slot: Slot) -> Value {
        self.emit.b.ins().load(types::I64, CHANGING, self.emit.frame.row, slot.0 as i32 * 8)
    }

    fn rare(&mut self, is_rare: Value, blocks: &Blocks) {
        let going_on = self.emit.b.create_block();
        self.emit.b.ins().brif(is_rare, blocks.prepare, &[], going_on, &[]);
        self.emit.b.switch_to_block(going_on);
    }

    /// The step itself.
    fn step(&mut self, at: Value, body: Body<'_>) {
        let frame = self.emit.frame;
        let is_called = matches!(body, Body::Calls(..));
        if self.uses.has_calls || is_called {
            self.note(offsets::AT, at);
            self.note(offsets::NOW, frame.now);
            let zero = self.emit.b.ins().iconst(types::I64, 0);
            self.note(offsets::PLACE, zero);
        }
        if is_called {
            self.note(offsets::ROW, frame.row);
            self.note(offsets::STREAM, frame.stream);
            self.note(offsets::RECORD, frame.record.expect("an event has a record"));
        }
        self.keep_columns();
        match body {
            Body::Inline(part) => {
                self.emit.declare_registers(&part.uses);
                part.ops.iter().for_each(|op| self.emit.op(op));
            }
            Body::Calls(functions, shared) => {
                self.emit.clear_shared(shared);
                self.emit.call_parts(functions);
            }
        }
        if self.uses.has_resets {
            self.emit.end_of_step(self.emit.twin.resets.len().div_ceil(64));
        }
    }

    fn note(&mut self, offset: i32, value: Value) {
        self.emit.b.ins().store(CHANGING, value, self.emit.frame.context, offset);
    }

    /// Stores the columns that steps of other kinds read.
    fn keep_columns(&mut self) {
        let StepKind::Event(number) = self.emit.frame.kind else { return };
        let twin = self.emit.twin;
        for (column, slot) in &twin.inputs[number as usize].kept {
            self.emit.keep_column(number, *column, *slot);
        }
    }
}

/// Lines of the row that most steps use, as many as it pays to touch.
fn touched_lines(uses: &Uses) -> Vec<u32> {
    let mut lines: Vec<u32> = std::iter::once(0).chain(uses.slots.iter().map(|slot| slot.0 / 8)).collect();
    lines.dedup();
    lines.truncate(TOUCHED_LINES_MAX);
    lines
}
