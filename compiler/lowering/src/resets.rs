//! Resets: which words and values belong to a name, and walks over checked expressions.

use crate::twins::Twin;
use std::collections::BTreeSet;
use twin_analysis::hir::{
    self, BlockCall, Condition, Expr, ExprKind, Extent, Member, Operator, SignalId, Stmt, Until,
};
use twin_plan::{ResetId, SlotKind};

impl<'a> Twin<'_, 'a> {
    /// A reset of these signals: the signals themselves and every operator in their expressions.
    pub fn reset_of(&mut self, targets: Vec<SignalId>) -> ResetId {
        let mut all = BTreeSet::new();
        for target in targets {
            self.belongs(target, &mut all);
        }
        let known = self.resets.iter().position(|r| *r == all);
        let at = known.unwrap_or_else(|| {
            self.resets.push(all);
            self.resets.len() - 1
        });
        ResetId(at as u32)
    }

    /// What each reset in the program takes along: those that are asked for, and those of blocks whose integration
    /// comes to nothing.
    pub fn all_resets(&self) -> Vec<BTreeSet<SignalId>> {
        let mut targets = Vec::new();
        visit_bodies(&self.hir.members, self.hir, &mut |body| targets_of(body, &mut targets));
        let taken = targets.iter().map(|targets| {
            let mut all = BTreeSet::new();
            targets.iter().for_each(|target| self.belongs(*target, &mut all));
            all
        });
        taken.collect()
    }

    /// The hidden operators that a `let` reads belong to it.
    fn belongs(&self, target: SignalId, all: &mut BTreeSet<SignalId>) {
        if !all.insert(target) {
            return;
        }
        let twin = self.hir;
        let mut read = Vec::new();
        for member in &twin.members {
            match member {
                Member::Let(id, value) if *id == target => {
                    visit_expr(value, &mut |expr| read.extend(operator_of(expr)));
                }
                Member::Operator(id, operator) if *id == target => {
                    visit_operator(operator, twin, &mut |expr| read.extend(operator_of(expr)));
                }
                _ => {}
            }
        }
        for id in read {
            if twin.signals[id.index()].kind == hir::SignalKind::Operator {
                self.belongs(id, all);
            }
        }
    }

    /// The runs of words of every reset, once all storage is known.
    pub fn finish_resets(&mut self) {
        for signals in std::mem::take(&mut self.resets) {
            let mut reset = twin_plan::Reset::default();
            for signal in &signals {
                reset.runs.extend(self.owned_slots.get(signal).into_iter().flatten());
                for value in self.owned_values.get(signal).into_iter().flatten() {
                    reset.runs.extend(self.plan.values[value.index()].slot.map(|slot| (slot, 1)));
                }
            }
            reset.runs.sort_unstable();
            reset.runs.dedup();
            let in_run =
                |slot: u32| reset.runs.iter().any(|(first, n)| (first.0..first.0 + n).contains(&slot));
            for field in &self.plan.layout.fields {
                if field.kind == SlotKind::Heap {
                    let slots = (field.slot.0..field.slot.0 + field.words).filter(|slot| in_run(*slot));
                    reset.heaps.extend(slots.map(twin_plan::Slot));
                }
            }
            self.plan.resets.push(reset);
        }
    }
}

/// Calls `f` for every list of statements of some members, and a reset of every block that is integrated.
fn visit_bodies(members: &[Member], twin: &hir::Twin, f: &mut dyn FnMut(&[Stmt])) {
    for member in members {
        match member {
            Member::On(on) => f(&on.body),
            Member::Machine(machine) => machine.lines.iter().for_each(|line| f(&line.body)),
            Member::Rule(id) => {
                let rule = &twin.rules[id.index()];
                f(&rule.body);
                f(&rule.on_clear);
            }
            Member::Operator(id, Operator::Block(call)) => {
                if !call.derivatives.is_empty() {
                    f(&[Stmt::Reset(vec![*id], call.span)]);
                }
                visit_bodies(&call.members, twin, f);
            }
            _ => {}
        }
    }
}

/// The targets of every reset in some statements.
fn targets_of(body: &[Stmt], into: &mut Vec<Vec<SignalId>>) {
    for stmt in body {
        match stmt {
            Stmt::Reset(targets, _) => into.push(targets.clone()),
            Stmt::If { then, otherwise, .. } => {
                targets_of(then, into);
                targets_of(otherwise, into);
            }
            _ => {}
        }
    }
}

