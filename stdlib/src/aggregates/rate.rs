//! `rate`: how fast the value moved.

use twin_types::{Aggregate, Builtin, Native};

/// `rate`
pub const RATE: Builtin = Builtin {
    name: "rate",
    signature: "(x: U) -> U/s",
    doc: "(last - first) / (their time apart). Without a window it is the speed of the last step: \
        `rate(x)`. Absent where no time lies between the first and the last value. State: two values and \
        their times.",
    examples: &[],
    native: Native::Aggregate(Aggregate::Rate),
};
