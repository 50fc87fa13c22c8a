//! `max`: the largest value.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `max`
pub const MAX: Builtin = Builtin {
    name: "max",
    signature: "(x: U) -> U",
    doc: "The largest value, exactly. Of an empty window it is absent. State: one number.",
    examples: &[Example { expression: "max([3 bar, 2 bar])", result: "3 bar" }],
    native: Native::Aggregate(Aggregate::Max),
};
