//! `delta`: how far the value moved.

use twin_types::{Aggregate, Builtin, Native};

/// `delta`
pub const DELTA: Builtin = Builtin {
    name: "delta",
    signature: "(x: U) -> delta U",
    doc: "last - first. Without a window it is the step from the value before: `delta(x)`. Of an empty \
        window it is absent; of one value it is 0. State: two values.",
    examples: &[],
    native: Native::Aggregate(Aggregate::Delta),
};
