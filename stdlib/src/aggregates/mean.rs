//! `mean`: the arithmetic mean.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `mean`
pub const MEAN: Builtin = Builtin {
    name: "mean",
    signature: "(x: U) -> U",
    doc: "The sum of the values over their number; every sample weighs the same. `time_weighted_mean` \
        weighs time. Of an empty window it is absent. State: a mean and a count.",
    examples: &[Example { expression: "mean([10 degC, 20 degC])", result: "15 degC" }],
    native: Native::Aggregate(Aggregate::Mean),
};
