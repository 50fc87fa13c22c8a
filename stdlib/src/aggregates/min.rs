//! `min`: the smallest value.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `min`
pub const MIN: Builtin = Builtin {
    name: "min",
    signature: "(x: U) -> U",
    doc: "The smallest value, exactly. Of an empty window it is absent. State: one number.",
    examples: &[Example { expression: "min([3 bar, 2 bar])", result: "2 bar" }],
    native: Native::Aggregate(Aggregate::Min),
};
