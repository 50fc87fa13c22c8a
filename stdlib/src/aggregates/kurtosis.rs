//! `kurtosis`: how heavy the tails are.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `kurtosis`
pub const KURTOSIS: Builtin = Builtin {
    name: "kurtosis",
    signature: "(x: U) -> real",
    doc: "mean((x - m)^4) / var_pop^2 - 3: the excess over the normal law, not corrected for the size of \
        the sample. Shocks of a damaged bearing raise it early. Absent where the values are fewer than \
        two or all equal. State: four moments and a count. Source: Pebay, SAND2008-6212 (2008), for the \
        merging of moments.",
    examples: &[Example { expression: "kurtosis([1, 3])", result: "-2" }],
    native: Native::Aggregate(Aggregate::Kurtosis),
};
