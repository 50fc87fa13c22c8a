//! `argmin`: what something was when another value was smallest.

use twin_types::{Aggregate, Builtin, Native};

/// `argmin`
pub const ARGMIN: Builtin = Builtin {
    name: "argmin",
    signature: "(x: T, y: U) -> T",
    doc: "The `x` of the sample with the smallest `y`; of equal ones the oldest. `argmin(gear, speed) over 1 h` is the gear \
        at the lowest speed. With one argument, `argmin(speed) over 1 h`, it is when that was. Of an empty window it is \
        absent. State: two values.",
    examples: &[],
    native: Native::Aggregate(Aggregate::ArgMin),
};
