//! `time_weighted_mean`: the mean over time, each value held until the next.

use twin_types::{Aggregate, Builtin, Native};

/// `time_weighted_mean`
pub const TIME_WEIGHTED_MEAN: Builtin = Builtin {
    name: "time_weighted_mean",
    signature: "(x: U) -> U",
    doc: "`integral_hold` over the time for which there was a value. Ten quick samples weigh no more than \
        one that stood as long. Absent where no value has been in force for any time. State: a sum, a \
        time and the last sample.",
    examples: &[],
    native: Native::Aggregate(Aggregate::TimeWeightedMean),
};
