//! Which values need a place in the row, and the last touches on a plan.
//!
//! A value that is only read in steps that have computed it lives in a register.
//! One that is read at an instant, in a step of another input or from above its
//! line is kept in the row.

use crate::{machines::union, twins::Twin};
use std::collections::{BTreeMap, BTreeSet};
use twin_plan::{ExprId, Exprs, NodeKind, Op, Slot, Stmt, TickKind, Trigger, TwinPlan, ValueId, WindowPlan};
use twin_types::{STRING_BYTES, Scalar};

impl Twin<'_, '_> {
    pub fn finish(mut self) -> TwinPlan {
        let rings = self.give_lanes();
        self.integrate_where_read();
        self.probes();
        self.give_few(rings);
        let kept = self.give_slots();
        self.keep_fields();
        self.rest(&kept);
        self.finish_resets();
        self.plan
    }

    /// "It is integrated when inputs change and at steps that read it, at no others."
    fn integrate_where_read(&mut self) {
        for block in std::mem::take(&mut self.integrated) {
            let values: BTreeSet<_> = block.values.iter().copied().collect();
            let mut trigger = self.plan.ops[block.result_op].trigger.clone();
            for (at, op) in self.plan.ops.iter().enumerate() {
                let reads = reads_of(op, &self.plan);
                if at > block.result_op && reads.iter().any(|(value, _)| values.contains(value)) {
                    trigger = union(&trigger, &op.trigger);
                }
            }
            for at in [block.integrate_op, block.result_op] {
                self.plan.ops[at].trigger = trigger.clone();
            }
        }
    }

    /// Gives what is read later a place in the row; gives the slots of texts that nothing but their signal writes.
    fn give_slots(&mut self) -> BTreeSet<Slot> {
        let written = written_values(&self.plan);
        let mut wanted: BTreeSet<ValueId> = self.sticky.clone();
        for (at, op) in self.plan.ops.iter().enumerate() {
            let own = own_values(&op.body);
            for (value, trigger) in reads_of(op, &self.plan) {
                let computed = |(line, by): &(usize, Trigger)| *line <= at && covers(by, &trigger);
                let covered =
                    own.contains(&value) || written.get(&value).is_some_and(|w| w.iter().any(computed));
                if !covered {
                    wanted.insert(value);
                }
            }
        }
        let mut texts = BTreeMap::new();
        for value in wanted {
            let Some(known) = self.plan.values.get(value.index()) else { continue };
            let (name, ty) = (known.name.clone(), known.ty);
            if ty == Scalar::String {
                texts.insert(value, self.plan.layout.add_text(name, STRING_BYTES));
            } else {
                self.plan.values[value.index()].slot = Some(self.plan.layout.add_value(name, ty));
            }
        }
        self.copy_texts(&texts);
        let kept = texts.iter().filter(|(value, _)| !self.sticky.contains(value)).map(|(_, slot)| *slot);
        let windows = self.plan.windows.iter().flat_map(texts_of);
        kept.chain(windows).collect()
    }

    /// A text that must be kept is copied into the row and read from there.
    fn copy_texts(&mut self, texts: &BTreeMap<ValueId, Slot>) {
        if texts.is_empty() {
            return;
        }
        for node in &mut self.plan.exprs.nodes {
            if let NodeKind::Value(value) = node.kind
                && let Some(slot) = texts.get(&value)
            {
                node.kind = NodeKind::Slot(*slot);
            }
        }
        let fault = self.fault(Default::default(), "text too long to be kept");
        let mut ops = std::mem::take(&mut self.plan.ops);
        for op in &mut ops {
            each_stmt(&mut op.body, &mut |stmt| {
                if let Stmt::Let(value, text) = stmt
                    && let Some(slot) = texts.get(value)
                {
                    *stmt = Stmt::StoreText { slot: *slot, bytes: STRING_BYTES, text: *text, fault };
                }
            });
        }
        self.plan.ops = ops;
    }

    /// At each event of an input, what steps of other kinds read of it is kept first.
    fn keep_fields(&mut self) {
        let mut per_input: BTreeMap<u32, Vec<Stmt>> = BTreeMap::new();
        for ((input, at), slot) in std::mem::take(&mut self.kept) {
            let source = self.plan.inputs[input as usize].source as usize;
            let column = self.plan.inputs[input as usize].columns[at as usize] as usize;
            let ty = self.lowering.plan.sources[source].columns[column].ty;
            let field = self.plan.exprs.push(NodeKind::Field(input, at), ty, Default::default());
            let span = self.hir.inputs[input as usize].span;
            let store = self.store(slot, ty, STRING_BYTES, field, span);
            per_input.entry(input).or_default().push(store);
        }
        for (input, body) in per_input.into_iter().rev() {
            let trigger = Trigger { inputs: vec![input], ..Trigger::default() };
            let name = self.plan.inputs[input as usize].name.clone();
            self.plan.ops.insert(0, Op { name, trigger, body, span: Default::default() });
        }
    }

