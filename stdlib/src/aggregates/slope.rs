//! `slope`: the slope of the line of least squares.

use twin_types::{Aggregate, Builtin, Native};

/// `slope`
pub const SLOPE: Builtin = Builtin {
    name: "slope",
    signature: "(x: U) -> U/s",
    doc: "sum((t - mean t) (x - mean x)) / sum((t - mean t)^2): how fast the line runs that fits the \
        values best. Absent where all values have the same time. State: means and sums of products. \
        Source: Welford, Technometrics 4 (1962); merged as in Chan, Golub and LeVeque (1979).",
    examples: &[],
    native: Native::Aggregate(Aggregate::Slope),
};
