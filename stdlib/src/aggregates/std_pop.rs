//! `std_pop`: the standard deviation of a whole population.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `std_pop`
pub const STD_POP: Builtin = Builtin {
    name: "std_pop",
    signature: "(x: U) -> delta U",
    doc: "The square root of `var_pop`: it divides by n. Of an empty window it is absent; of one value it \
        is 0. State: mean, sum of squares and count. Source: Welford, Technometrics 4 (1962); merged as \
        in Chan, Golub and LeVeque (1979).",
    examples: &[Example { expression: "std_pop([1 bar, 3 bar])", result: "1 bar" }],
    native: Native::Aggregate(Aggregate::StdPop),
};
