//! Functions of a twin: one per kind of step, in parts where it is long.

use crate::abi::offsets;
use crate::emit::memo::{Memo, SlotCache};
use crate::emit::memory::FIXED;
use crate::emit::{Emit, Frame, Registers, StepKind};
use crate::entry_loop::EntryLoop;
use crate::error::Error;
use crate::facts::Facts;
use crate::functions::{Definition, FunctionNames, Signatures, define};
use crate::imports::Imports;
use crate::options::Options;
use crate::sharing::Sharing;
use crate::touch::Touched;
use crate::walk::{Seen, Uses, uses};
use cranelift_codegen::ir::{InstBuilder, Signature, Value, types};
use cranelift_frontend::FunctionBuilder;
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Module};
use std::collections::{BTreeSet, HashMap};
use twin_plan::{Op, Plan, TwinPlan, ValueId};
use twin_types::Scalar;

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
    pub seen: Seen,
    pub column_starts: Vec<u32>,
    pub names: FunctionNames,
    /// Functions that the operators' solver calls, by variant.
    pub looks: Vec<(FuncId, Vec<[FuncId; 3]>)>,
    /// By input: what its steps use of a row.
    pub touched: Vec<Touched>,
}

/// The operators of one kind of step.
struct Steps<'a> {
    kind: StepKind,
    parts: Vec<Part<'a>>,
    uses: Uses,
    /// By value: whether several functions use it, so that it is kept in the context.
    shared: Vec<bool>,
    /// By integration: the variant of its functions.
    looks: HashMap<u32, u32>,
}

/// Operators of one function.
pub(crate) struct Part<'a> {
    ops: Vec<&'a Op>,
    uses: Uses,
}

/// What a step does, in a loop or alone.
pub(crate) enum Body<'b> {
    /// Its operators are in the function.
    Inline(&'b Part<'b>, &'b [bool]),
    /// They are in functions of their own.
    Calls(&'b [FuncId], &'b [bool]),
}

impl<'a> TwinCompiler<'a> {
    /// The function for runs of events of an input.
    pub(crate) fn events(&mut self, input: u32) -> Result<FuncId, Error> {
        let name = self.names.events(&self.twin.inputs[input as usize].name);
        let signature = self.signatures.events.clone();
        let steps = self.steps(StepKind::Event(input))?;
        self.touched.push(Touched::of(self.twin, &steps.uses));
        let functions = self.part_functions(&name, &steps)?;
        self.function(&name, signature, &steps, |emit| {
            EntryLoop { emit, uses: &steps.uses }.emit(steps.body(&functions));
        })
    }

    /// The function for one step that is no event's.
    pub(crate) fn step(&mut self, kind: StepKind) -> Result<FuncId, Error> {
        let name = self.names.step(kind);
        let signature = self.signatures.step.clone();
        let steps = self.steps(kind)?;
        let functions = self.part_functions(&name, &steps)?;
        self.function(&name, signature, &steps, |mut emit| {
            emit.read_frame();
            emit.body(steps.body(&functions), &steps.uses);
            emit.b.ins().return_(&[]);
            emit.finish();
        })
    }

