//! `intercept`: where the line of least squares stands now.

use twin_types::{Aggregate, Builtin, Native};

/// `intercept`
pub const INTERCEPT: Builtin = Builtin {
    name: "intercept",
    signature: "(x: U) -> U",
    doc: "mean x + slope (t - mean t), at the time t of the last event, or at the end of a window with \
        ticks. Absent where all values have the same time. State: means and sums of products. Source: \
        Welford, Technometrics 4 (1962); merged as in Chan, Golub and LeVeque (1979).",
    examples: &[],
    native: Native::Aggregate(Aggregate::Intercept),
};
