//! `var_pop`: the variance of a whole population.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `var_pop`
pub const VAR_POP: Builtin = Builtin {
    name: "var_pop",
    signature: "(x: U) -> U^2",
    doc: "sum((x - mean)^2) / n. Of an empty window it is absent; of one value it is 0. State: mean, sum \
        of squares and count. Source: Welford, Technometrics 4 (1962); merged as in Chan, Golub and \
        LeVeque (1979).",
    examples: &[Example { expression: "var_pop([1, 3])", result: "1" }],
    native: Native::Aggregate(Aggregate::VarPop),
};