    /// The operators of a kind of step in parts of moderate weight, and which values several functions use.
    fn steps(&mut self, kind: StepKind) -> Result<Steps<'a>, Error> {
        let twin = self.twin;
        let mut parts = vec![Part { ops: Vec::new(), uses: Uses::default() }];
        for op in &twin.ops {
            let own = uses(twin, kind, op, &mut self.seen);
            let is_full = |part: &Part<'_>| part.uses.weight + own.weight > self.options.function_weight_max;
            if parts.last().is_some_and(|part| is_full(part) && !part.ops.is_empty()) {
                parts.push(Part { ops: Vec::new(), uses: Uses::default() });
            }
            let part = parts.last_mut().expect("there is one from the beginning");
            part.ops.push(op);
            part.uses.add(&own);
        }
        let mut users = vec![0u32; twin.values.len()];
        let mut all = Uses::default();
        for part in &parts {
            part.uses.values.iter().for_each(|value| users[value.index()] += 1);
            all.add(&part.uses);
        }
        all.pinned.iter().for_each(|(_, value)| users[value.index()] += 1);
        let is_shared = |value: usize| users[value] > 1 && is_register(twin, value);
        let shared = (0..twin.values.len()).map(is_shared).collect();
        let mut steps = Steps { kind, parts, uses: all, shared, looks: HashMap::new() };
        for integration in steps.uses.looks.clone() {
            let variant = self.looks(&steps, integration)?;
            steps.looks.insert(integration, variant);
        }
        Ok(steps)
    }

    fn part_functions(&mut self, name: &str, steps: &Steps<'_>) -> Result<Vec<FuncId>, Error> {
        if steps.parts.len() == 1 {
            return Ok(Vec::new());
        }
        let define_part = |(number, part): (usize, &Part<'_>)| {
            let signature = self.signatures.step.clone();
            self.function(&format!("{name}.{number}"), signature, steps, |mut emit| {
                emit.read_frame();
                emit.registers.in_context = steps.shared.clone();
                emit.operators(part);
                emit.b.ins().return_(&[]);
                emit.finish();
            })
        };
        steps.parts.iter().enumerate().map(define_part).collect()
    }

    /// Functions by which the operators' solver looks at an integration's right side; gives their variant.
    fn looks(&mut self, steps: &Steps<'_>, number: u32) -> Result<u32, Error> {
        let plan = &self.twin.integrations[number as usize];
        let derivatives = self.look(steps, number, "derivatives", |emit| {
            for (at, rate) in emit.right_side(plan).into_iter().enumerate() {
                emit.put_argument(at, crate::emit::value::Val::real(rate));
            }
        })?;
        let mut whens = Vec::new();
        for (at, when) in plan.whens.iter().enumerate() {
            let rates = || plan.rates.iter().map(|(_, expr)| *expr);
            let holds = self.look(steps, number, &format!("holds.{at}"), |emit| {
                emit.look_values(plan, &rates().chain([when.when]).collect::<Vec<_>>());
                let holds = emit.settled(when.when);
                emit.put_argument(0, holds);
            })?;
            let roots = self.look(steps, number, &format!("roots.{at}"), |emit| {
                emit.look_values(plan, &rates().chain(when.roots.iter().copied()).collect::<Vec<_>>());
                for (at, root) in when.roots.iter().enumerate() {
                    let root = emit.settled(*root);
                    emit.put_argument(at, root);
                }
            })?;
            let jump = self.look(steps, number, &format!("jump.{at}"), |emit| {
                emit.look_values(plan, &rates().collect::<Vec<_>>());
                emit.statements(&when.body);
            })?;
            whens.push([holds, roots, jump]);
        }
        self.looks.push((derivatives, whens));
        Ok(self.looks.len() as u32 - 1)
    }

    fn look(
        &mut self,
        steps: &Steps<'_>,
        number: u32,
        what: &str,
        body: impl FnOnce(&mut Emit<'_, '_>),
    ) -> Result<FuncId, Error> {
        let name = self.names.look(steps.kind, number, what);
        let signature = self.signatures.step.clone();
        self.function(&name, signature, steps, |mut emit| {
            emit.read_frame();
            emit.registers.in_context = steps.shared.clone();
            emit.declare_pinned(number, &steps.uses);
            body(&mut emit);
            emit.b.ins().return_(&[]);
            emit.finish();
        })
    }

    /// A function whose first argument is the context.
    fn function(
        &mut self,
        name: &str,
        signature: Signature,
        steps: &Steps<'_>,
        body: impl FnOnce(Emit<'_, '_>),
    ) -> Result<FuncId, Error> {
        let choices = self.options.choices;
        let Self { twin, facts, sharing, column_starts, imports, plan, .. } = self;
        define(self.definition, self.module, name, signature, self.options, |module, mut b| {
            imports.start_function();
            let context = start(&mut b);
            // What is not yet known of the step is put in before it is used.
            let unknown = context;
            body(Emit {
                b,
                module,
                imports,
                twin,
                facts,
                sharing,
                choices,
                frame: Frame {
                    kind: steps.kind,
                    context,
                    row: unknown,
                    slot: None,
                    now: unknown,
                    stream: unknown,
                    record: None,
                    unnoted: None,
                },
                column_starts,
                texts: &plan.texts,
                looks: &steps.looks,
                registers: Registers::default(),
                memo: Memo::default(),
                slots: SlotCache::default(),
                marks: HashMap::new(),
                active: None,
                trial: None,
            });
        })
    }
}

