//! `quantile`: the value below which a given share lies.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `quantile`
pub const QUANTILE: Builtin = Builtin {
    name: "quantile",
    signature: "(x: U, p: real) -> U",
    doc: "The value at rank (n - 1) p of the sorted ones, counted from 0, interpolated linearly between \
        neighbours. `p` is a constant between 0 and 1: `quantile(x, 95%)`. Of an empty window it is \
        absent. State: every sample. Source: Hyndman and Fan, The American Statistician 50 (1996), type \
        7.",
    examples: &[Example { expression: "quantile([10, 20, 30], 25%)", result: "15" }],
    native: Native::Aggregate(Aggregate::Quantile),
};
