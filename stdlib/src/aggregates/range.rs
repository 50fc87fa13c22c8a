//! `range`: the span between the smallest and the largest value.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `range`
pub const RANGE: Builtin = Builtin {
    name: "range",
    signature: "(x: U) -> delta U",
    doc: "max - min. Of an empty window it is absent; of one value it is 0. State: two numbers.",
    examples: &[Example { expression: "range([3 bar, 2 bar])", result: "1 bar" }],
    native: Native::Aggregate(Aggregate::Range),
};