impl<'a> Steps<'a> {
    fn body<'b>(&'b self, functions: &'b [FuncId]) -> Body<'b> {
        match self.parts.as_slice() {
            [part] => Body::Inline(part, &self.shared),
            _ => Body::Calls(functions, &self.shared),
        }
    }
}

/// Whether a value is kept in registers and not in the row.
fn is_register(twin: &TwinPlan, value: usize) -> bool {
    let value = &twin.values[value];
    value.slot.is_none() || value.ty == Scalar::String
}

fn start(b: &mut FunctionBuilder<'_>) -> Value {
    let block = b.create_block();
    b.append_block_params_for_function_params(block);
    b.switch_to_block(block);
    b.block_params(block)[0]
}

impl Emit<'_, '_> {
    pub(crate) fn finish(mut self) {
        self.b.seal_all_blocks();
        self.b.finalize(self.module.target_config());
    }

    /// Takes the step from the context, where it stays the same while the function runs.
    fn read_frame(&mut self) {
        let mut field = |offset| self.b.ins().load(types::I64, FIXED, self.frame.context, offset);
        let (row, now, stream) = (field(offsets::ROW), field(offsets::NOW), field(offsets::STREAM));
        let is_event = matches!(self.frame.kind, StepKind::Event(_));
        let record = is_event.then(|| field(offsets::RECORD));
        let frame = &mut self.frame;
        (frame.row, frame.now, frame.stream, frame.record) = (row, now, stream, record);
    }

    /// Variables for what an integration computes for itself alone.
    fn declare_pinned(&mut self, number: u32, uses: &Uses) {
        let values = uses.pinned.iter().filter(|(integration, _)| *integration == number);
        let values = values.map(|(_, value)| *value).collect();
        self.declare_registers(&values);
    }

    /// A whole step.
    pub(crate) fn body(&mut self, body: Body<'_>, uses: &Uses) {
        match body {
            Body::Inline(part, shared) => {
                self.clear_shared(shared);
                self.registers.in_context = shared.to_vec();
                self.operators(part);
            }
            Body::Calls(functions, shared) => {
                self.clear_shared(shared);
                self.call_parts(functions);
            }
        }
        if uses.has_resets {
            self.end_of_step(self.twin.resets.len().div_ceil(64));
        }
    }

    fn operators(&mut self, part: &Part<'_>) {
        let pinned = part.uses.pinned.iter().map(|(_, value)| *value);
        self.declare_registers(&part.uses.values.iter().copied().chain(pinned).collect());
        part.ops.iter().for_each(|op| self.op(op));
    }

    /// Variables for values that live in registers of this function; absent at first.
    fn declare_registers(&mut self, values: &BTreeSet<ValueId>) {
        for id in values {
            let is_elsewhere = self.registers.in_context.get(id.index()).copied().unwrap_or(false);
            if is_elsewhere || !is_register(self.twin, id.index()) {
                continue;
            }
            let absent = self.absent(self.twin.values[id.index()].ty);
            let variables = self.declare(absent);
            self.registers.variables.insert(id.0, variables);
        }
    }

    /// Values that several functions use are absent at the beginning of a step.
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
}