    /// Signals of one tick read as absent while it rests.
    fn rest(&mut self, kept: &BTreeSet<Slot>) {
        for (value, writers) in written_values(&self.plan) {
            let known = &self.plan.values[value.index()];
            let (Some(slot), ty) = (known.slot, known.ty) else { continue };
            let triggers: Vec<Trigger> = writers.into_iter().map(|(_, trigger)| trigger).collect();
            if !self.sticky.contains(&value) {
                self.rest_one((slot, ty), &triggers);
            }
        }
        for (slot, triggers) in written_texts(&self.plan) {
            if kept.contains(&slot) {
                self.rest_one((slot, Scalar::String), &triggers);
            }
        }
    }

    fn rest_one(&mut self, (slot, ty): (Slot, Scalar), writers: &[Trigger]) {
        let [trigger] = writers else { return };
        if let ([tick], true) = (trigger.ticks.as_slice(), trigger.inputs.is_empty() && !trigger.every_step)
            && !matches!(self.plan.ticks[*tick as usize].kind, TickKind::Deadlines(_))
        {
            self.plan.ticks[*tick as usize].resting.push((slot, ty.absent()));
        }
    }
}

/// Values that an operator computes for its own statements, in whatever branch: it computes before it reads.
fn own_values(stmts: &[Stmt]) -> BTreeSet<ValueId> {
    let mut own = BTreeSet::new();
    for stmt in stmts {
        match stmt {
            Stmt::Let(value, _) => {
                own.insert(*value);
            }
            Stmt::In(_, body) => own.extend(own_values(body)),
            Stmt::If { then, otherwise, .. } => {
                own.extend(own_values(then));
                own.extend(own_values(otherwise));
            }
            _ => {}
        }
    }
    own
}

/// Whether in every step of `reader` the writer has run too.
fn covers(writer: &Trigger, reader: &Trigger) -> bool {
    let within = |a: &[u32], b: &[u32]| a.iter().all(|x| b.contains(x));
    writer.every_step
        || !reader.every_step
            && within(&reader.inputs, &writer.inputs)
            && within(&reader.ticks, &writer.ticks)
            && (writer.quiet || !reader.quiet)
}

/// Calls `f` for every statement, inner ones too.
fn each_stmt(stmts: &mut [Stmt], f: &mut impl FnMut(&mut Stmt)) {
    for stmt in stmts {
        f(stmt);
        match stmt {
            Stmt::In(_, body) => each_stmt(body, f),
            Stmt::If { then, otherwise, .. } => {
                each_stmt(then, f);
                each_stmt(otherwise, f);
            }
            _ => {}
        }
    }
}

/// Values that are surely computed by each operator, with the steps in which they are.
fn written_values(plan: &TwinPlan) -> BTreeMap<ValueId, Vec<(usize, Trigger)>> {
    let mut written: BTreeMap<ValueId, Vec<(usize, Trigger)>> = BTreeMap::new();
    for (at, op) in plan.ops.iter().enumerate() {
        write(&op.body, &op.trigger, at, plan, &mut written);
    }
    written
}

fn write(
    stmts: &[Stmt],
    trigger: &Trigger,
    at: usize,
    plan: &TwinPlan,
    written: &mut BTreeMap<ValueId, Vec<(usize, Trigger)>>,
) {
    let mut note = |value: ValueId| written.entry(value).or_default().push((at, trigger.clone()));
    for stmt in stmts {
        match stmt {
            Stmt::Let(value, _) => note(*value),
            Stmt::Lag(lag) => note(plan.lags[lag.index()].value),
            Stmt::WindowFeed(id) => {
                let window = &plan.windows[id.index()];
                if window.heap.is_some() {
                    window.lanes.iter().flat_map(|l| &l.reads).flat_map(|r| &r.values).for_each(|v| note(*v));
                }
            }
            Stmt::WindowRead(id) => {
                let lanes = &plan.windows[id.index()].lanes;
                lanes.iter().flat_map(|l| &l.reads).flat_map(|r| &r.values).for_each(|v| note(*v));
            }
            Stmt::Integrate(id) => {
                plan.integrations[id.index()].rates.iter().for_each(|(value, _)| note(*value));
            }
            _ => {}
        }
    }
    for stmt in stmts {
        if let Stmt::In(inner, body) = stmt {
            write(body, inner, at, plan, written);
        }
    }
}

