//! `distinct`: how many different values.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `distinct`
pub const DISTINCT: Builtin = Builtin {
    name: "distinct",
    signature: "(x: T) -> int",
    doc: "How many different values there were. Of an empty window it is 0. State: every different value.",
    examples: &[Example { expression: "distinct([1, 2, 1])", result: "2" }],
    native: Native::Aggregate(Aggregate::Distinct),
};
