//! What the derivatives of a block read: everything as it was before the step, for the time that has passed since.
//!
//! They are integrated up to a step before anything else of the block runs there. So an argument is read from a slot that
//! keeps it from the step before, and so is what the block's own members made then: a window, `prev`, another block, what
//! `hold` still held. A value that is absent is held as it was, except where `hold` says for how long.

use crate::resets::{visit_expr, visit_stmts};
use crate::{exprs::Build, twins::Place, twins::Twin};
use std::collections::{BTreeMap, BTreeSet};
use std::mem::Discriminant;
use twin_analysis::hir::{Binary, BlockCall, Expr, ExprKind, Member, SignalId};
use twin_plan::{ExprId, Stmt, Trigger};

/// What is kept from step to step for the derivatives of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Kept {
    /// Arguments, and values of the block's own operators.
    pub values: BTreeMap<SignalId, Vec<Place>>,
    /// What `hold`, `latest`, `age`, `held` and `final` say of an operator.
    pub views: Vec<View>,
}

/// A look at an operator that gives more than its value.
#[derive(Clone, Debug)]
pub(crate) struct View {
    expr: Expr,
    places: Vec<Place>,
}

/// The operator that an expression looks at, and how.
fn view_of(kind: &ExprKind) -> Option<(SignalId, Discriminant<ExprKind>)> {
    match kind {
        ExprKind::Hold(id, _)
        | ExprKind::Latest(id)
        | ExprKind::Age(id)
        | ExprKind::HeldFor(id)
        | ExprKind::Final(id) => Some((*id, std::mem::discriminant(kind))),
        _ => None,
    }
}

