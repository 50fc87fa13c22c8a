//! Choices between statements without branches.
//!
//! With many twins in turn no predictor learns which way a rule's `if` goes, and a
//! wrong guess may cost more than both ways together. So, where it is asked for, a
//! body that only computes and stores is always carried out, and each store keeps the
//! old word where it was not meant. What is rare and large (records, resets, windows)
//! stays in a branch. On the benchmark's rules branches were the faster by a tenth to
//! a third, so nobody gets this without asking.

use super::Emit;
use super::value::{Truth, Val};
use crate::options::Choices;
use cranelift_codegen::ir::{InstBuilder, Value};
use twin_plan::{ExprId, Stmt};
use twin_types::Scalar;

/// More statements than this in one choice are worth a branch.
const STATEMENTS_MAX: usize = 16;
/// And more nodes than this in one of their expressions.
const COST_MAX: u32 = 16;

impl Emit<'_, '_> {
    /// Whether a choice between these bodies is to be made without branches.
    pub(crate) fn is_branchless(&self, then: &[Stmt], otherwise: &[Stmt]) -> bool {
        let bodies = [then, otherwise];
        self.choices == Choices::Selects
            && bodies.iter().all(|body| !is_rare(body))
            && bodies.iter().map(|body| count(body)).sum::<usize>() <= STATEMENTS_MAX
            && bodies.iter().all(|body| body.iter().all(|statement| self.is_light(statement)))
    }

    /// Whether a statement may be carried out where it is not meant.
    fn is_light(&self, statement: &Stmt) -> bool {
        let is_light = |id: ExprId| {
            let fact = self.facts.get(id);
            !fact.heavy && fact.cost <= COST_MAX && self.ty(id) != Scalar::String
        };
        match statement {
            Stmt::Let(_, expr) | Stmt::Store(_, expr) => is_light(*expr),
            Stmt::If { when, then, otherwise } => {
                is_light(*when)
                    && [then, otherwise]
                        .iter()
                        .all(|body| is_rare(body) || body.iter().all(|statement| self.is_light(statement)))
            }
            Stmt::Fault(_) => true,
            _ => false,
        }
    }

    /// Carries out a body where `meant` is 1, without branching on it.
    pub(crate) fn predicated(&mut self, body: &[Stmt], meant: Value) {
        let before = self.active.replace(meant);
        for statement in body {
            match statement {
                Stmt::Let(id, expr) => {
                    let new = self.root(*expr);
                    let ty = self.twin.values[id.index()].ty;
                    let old = self.read_value(*id);
                    let value = self.kept_where(meant, ty, new, old);
                    self.write_value(*id, value);
                }
                Stmt::Store(slot, expr) => {
                    let new = self.root(*expr);
                    let ty = self.ty(*expr);
                    let old = self.load_slot(*slot, ty);
                    let value = self.kept_where(meant, ty, new, old);
                    self.store_slot(*slot, value);
                }
                Stmt::If { when, then, otherwise } => {
                    self.roots(&[*when]);
                    let when = self.truth(*when);
                    for (body, taken) in [(then, when.yes), (otherwise, when.no)] {
                        let taken = self.b.ins().band(taken, meant);
                        match body.as_slice() {
                            [] => {}
                            body if is_rare(body) => {
                                self.active = None;
                                self.branch(taken, |emit| emit.statements(body));
                            }
                            body => self.predicated(body, taken),
                        }
                    }
                }
                Stmt::Fault(fault) => {
                    let one = self.always();
                    self.count_fault(*fault, one);
                }
                other => unreachable!("{other:?} is not carried out where it is not meant"),
            }
            self.active = Some(meant);
        }
        self.active = before;
    }

    /// The new value where it is meant, else the old one.
    fn kept_where(&mut self, meant: Value, ty: Scalar, new: Val, old: Val) -> Val {
        let (new, old) = (self.in_form(new, ty), self.in_form(old, ty));
        let not = self.b.ins().bxor_imm_u(meant, 1);
        self.chosen(ty, Truth { yes: meant, no: not, is_known: true }, new, old)
    }
}

/// Whether a body does something that is large and, in sensible programs, rare.
fn is_rare(body: &[Stmt]) -> bool {
    body.iter().any(|statement| {
        !matches!(statement, Stmt::Let(..) | Stmt::Store(..) | Stmt::If { .. } | Stmt::Fault(_))
    })
}

fn count(body: &[Stmt]) -> usize {
    let each = |statement: &Stmt| match statement {
        Stmt::If { then, otherwise, .. } => {
            let bodies = [then, otherwise].into_iter().filter(|body| !is_rare(body));
            1 + bodies.map(|body| count(body)).sum::<usize>()
        }
        _ => 1,
    };
    body.iter().map(each).sum()
}