/// Slots of a window's texts.
fn texts_of(window: &WindowPlan) -> impl Iterator<Item = Slot> + '_ {
    window.lanes.iter().flat_map(|lane| &lane.reads).flat_map(|read| read.texts.iter().copied())
}

/// Slots into which texts are surely put, with the steps in which they are.
fn written_texts(plan: &TwinPlan) -> BTreeMap<Slot, Vec<Trigger>> {
    let mut written = BTreeMap::new();
    for op in &plan.ops {
        write_texts(&op.body, &op.trigger, plan, &mut written);
    }
    written
}

fn write_texts(
    stmts: &[Stmt],
    trigger: &Trigger,
    plan: &TwinPlan,
    written: &mut BTreeMap<Slot, Vec<Trigger>>,
) {
    for stmt in stmts {
        let slots: Vec<Slot> = match stmt {
            Stmt::StoreText { slot, .. } => vec![*slot],
            Stmt::WindowFeed(id) if plan.windows[id.index()].heap.is_none() => continue,
            Stmt::WindowFeed(id) | Stmt::WindowRead(id) => texts_of(&plan.windows[id.index()]).collect(),
            Stmt::In(inner, body) => {
                write_texts(body, inner, plan, written);
                continue;
            }
            _ => continue,
        };
        slots.into_iter().for_each(|slot| written.entry(slot).or_default().push(trigger.clone()));
    }
}

/// Values that an operator reads, with the steps in which it does.
fn reads_of(op: &Op, plan: &TwinPlan) -> Vec<(ValueId, Trigger)> {
    let mut reads = Vec::new();
    read(&op.body, &op.trigger, plan, &mut reads);
    reads
}

fn read(stmts: &[Stmt], trigger: &Trigger, plan: &TwinPlan, reads: &mut Vec<(ValueId, Trigger)>) {
    for stmt in stmts {
        let mut exprs: Vec<ExprId> = Vec::new();
        match stmt {
            Stmt::Let(_, e) | Stmt::Store(_, e) | Stmt::Deadline(_, e) | Stmt::CaptureOpen(_, e) => {
                exprs.push(*e)
            }
            Stmt::StoreText { text, .. } => exprs.push(*text),
            Stmt::StoreItem { index, word, .. } => exprs.extend([*index, *word]),
            Stmt::If { when, then, otherwise } => {
                exprs.push(*when);
                read(then, trigger, plan, reads);
                read(otherwise, trigger, plan, reads);
            }
            Stmt::In(inner, body) => read(body, inner, plan, reads),
            Stmt::Output(_, args) => exprs.extend(args),
            Stmt::WindowFeed(id) => {
                let window = &plan.windows[id.index()];
                exprs.extend(window.by.map(|(key, ..)| key));
                exprs.extend(window.lanes.iter().flat_map(|l| l.args.iter().chain(&l.filter)));
            }
            Stmt::Lag(id) => exprs.push(plan.lags[id.index()].x),
            Stmt::Integrate(id) => {
                let integration = &plan.integrations[id.index()];
                exprs.extend(integration.rates.iter().map(|(_, e)| *e));
                exprs.extend(&integration.derivatives);
                for when in &integration.whens {
                    exprs.push(when.when);
                    exprs.extend(&when.roots);
                    read(&when.body, trigger, plan, reads);
                }
            }
            Stmt::Fault(_)
            | Stmt::Reset(_)
            | Stmt::WindowClear(_)
            | Stmt::WindowRead(_)
            | Stmt::CaptureFeed(_)
            | Stmt::CaptureClose(_) => {}
        }
        let mut seen = BTreeSet::new();
        for expr in exprs {
            values_in(&plan.exprs, expr, &mut seen, &mut |value| reads.push((value, trigger.clone())));
        }
    }
}

/// Calls `f` for every value that an expression reads.
fn values_in(exprs: &Exprs, id: ExprId, seen: &mut BTreeSet<ExprId>, f: &mut impl FnMut(ValueId)) {
    if !seen.insert(id) {
        return;
    }
    let kind = &exprs.get(id).kind;
    if let NodeKind::Value(value) = kind {
        f(*value);
    }
    twin_plan::verify::operands(kind).into_iter().for_each(|operand| values_in(exprs, operand, seen, f));
}
