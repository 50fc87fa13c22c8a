//! `argmin`: what something was when another value was smallest.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `argmin`
pub const ARGMIN: Builtin = Builtin {
    name: "argmin",
    signature: "(x: T, y: U) -> T",
    doc: "The `x` of the sample with the smallest `y`; of equal ones the oldest. `argmin(now, pressure) \
        over 1 h` is when pressure was lowest. Of an empty window it is absent. State: two values.",
    examples: &[Example { expression: "argmin([10, 20, 30], [3, 1, 2])", result: "20" }],
    native: Native::Aggregate(Aggregate::ArgMin),
};
