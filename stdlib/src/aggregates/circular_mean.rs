//! `circular_mean`: the mean of directions.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `circular_mean`
pub const CIRCULAR_MEAN: Builtin = Builtin {
    name: "circular_mean",
    signature: "(x: angle) -> angle",
    doc: "The direction of the sum of unit vectors, atan2(sum(sin x), sum(cos x)), from 0 deg up to but \
        without 360 deg: of 350 and 10 deg it is 0 and not 180. Absent of an empty window, and where the \
        directions cancel exactly. State: two sums and a count. Source: Mardia and Jupp, Directional \
        Statistics (2000).",
    examples: &[Example { expression: "circular_mean([80 deg, 100 deg])", result: "90 deg" }],
    native: Native::Aggregate(Aggregate::CircularMean),
};
