//! A look over statements before code is made of them: what they use, how much they are.

use crate::emit::StepKind;
use crate::emit::statement::{Runs, runs};
use crate::facts::each_operand;
use std::collections::BTreeSet;
use twin_plan::{ExprId, Extent, NodeKind, Op, Slot, Stmt, TwinPlan, ValueId, WindowPlan};

/// What a list of operators uses in one kind of step.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    /// Values that are read or computed.
    pub values: BTreeSet<ValueId>,
    /// Words of the row that are read or written, those of panes in a ring aside.
    pub slots: BTreeSet<Slot>,
    /// Whether something is put back at the end of the step.
    pub has_resets: bool,
    /// Whether records may be written.
    pub writes: bool,
    /// Windows that are fed.
    pub windows: BTreeSet<u32>,
    /// Integrations.
    pub looks: BTreeSet<u32>,
    /// Values that the right side of an integration uses, by integration.
    pub pinned: BTreeSet<(u32, ValueId)>,
    /// Nodes and statements.
    pub weight: u32,
}

impl Uses {
    /// What both use.
    pub(crate) fn add(&mut self, other: &Uses) {
        self.values.extend(&other.values);
        self.slots.extend(&other.slots);
        self.windows.extend(&other.windows);
        self.looks.extend(&other.looks);
        self.pinned.extend(&other.pinned);
        self.has_resets |= other.has_resets;
        self.writes |= other.writes;
        self.weight += other.weight;
    }
}

/// Looks over an operator.
pub(crate) fn uses(twin: &TwinPlan, kind: StepKind, op: &Op, seen: &mut Seen) -> Uses {
    seen.round += 1;
    let mut walk = Walk { twin, kind, uses: Uses::default(), seen, pinned_by: None };
    if runs(&op.trigger, kind) != Runs::Never {
        walk.statements(&op.body);
    }
    walk.uses
}

/// Nodes that a look has passed already.
pub(crate) struct Seen {
    rounds: Vec<u32>,
    round: u32,
}

impl Seen {
    pub(crate) fn new(twin: &TwinPlan) -> Seen {
        Seen { rounds: vec![0; twin.exprs.nodes.len()], round: 0 }
    }

    /// Whether a node is met for the first time in this round.
    fn is_new(&mut self, id: ExprId) -> bool {
        std::mem::replace(&mut self.rounds[id.0 as usize], self.round) != self.round
    }
}

struct Walk<'a> {
    twin: &'a TwinPlan,
    kind: StepKind,
    uses: Uses,
    seen: &'a mut Seen,
    /// The integration whose right side is looked over, which is in functions of its own.
    pinned_by: Option<u32>,
}

impl Walk<'_> {
    fn statements(&mut self, body: &[Stmt]) {
        body.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Stmt) {
        self.uses.weight += 1;
        match statement {
            Stmt::Let(value, expr) => {
                self.expr(*expr);
                self.value(*value);
            }
            Stmt::In(trigger, body) => match runs(trigger, self.kind) {
                Runs::Never => {}
                Runs::Always => self.statements(body),
                Runs::WhenDue => self.statements(body),
            },
            Stmt::Store(slot, expr) => {
                self.expr(*expr);
                self.slot(*slot);
            }
            Stmt::StoreText { text, slot, .. } => {
                self.expr(*text);
                self.slot(*slot);
            }
            Stmt::StoreItem { index, word, first, .. } => {
                self.expr(*index);
                self.expr(*word);
                self.slot(*first);
            }
            Stmt::If { when, then, otherwise } => {
                self.expr(*when);
                self.statements(then);
                self.statements(otherwise);
            }
            Stmt::Fault(_) | Stmt::WindowClear(_) | Stmt::CaptureFeed(_) => {}
            Stmt::Deadline(slot, expr) => {
                self.expr(*expr);
                self.slot(*slot);
            }
            Stmt::Output(_, arguments) => {
                arguments.iter().for_each(|argument| self.expr(*argument));
                self.uses.writes = true;
            }
            Stmt::Reset(_) => self.uses.has_resets = true,
            Stmt::WindowFeed(id) => {
                self.uses.windows.insert(id.0);
                self.window(&self.twin.windows[id.index()]);
            }
            Stmt::WindowRead(id) => self.reads(&self.twin.windows[id.index()]),
            Stmt::Integrate(id) => self.integration(id.index()),
            Stmt::Lag(id) => {
                let lag = &self.twin.lags[id.index()];
                self.expr(lag.x);
                self.value(lag.value);
            }
            Stmt::CaptureOpen(_, raised) => self.expr(*raised),
            Stmt::CaptureClose(_) => self.uses.writes = true,
        }
    }

    fn window(&mut self, window: &WindowPlan) {
        if let Some((key, ..)) = window.by {
            self.expr(key);
        }
        for lane in &window.lanes {
            self.uses.weight += 6;
            lane.filter.iter().chain(&lane.args).for_each(|expr| self.expr(*expr));
        }
        if matches!(window.extent, Extent::Trailing { .. } | Extent::Samples(_)) {
            self.reads(window);
        }
    }

    fn reads(&mut self, window: &WindowPlan) {
        for read in window.lanes.iter().flat_map(|lane| &lane.reads) {
            read.values.iter().for_each(|value| self.value(*value));
        }
    }

    fn integration(&mut self, number: usize) {
        let integration = &self.twin.integrations[number];
        self.uses.has_resets = true;
        self.uses.looks.insert(number as u32);
        self.pinned_by = Some(number as u32);
        // What has been seen before may have been outside.
        self.seen.round += 1;
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
            self.statements(&when.body);
        }
        self.pinned_by = None;
        self.seen.round += 1;
    }

    fn value(&mut self, id: ValueId) {
        match self.pinned_by {
            Some(integration) => self.uses.pinned.insert((integration, id)),
            None => self.uses.values.insert(id),
        };
        if let Some(slot) = self.twin.values[id.index()].slot {
            self.slot(slot);
        }
    }

    fn slot(&mut self, slot: Slot) {
        self.uses.slots.insert(slot);
    }

    fn expr(&mut self, id: ExprId) {
        self.uses.weight += 1;
        if !self.seen.is_new(id) {
            return;
        }
        let kind = &self.twin.exprs.get(id).kind;
        match kind {
            NodeKind::Value(value) => self.value(*value),
            NodeKind::Slot(slot) => self.slot(*slot),
            _ => {}
        }
        each_operand(kind, |operand| self.expr(operand));
    }
}
