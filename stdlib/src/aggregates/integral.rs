//! `integral`: the area under the value, by trapezoids.

use twin_types::{Aggregate, Builtin, Native};

/// `integral`
pub const INTEGRAL: Builtin = Builtin {
    name: "integral",
    signature: "(x: U) -> U*s",
    doc: "The sum of (t2 - t1) (x1 + x2) / 2 over neighbouring samples that both lie in the window: charge \
        from current, energy from power. Temperature readings have none. Of an empty window it is \
        absent; of one value it is 0. State: a sum and the last sample.",
    examples: &[],
    native: Native::Aggregate(Aggregate::Integral),
};
