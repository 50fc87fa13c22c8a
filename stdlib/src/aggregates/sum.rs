//! `sum`: the sum.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `sum`
pub const SUM: Builtin = Builtin {
    name: "sum",
    signature: "(x: U) -> U",
    doc: "The sum of the values. Temperature readings have none; sum differences, or take the mean. Of an \
        empty window it is absent. State: one number and a count.",
    examples: &[Example { expression: "sum([1 kW, 2 kW])", result: "3 kW" }],
    native: Native::Aggregate(Aggregate::Sum),
};