fn operator_of(expr: &Expr) -> Option<SignalId> {
    match expr.kind {
        ExprKind::Signal(id)
        | ExprKind::Hold(id, _)
        | ExprKind::Latest(id)
        | ExprKind::Age(id)
        | ExprKind::HeldFor(id)
        | ExprKind::Final(id) => Some(id),
        _ => None,
    }
}

/// Calls `f` for an expression and all that it holds, outermost first.
pub(crate) fn visit_expr(expr: &Expr, f: &mut impl FnMut(&Expr)) {
    visit(expr, f);
}

fn visit(expr: &Expr, f: &mut dyn FnMut(&Expr)) {
    f(expr);
    for part in twin_analysis::children(expr) {
        visit(part, f);
    }
}

/// Calls `f` for every expression of some statements.
pub(crate) fn visit_stmts(stmts: &[Stmt], f: &mut dyn FnMut(&Expr)) {
    for stmt in stmts {
        match stmt {
            Stmt::Assign { index, value, .. } => {
                if let Some(index) = index {
                    visit(index, f);
                }
                visit(value, f);
            }
            Stmt::Emit { fields, .. } => fields.iter().flatten().for_each(|e| visit(e, f)),
            Stmt::Reset(..) => {}
            Stmt::Let(_, value) => visit(value, f),
            Stmt::If { when, then, otherwise } => {
                visit(when, f);
                visit_stmts(then, f);
                visit_stmts(otherwise, f);
            }
        }
    }
}

/// Calls `f` for every expression of a block call.
pub(crate) fn visit_block(call: &BlockCall, twin: &hir::Twin, f: &mut dyn FnMut(&Expr)) {
    call.args.iter().chain(&call.derivatives).chain(&call.rates).for_each(|(_, e)| visit(e, f));
    for when in &call.whens {
        visit(&when.when, f);
        visit_stmts(&when.body, f);
    }
    visit(&call.result, f);
    visit_members(&call.members, twin, f);
}

fn visit_operator(operator: &Operator, twin: &hir::Twin, f: &mut dyn FnMut(&Expr)) {
    match operator {
        Operator::Prev { x, .. } | Operator::Lag { x, .. } => visit(x, f),
        Operator::Delta(x)
        | Operator::Rate(x)
        | Operator::Changed(x)
        | Operator::Rising(x)
        | Operator::Falling(x)
        | Operator::Held(x)
        | Operator::Track(x) => visit(x, f),
        Operator::Window(window) => {
            window.args.iter().chain(&window.filter).chain(window.by.iter().map(|(key, ..)| key)).for_each(
                |e| {
                    visit(e, f);
                },
            );
            match &window.extent {
                Extent::During { when, .. } => visit(when, f),
                Extent::FromUntil { from, until, .. } => {
                    visit(from, f);
                    visit(until, f);
                }
                _ => {}
            }
        }
        Operator::Block(call) => visit_block(call, twin, f),
    }
}

/// Calls `f` for every expression of some members.
pub(crate) fn visit_members(members: &[Member], twin: &hir::Twin, f: &mut dyn FnMut(&Expr)) {
    for member in members {
        match member {
            Member::Param(_, e) | Member::Let(_, e) | Member::State(_, e) => visit(e, f),
            Member::Operator(_, operator) => visit_operator(operator, twin, f),
            Member::On(on) => {
                visit(&on.when, f);
                visit_stmts(&on.body, f);
            }
            Member::Machine(machine) => {
                for line in &machine.lines {
                    visit(&line.when, f);
                    line.hold_for.iter().for_each(|e| visit(e, f));
                    visit_stmts(&line.body, f);
                }
            }
            Member::Rule(id) => visit_rule(&twin.rules[id.index()], f),
            Member::Emit(emit) => emit.fields.iter().flatten().chain(&emit.when).for_each(|e| visit(e, f)),
        }
    }
}

fn visit_rule(rule: &hir::Rule, f: &mut dyn FnMut(&Expr)) {
    match &rule.when {
        Condition::Expr(e) => visit(e, f),
        Condition::Sequence(steps) => steps.iter().for_each(|step| visit(&step.when, f)),
    }
    if let Until::Holds(when, hold_for) = &rule.until {
        visit(when, f);
        hold_for.iter().for_each(|e| visit(e, f));
    }
    rule.hold_for.iter().chain(&rule.repeat).for_each(|e| visit(e, f));
    for part in rule.message.iter().flatten() {
        if let hir::MessagePart::Value { value, .. } = part {
            visit(value, f);
        }
    }
    rule.why.iter().for_each(|why| visit(&why.value, f));
    visit_stmts(&rule.body, f);
    visit_stmts(&rule.on_clear, f);
}
