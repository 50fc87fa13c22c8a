//! What is known of each expression before code is made: whether it can fault, what it costs.

use twin_plan::{ExprId, Exprs, NodeKind, Prim};
use twin_types::Scalar;

/// Facts of one node with everything below it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fact {
    /// Whether a fault can be counted.
    pub faults: bool,
    /// Whether it needs a call or as much time as one.
    pub heavy: bool,
    /// Whether it may give the handle of a text in the row.
    pub reads_row_text: bool,
    /// How many nodes, as a tree.
    pub cost: u32,
}

/// Facts of all nodes of an arena.
pub(crate) struct Facts {
    facts: Vec<Fact>,
}

impl Facts {
    /// Looks at every node once; operands stand before what uses them.
    pub(crate) fn of(exprs: &Exprs) -> Facts {
        let mut facts: Vec<Fact> = Vec::with_capacity(exprs.nodes.len());
        for node in &exprs.nodes {
            let mut fact = Fact {
                faults: faults_itself(&node.kind),
                heavy: is_heavy(&node.kind),
                reads_row_text: node.ty == Scalar::String && matches!(node.kind, NodeKind::Slot(_)),
                cost: 1,
            };
            each_operand(&node.kind, |operand| {
                let below = facts[operand.0 as usize];
                fact.faults |= below.faults;
                fact.heavy |= below.heavy;
                fact.reads_row_text |= below.reads_row_text;
                fact.cost = fact.cost.saturating_add(below.cost);
            });
            facts.push(fact);
        }
        Facts { facts }
    }

    /// The facts of one node.
    pub(crate) fn get(&self, id: ExprId) -> Fact {
        self.facts[id.0 as usize]
    }
}

/// Whether the node itself counts faults, its operands aside.
pub(crate) fn faults_itself(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Prim(prim, _, fault) => prim.can_fault() && fault.is_some(),
        NodeKind::Call(..) | NodeKind::Pick(..) => true,
        _ => false,
    }
}

fn is_heavy(kind: &NodeKind) -> bool {
    match kind {
        NodeKind::Call(..) | NodeKind::Table { .. } | NodeKind::Key | NodeKind::Pick(..) => true,
        NodeKind::CommandId(..) => true,
        NodeKind::Prim(prim, ..) => {
            matches!(prim, Prim::CompareText(_) | Prim::TextWithin(_) | Prim::DivInt | Prim::ModInt)
        }
        _ => false,
    }
}

/// Visits the operands of a node in the order in which they are evaluated.
pub(crate) fn each_operand(kind: &NodeKind, mut visit: impl FnMut(ExprId)) {
    match kind {
        NodeKind::Const(_)
        | NodeKind::Text(_)
        | NodeKind::Value(_)
        | NodeKind::Slot(_)
        | NodeKind::Field(..)
        | NodeKind::Key
        | NodeKind::Now
        | NodeKind::StreamNow => {}
        NodeKind::Table { key, .. } => key.iter().copied().for_each(visit),
        NodeKind::Prim(_, operands, _) | NodeKind::Call(_, operands, _) => {
            operands.iter().copied().for_each(visit)
        }
        NodeKind::Select(when, then, otherwise) => {
            visit(*when);
            visit(*then);
            visit(*otherwise);
        }
        NodeKind::Coalesce(left, right) | NodeKind::And(left, right) | NodeKind::Or(left, right) => {
            visit(*left);
            visit(*right);
        }
        NodeKind::Present(operand) => visit(*operand),
        NodeKind::CommandId(_, time, times) => {
            visit(*time);
            visit(*times);
        }
        NodeKind::Pick(items, index, _) => {
            items.iter().copied().for_each(&mut visit);
            visit(*index);
        }
    }
}