impl<'a> Twin<'_, 'a> {
    /// A slot for each argument, operator and view that the derivatives or conditions read.
    pub fn hold_for_derivatives(&mut self, call: &'a BlockCall) {
        let (read, views) = reads(call);
        let own = call.members.iter().filter_map(|member| match member {
            Member::Operator(id, _) => Some(*id),
            _ => None,
        });
        let args = call.args.iter().map(|(id, _)| *id);
        let wanted: Vec<SignalId> = args.chain(own).filter(|id| read.contains(id)).collect();
        for id in wanted {
            let signal = &self.hir.signals[id.index()];
            let places = self.slots_for(&format!("{} held", signal.name), &signal.ty);
            self.held.values.insert(id, places);
        }
        for expr in views {
            let places = self.slots_for("held", &expr.ty);
            self.held.views.push(View { expr, places });
        }
    }

    fn slots_for(&mut self, name: &str, ty: &twin_types::Type) -> Vec<Place> {
        ty.flatten().into_iter().map(|ty| Place::Slot(self.value_slot(name, ty), ty)).collect()
    }

    /// From here on everything reads what this step makes.
    pub fn release_held(&mut self) -> Kept {
        let kept = std::mem::take(&mut self.held);
        self.held_later.values.extend(kept.values.iter().map(|(id, places)| (*id, places.clone())));
        self.held_later.views.extend(kept.views.iter().cloned());
        kept
    }

    /// What a view was in the step before, while derivatives are lowered.
    pub fn held_view(&mut self, expr: &Expr) -> Option<Vec<ExprId>> {
        let wanted = view_of(&expr.kind)?;
        let view = self.held.views.iter().find(|view| view_of(&view.expr.kind) == Some(wanted))?;
        let places = view.places.clone();
        Some(places.iter().map(|place| self.read_place(place)).collect())
    }

    /// Keeps what the block's members made in this step.
    pub fn keep_for_derivatives(&mut self, trigger: &Trigger, call: &'a BlockCall, kept: &Kept) {
        let is_arg = |id: &SignalId| call.args.iter().any(|(arg, _)| arg == id);
        let is_kept = |places: &[Place]| places.iter().any(|place| matches!(place, Place::Slot(..)));
        let own: Vec<_> = kept.values.iter().filter(|(id, places)| !is_arg(id) && is_kept(places)).collect();
        if own.is_empty() && kept.views.is_empty() {
            return;
        }
        self.op(trigger.clone(), call.span, |this| {
            let mut stmts = Vec::new();
            for (id, slots) in own {
                let made = this.places[id.index()].clone();
                for (slot, place) in slots.iter().zip(&made) {
                    let word = this.read_place(place);
                    stmts.extend(this.keep_word(slot, word, false));
                }
            }
            for view in &kept.views {
                let words = this.words(&view.expr);
                for (slot, word) in view.places.iter().zip(words) {
                    stmts.extend(this.keep_word(slot, word, true));
                }
            }
            stmts
        });
    }

    /// Stores a word, an absent one only where absence is meant.
    pub fn keep_word(&mut self, place: &Place, word: ExprId, also_absent: bool) -> Option<Stmt> {
        let Place::Slot(slot, _) = place else { return None };
        let store = Stmt::Store(*slot, word);
        if also_absent {
            return Some(store);
        }
        let when = self.present(word);
        Some(Stmt::If { when, then: vec![store], otherwise: Vec::new() })
    }

    /// Whether an expression, or a let that it names, says by `hold` how long a value counts.
    pub fn reads_hold(&self, expr: &Expr) -> bool {
        let mut found = false;
        let mut names = Vec::new();
        visit_expr(expr, &mut |expr| match expr.kind {
            ExprKind::Hold(..) => found = true,
            ExprKind::Signal(id) => names.push(id),
            _ => {}
        });
        found || names.into_iter().filter_map(|id| self.let_value(id)).any(|value| self.reads_hold(value))
    }

    /// The formula of a let of this twin.
    fn let_value(&self, wanted: SignalId) -> Option<&'a Expr> {
        self.hir.members.iter().find_map(|member| match member {
            Member::Let(id, value) if *id == wanted => Some(value),
            _ => None,
        })
    }

    /// Whether everything without which the derivatives are absent is there; `None` where they need nothing.
    pub fn ready(&mut self, call: &'a BlockCall) -> Option<ExprId> {
        let mut needed = Vec::new();
        for (_, rate) in &call.derivatives {
            needs(rate, call, &mut needed);
        }
        let mut ready: Option<ExprId> = None;
        for expr in needed {
            for place in self.kept_places(expr) {
                let word = self.read_place(&place);
                let present = self.present(word);
                ready = Some(match ready {
                    Some(ready) => self.and(ready, present),
                    None => present,
                });
            }
        }
        ready
    }

    fn kept_places(&self, expr: &Expr) -> Vec<Place> {
        let view = view_of(&expr.kind);
        match expr.kind {
            ExprKind::Signal(id) => self.held_later.values.get(&id).cloned().unwrap_or_default(),
            _ if view.is_some() => {
                let view = self.held_later.views.iter().find(|kept| view_of(&kept.expr.kind) == view);
                view.map(|view| view.places.clone()).unwrap_or_default()
            }
            _ => Vec::new(),
        }
    }
}

/// The signals that derivatives and conditions of a call read, and the views.
fn reads(call: &BlockCall) -> (BTreeSet<SignalId>, Vec<Expr>) {
    let mut read = BTreeSet::new();
    let mut views: Vec<Expr> = Vec::new();
    let mut note = |expr: &Expr| {
        if let ExprKind::Signal(id) = expr.kind {
            read.insert(id);
        }
        let view = view_of(&expr.kind);
        if view.is_some() && !views.iter().any(|known| view_of(&known.kind) == view) {
            views.push(expr.clone());
        }
    };
    for (_, expr) in call.derivatives.iter().chain(&call.rates) {
        visit_expr(expr, &mut note);
    }
    for when in &call.whens {
        visit_expr(&when.when, &mut note);
        visit_stmts(&when.body, &mut note);
    }
    (read, views)
}

/// The parts of an expression that must be present for it to be: not what `??`, `present` or a choice stands before.
fn needs<'e>(expr: &'e Expr, call: &'e BlockCall, into: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Coalesce(..)
        | ExprKind::Present(_)
        | ExprKind::Binary(Binary::And | Binary::Or, ..)
        | ExprKind::Match(..) => {}
        ExprKind::If(when, ..) => needs(when, call, into),
        ExprKind::Signal(id) => match call.rates.iter().find(|(rate, _)| rate == id) {
            Some((_, value)) => needs(value, call, into),
            None => into.push(expr),
        },
        kind if view_of(kind).is_some() => into.push(expr),
        _ => twin_analysis::children(expr).into_iter().for_each(|part| needs(part, call, into)),
    }
}
