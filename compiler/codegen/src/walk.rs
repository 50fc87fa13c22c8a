//! A look over statements before code is made of them: what they use, how much they are.

use crate::emit::StepKind;
use crate::emit::statement::{Runs, runs};
use crate::facts::each_operand;
use std::collections::BTreeSet;
use twin_plan::{Accumulator, ExprId, Extent, NodeKind, Op, Slot, Stmt, TwinPlan, ValueId, WindowPlan};

/// What a list of operators uses in one kind of step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    /// Values that are read or computed.
    pub values: BTreeSet<ValueId>,
    /// Words of the row that are read or written in most steps, i.e. outside branches.
    pub slots: BTreeSet<Slot>,
    /// Whether something is put back at the end of the step.
    pub has_resets: bool,
    /// Whether helpers of the runtime are called that ask the context for the step.
    pub has_calls: bool,
    /// Nodes and statements.
    pub weight: u32,
}

/// Looks over operators.
pub(crate) fn uses<'a>(twin: &TwinPlan, kind: StepKind, ops: impl IntoIterator<Item = &'a Op>) -> Uses {
    let mut walk =
        Walk { twin, kind, uses: Uses::default(), seen: vec![false; twin.exprs.nodes.len()], depth: 0 };
    for op in ops {
        match runs(&op.trigger, kind) {
            Runs::Never => {}
            _ => walk.statements(&op.body),
        }
    }
    walk.uses
}

struct Walk<'a> {
    twin: &'a TwinPlan,
    kind: StepKind,
    uses: Uses,
    seen: Vec<bool>,
    /// How many branches are around.
    depth: u32,
}

impl Walk<'_> {
    fn statements(&mut self, body: &[Stmt]) {
        body.iter().for_each(|statement| self.statement(statement));
    }

    fn branch(&mut self, body: &[Stmt]) {
        self.depth += 1;
        self.statements(body);
        self.depth -= 1;
    }

    fn statement(&mut self, statement: &Stmt) {
        self.uses.weight += 1;
        match statement {
            Stmt::Let(value, expr) => {
                self.expr(*expr);
                self.value(*value);
                self.uses.has_calls |= self.twin.exprs.get(*expr).ty == twin_types::Scalar::String;
            }
            Stmt::In(trigger, body) => match runs(trigger, self.kind) {
                Runs::Never => {}
                Runs::Always => self.statements(body),
                Runs::WhenDue => self.branch(body),
            },
            Stmt::Store(slot, expr) => {
                self.expr(*expr);
                self.slot(*slot);
            }
            Stmt::StoreText { text, slot, .. } => {
                self.expr(*text);
                self.slot(*slot);
                self.uses.has_calls = true;
            }
            Stmt::StoreItem { index, word, first, .. } => {
                self.expr(*index);
                self.expr(*word);
                self.slot(*first);
            }
            Stmt::If { when, then, otherwise } => {
                self.expr(*when);
                self.branch(then);
                self.branch(otherwise);
            }
            Stmt::Fault(_) => {}
            Stmt::Deadline(slot, expr) => {
                self.expr(*expr);
                self.slot(*slot);
            }
            Stmt::Output(_, arguments) => {
                arguments.iter().for_each(|argument| self.expr(*argument));
                self.uses.has_calls = true;
            }
            Stmt::Reset(_) => {
                self.uses.has_resets = true;
                self.uses.has_calls = true;
            }
            Stmt::WindowFeed(id) => self.window(&self.twin.windows[id.index()]),
            Stmt::WindowClear(_) => self.uses.has_calls = true,
            Stmt::WindowRead(id) => self.reads(&self.twin.windows[id.index()]),
            Stmt::Integrate(id) => self.integration(id.index()),
            Stmt::Lag(id) => {
                let lag = &self.twin.lags[id.index()];
                self.expr(lag.x);
                self.value(lag.value);
                self.uses.has_calls = true;
            }
            Stmt::CaptureOpen(_, raised) => {
                self.expr(*raised);
                self.uses.has_calls = true;
            }
            Stmt::CaptureFeed(_) | Stmt::CaptureClose(_) => self.uses.has_calls = true,
        }
    }

    fn window(&mut self, window: &WindowPlan) {
        self.uses.has_calls = true;
        if let Some((key, ..)) = window.by {
            self.expr(key);
        }
        let is_fixed = window.by.is_none()
            && matches!(window.extent, Extent::Running { .. } | Extent::Panes { count: 1, .. });
        for lane in &window.lanes {
            self.uses.weight += 6;
            lane.filter.iter().chain(&lane.args).for_each(|expr| self.expr(*expr));
            if let (true, Some(first)) = (is_fixed, lane.slot) {
                let words =
                    if lane.accumulator == Accumulator::Kept { 1 } else { lane.accumulator.words().min(8) };
                self.slot(first);
                self.slot(first.plus(words - 1));
            }
        }
        if let (true, Some(stamps)) = (is_fixed, window.stamps) {
            self.slot(stamps);
        }
        if matches!(window.extent, Extent::Trailing { .. } | Extent::Samples(_)) {
            self.reads(window);
        }
    }

    fn reads(&mut self, window: &WindowPlan) {
        self.uses.has_calls = true;
        for (_, _, values) in window.lanes.iter().flat_map(|lane| &lane.reads) {
            values.iter().for_each(|value| self.value(*value));
        }
    }

    fn integration(&mut self, number: usize) {
        let integration = &self.twin.integrations[number];
        self.uses.has_calls = true;
        self.uses.has_resets = true;
        self.slot(integration.last);
        integration.states.iter().for_each(|state| self.slot(*state));
        for (value, rate) in &integration.rates {
            self.value(*value);
            self.expr(*rate);
        }
        integration.derivatives.iter().for_each(|derivative| self.expr(*derivative));
        for when in &integration.whens {
            self.expr(when.when);
            when.roots.iter().for_each(|root| self.expr(*root));
            self.branch(&when.body);
        }
    }

    fn value(&mut self, id: ValueId) {
        self.uses.values.insert(id);
        if let Some(slot) = self.twin.values[id.index()].slot {
            self.slot(slot);
        }
    }

    fn slot(&mut self, slot: Slot) {
        if self.depth == 0 {
            self.uses.slots.insert(slot);
        }
    }

    fn expr(&mut self, id: ExprId) {
        self.uses.weight += 1;
        if std::mem::replace(&mut self.seen[id.0 as usize], true) {
            return;
        }
        let kind = &self.twin.exprs.get(id).kind;
        match kind {
            NodeKind::Value(value) => self.value(*value),
            NodeKind::Slot(slot) => self.slot(*slot),
            NodeKind::Key | NodeKind::Table { .. } => self.uses.has_calls = true,
            NodeKind::Prim(twin_plan::Prim::CompareText(_), ..) => self.uses.has_calls = true,
            _ => {}
        }
        each_operand(kind, |operand| self.expr(operand));
    }
}
