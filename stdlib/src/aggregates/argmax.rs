//! `argmax`: what something was when another value was largest.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `argmax`
pub const ARGMAX: Builtin = Builtin {
    name: "argmax",
    signature: "(x: T, y: U) -> T",
    doc: "The `x` of the sample with the largest `y`; of equal ones the oldest. `argmax(gear, speed) over \
        1 h` is the gear of the highest speed. Of an empty window it is absent. State: two values.",
    examples: &[Example { expression: "argmax([10, 20, 30], [3, 1, 2])", result: "10" }],
    native: Native::Aggregate(Aggregate::ArgMax),
};
