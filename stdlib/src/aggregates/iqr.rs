//! `iqr`: the span of the middle half.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `iqr`
pub const IQR: Builtin = Builtin {
    name: "iqr",
    signature: "(x: U) -> delta U",
    doc: "quantile(x, 75%) - quantile(x, 25%). Of an empty window it is absent; of one value it is 0. \
        State: every sample.",
    examples: &[Example { expression: "iqr([1, 2, 3, 4, 5])", result: "2" }],
    native: Native::Aggregate(Aggregate::Iqr),
};
