//! Pure expressions over words, in one arena per twin (or source).
//!
//! An expression is a DAG: a node may be used several times and is evaluated at
//! most once per statement (the next one sees what it stored, so it evaluates anew). Absence travels in the word itself; a numeric fault
//! (division by zero, overflow, a result that is not finite, an index out of
//! range) becomes absent and is counted at the node's [`FaultId`].
//!
//! Evaluation is lazy where it matters: the branch of a `Select` that is not
//! taken, the right side of an `And` whose left is false (of an `Or` whose left is
//! true) and of a `Coalesce` whose left is present are not evaluated, so that
//! `if v > 0 then x / v else 0` counts no fault.

use crate::layout::Slot;
use twin_diagnostics::Span;
use twin_types::{PureArgs, Scalar, Word};

/// An expression of an arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

/// A place where faults are counted; into [`crate::Plan::faults`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FaultId(pub u32);

/// All expressions of a twin or a source.
#[derive(Clone, Debug, Default)]
pub struct Exprs {
    /// Nodes; operands have smaller ids than what uses them.
    pub nodes: Vec<Node>,
}

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub kind: NodeKind,
    /// The scalar that it gives.
    pub ty: Scalar,
    /// Where it stands in the program.
    pub span: Span,
}

impl Exprs {
    /// Adds a node.
    pub fn push(&mut self, kind: NodeKind, ty: Scalar, span: Span) -> ExprId {
        self.nodes.push(Node { kind, ty, span });
        ExprId((self.nodes.len() - 1) as u32)
    }

    /// The node behind an id of this arena.
    pub fn get(&self, id: ExprId) -> &Node {
        &self.nodes[id.0 as usize]
    }
}

/// What a node is.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A word as it stands (not a string).
    Const(Word),
    /// A text of [`crate::Plan::texts`].
    Text(u32),
    /// Reads a value of the twin: from its slot, or from this step's register where it has none.
    Value(crate::ValueId),
    /// Reads a state slot directly.
    Slot(Slot),
    /// A column of the record at hand: input and column of [`crate::Input::columns`]. Only in steps of that input
    /// (in a source's own expressions the input is 0 and the column one of the source's).
    Field(u32, u32),
    /// The twin's key, as text (or as an int where the key is one).
    Key,
    /// The id of a command, a text: a hash of a literal of [`crate::Plan::texts`] (program, twin, command), the twin's
    /// key, and two numbers (when it was sent, how many had been at that time).
    CommandId(u32, ExprId, ExprId),
    /// Time of the step.
    Now,
    /// The stream clock at the log position that made the step happen.
    StreamNow,
    /// A word of the row that a table has for a key (the twin's own where `None`).
    Table {
        /// Into [`crate::Plan::tables`].
        table: u32,
        /// The key; under an absent one there is no row.
        key: Option<ExprId>,
        /// Column of [`crate::TablePlan::columns`]; `None`: whether there is a row, always true or false.
        column: Option<u32>,
    },
    /// An operation whose operands are all evaluated.
    Prim(Prim, Vec<ExprId>, Option<FaultId>),
    /// A pure builtin: called when every argument is present; not finite is a fault.
    Call(PureFn, Vec<ExprId>, FaultId),
    /// `if c then a else b`; unknown gives absent.
    Select(ExprId, ExprId, ExprId),
    /// The first that is present.
    Coalesce(ExprId, ExprId),
    /// Kleene and, with the laziness above.
    And(ExprId, ExprId),
    /// Kleene or.
    Or(ExprId, ExprId),
    /// Whether the operand is present; always true or false.
    Present(ExprId),
    /// `items[i]`, `i` an int from 0; absent index gives absent, out of range a fault. All items are evaluated, in
    /// order, then the index.
    Pick(Vec<ExprId>, ExprId, FaultId),
}

/// A native function, with its name for prints and for programs that are stored.
#[derive(Clone, Copy)]
pub struct PureFn {
    /// The builtin's name.
    pub name: &'static str,
    /// The function.
    pub call: PureArgs,
}

impl std::fmt::Debug for PureFn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// How two words are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "they say themselves what they are")]
pub enum Compare {
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
}

/// Operations on words. Any absent operand gives absent. Reals are rounded to nearest, never fused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prim {
    /// −x
    NegReal,
    /// x + y; overflow is a fault, here and below.
    AddReal,
    /// x − y
    SubReal,
    /// x · y
    MulReal,
    /// x / y; by zero a fault.
    DivReal,
    /// |x|
    AbsReal,
    /// √x; negative a fault.
    SqrtReal,
    /// The smaller: y where y < x, else x.
    MinReal,
    /// The larger: y where y > x, else x.
    MaxReal,
    /// ⌊x⌋ as an int; out of range a fault, here and in the next three.
    Floor,
    /// ⌈x⌉ as an int.
    Ceil,
    /// x without its fraction as an int.
    Trunc,
    /// The nearest int, ties to even.
    Round,
    /// −n of an int or duration; overflow a fault, here and below.
    NegInt,
    /// m + n of ints, durations, or timestamp + duration.
    AddInt,
    /// m − n
    SubInt,
    /// m · n
    MulInt,
    /// Floor division; by zero a fault.
    DivInt,
    /// m − n·⌊m/n⌋; by zero a fault.
    ModInt,
    /// |n|
    AbsInt,
    /// The smaller.
    MinInt,
    /// The larger.
    MaxInt,
    /// Two reals.
    CompareReal(Compare),
    /// Two ints, durations, timestamps, enums of one type, or bools.
    CompareInt(Compare),
    /// Two bools: equal or not, unknown where either is.
    CompareBool(Compare),
    /// Two texts, by bytes.
    CompareText(Compare),
    /// Kleene not.
    Not,
    /// int → real
    IntToReal,
    /// ns → s
    NanosToSeconds,
    /// s → ns, nearest, ties to even; out of range a fault.
    SecondsToNanos,
    /// bool → int
    BoolToInt,
    /// int → a real by its bits, for what only compares: whole numbers stand in the same order as the reals whose bits
    /// (of the magnitude, beside the sign) they are. Out of the range of finite reals (from 2⁶³ − 2⁵² on) a fault.
    IntToOrdered,
    /// The int that [`Prim::IntToOrdered`] made the real of.
    OrderedToInt,
    /// The text, of at most so many bytes; longer a fault.
    TextWithin(u32),
}

impl Prim {
    /// Whether it can fault.
    pub fn can_fault(self) -> bool {
        use Prim::*;
        matches!(
            self,
            AddReal
                | SubReal
                | MulReal
                | DivReal
                | SqrtReal
                | Floor
                | Ceil
                | Trunc
                | Round
                | NegInt
                | AddInt
                | SubInt
                | MulInt
                | DivInt
                | ModInt
                | AbsInt
                | SecondsToNanos
                | IntToOrdered
                | TextWithin(_)
        )
    }
}
