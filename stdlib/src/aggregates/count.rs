//! `count`: how many values.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `count`
pub const COUNT: Builtin = Builtin {
    name: "count",
    signature: "(x: T) -> int",
    doc: "How many values are present. A bare `count()` counts the events of the input. Of an empty window \
        it is 0. State: one number.",
    examples: &[Example { expression: "count([3 bar, 4 bar])", result: "2" }],
    native: Native::Aggregate(Aggregate::Count),
};
