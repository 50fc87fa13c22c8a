//! `std`: the standard deviation of a sample.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `std`
pub const STD: Builtin = Builtin {
    name: "std",
    signature: "(x: U) -> delta U",
    doc: "The square root of `var`: it divides by n - 1. With fewer than two values it is absent. State: \
        mean, sum of squares and count. Source: Welford, Technometrics 4 (1962); merged as in Chan, \
        Golub and LeVeque (1979).",
    examples: &[Example { expression: "std([1 bar, 2 bar, 3 bar])", result: "1 bar" }],
    native: Native::Aggregate(Aggregate::Std),
};
