//! Which nodes of one statement are used more than once, and which of them need a mark at run time.
//!
//! A node is evaluated at most once per statement. Mostly the place of the first
//! evaluation dominates the others, and then the register that holds the value
//! serves them all. Only where the first lies in a branch that another does not lie
//! in, and the node counts faults, must the code remember whether it went there.

use crate::facts::{each_operand, faults_itself};
use twin_plan::{ExprId, Exprs, NodeKind};

/// A region of a statement that runs or does not; the root is 0.
type Region = u32;

/// What is known of the nodes of the statement at hand.
pub(crate) struct Sharing {
    /// By node: the statement in which it was met last, how, and where first.
    nodes: Vec<Seen>,
    statement: u32,
    /// Parents of the regions of the statement at hand.
    regions: Vec<Region>,
    /// Nodes that need a mark.
    marked: Vec<ExprId>,
}

#[derive(Clone, Copy, Default)]
struct Seen {
    statement: u32,
    first: Region,
    is_shared: bool,
    is_split: bool,
}

impl Sharing {
    /// For the nodes of an arena.
    pub(crate) fn new(exprs: &Exprs) -> Sharing {
        Sharing {
            nodes: vec![Seen::default(); exprs.nodes.len()],
            statement: 0,
            regions: vec![0],
            marked: vec![],
        }
    }

    /// Starts a statement. Roots are then added in the order in which they are evaluated.
    pub(crate) fn start(&mut self) {
        self.statement += 1;
        self.regions.clear();
        self.regions.push(0);
        self.marked.clear();
    }

    /// A region within the root.
    pub(crate) fn region(&mut self) -> u32 {
        self.region_in(0)
    }

    fn region_in(&mut self, parent: Region) -> Region {
        self.regions.push(parent);
        (self.regions.len() - 1) as Region
    }

    /// A root of the statement, evaluated in a region (0: always).
    pub(crate) fn root(&mut self, exprs: &Exprs, id: ExprId, region: u32) {
        self.visit(exprs, id, region);
    }

    /// Whether the node is used more than once in the statement.
    pub(crate) fn is_shared(&self, id: ExprId) -> bool {
        let seen = &self.nodes[id.0 as usize];
        seen.statement == self.statement && seen.is_shared
    }

    /// Nodes whose evaluation must be remembered at run time.
    pub(crate) fn marked(&self) -> &[ExprId] {
        &self.marked
    }

    fn visit(&mut self, exprs: &Exprs, id: ExprId, region: Region) {
        let statement = self.statement;
        let seen = &mut self.nodes[id.0 as usize];
        if seen.statement != statement {
            *seen = Seen { statement, first: region, is_shared: false, is_split: false };
            return self.visit_operands(exprs, id, region);
        }
        seen.is_shared = true;
        let first = seen.first;
        if !self.is_within(region, first) {
            self.mark(exprs, id);
        }
    }

    /// Marks a node that is evaluated here or there with everything below it, for where it is evaluated the second
    /// time, nothing below is known of the first.
    fn mark(&mut self, exprs: &Exprs, id: ExprId) {
        if std::mem::replace(&mut self.nodes[id.0 as usize].is_split, true) {
            return;
        }
        let kind = &exprs.get(id).kind;
        if faults_itself(kind) {
            self.marked.push(id);
        }
        each_operand(kind, |operand| self.mark(exprs, operand));
    }

    fn visit_operands(&mut self, exprs: &Exprs, id: ExprId, region: Region) {
        match &exprs.get(id).kind {
            NodeKind::Select(when, then, otherwise) => {
                self.visit(exprs, *when, region);
                let taken = self.region_in(region);
                self.visit(exprs, *then, taken);
                let other = self.region_in(region);
                self.visit(exprs, *otherwise, other);
            }
            NodeKind::Coalesce(left, right) | NodeKind::And(left, right) | NodeKind::Or(left, right) => {
                self.visit(exprs, *left, region);
                let lazy = self.region_in(region);
                self.visit(exprs, *right, lazy);
            }
            kind => each_operand(kind, |operand| self.visit(exprs, operand, region)),
        }
    }

    fn is_within(&self, mut region: Region, outer: Region) -> bool {
        while region > outer {
            region = self.regions[region as usize];
        }
        region == outer
    }
}
