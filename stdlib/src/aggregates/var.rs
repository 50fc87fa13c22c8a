//! `var`: the variance of a sample.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `var`
pub const VAR: Builtin = Builtin {
    name: "var",
    signature: "(x: U) -> U^2",
    doc: "sum((x - mean)^2) / (n - 1), the unbiased estimate. With fewer than two values it is absent. \
        State: mean, sum of squares and count. Source: Welford, Technometrics 4 (1962); merged as in \
        Chan, Golub and LeVeque (1979).",
    examples: &[Example { expression: "var([1, 2, 3])", result: "1" }],
    native: Native::Aggregate(Aggregate::Var),
};
