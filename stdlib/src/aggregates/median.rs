//! `median`: the middle value.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `median`
pub const MEDIAN: Builtin = Builtin {
    name: "median",
    signature: "(x: U) -> U",
    doc: "The value in the middle of the sorted ones; of an even number the mean of the two in the middle: \
        `quantile(x, 50%)`. Of an empty window it is absent. State: every sample. Source: Hyndman and \
        Fan, The American Statistician 50 (1996), type 7.",
    examples: &[
        Example { expression: "median([1, 5, 3])", result: "3" },
        Example { expression: "median([1, 2, 3, 10])", result: "2.5" },
    ],
    native: Native::Aggregate(Aggregate::Median),
};
