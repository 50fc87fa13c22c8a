//! `histogram`: how many values lie in each bin.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `histogram`
pub const HISTOGRAM: Builtin = Builtin {
    name: "histogram",
    signature: "(x: U, low: U, high: U, bins: int) -> int[]",
    doc: "`bins` counts of values in equal parts of `low..high`. Each part has its lower bound in it; the \
        last has both. What lies outside is not counted. The bounds and the number are constants. Of an \
        empty window all are 0. State: one number per bin.",
    examples: &[Example { expression: "histogram([1, 2, 2, 9], 0, 10, 2)", result: "[3, 1]" }],
    native: Native::Aggregate(Aggregate::Histogram),
};
