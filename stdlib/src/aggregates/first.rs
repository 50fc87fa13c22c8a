//! `first`: the oldest value.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `first`
pub const FIRST: Builtin = Builtin {
    name: "first",
    signature: "(x: T) -> T",
    doc: "The first value of the window that is present. Of an empty window it is absent. State: one \
        value.",
    examples: &[Example { expression: "first([3, 1, 2])", result: "3" }],
    native: Native::Aggregate(Aggregate::First),
};
