//! `argmax`: what something was when another value was largest.

use twin_types::{Aggregate, Builtin, Native};

/// `argmax`
pub const ARGMAX: Builtin = Builtin {
    name: "argmax",
    signature: "(x: T, y: U) -> T",
    doc: "The `x` of the sample with the largest `y`; of equal ones the oldest. `argmax(gear, speed) over 1 h` is the gear \
        at the highest speed. With one argument, `argmax(speed) over 1 h`, it is when that was. Of an empty window it is \
        absent. State: two values.",
    examples: &[],
    native: Native::Aggregate(Aggregate::ArgMax),
};
