//! `skew`: how lopsided the values lie.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `skew`
pub const SKEW: Builtin = Builtin {
    name: "skew",
    signature: "(x: U) -> real",
    doc: "mean((x - m)^3) / var_pop^1.5, not corrected for the size of the sample: above 0 the long tail \
        is on the right. Absent where the values are fewer than two or all equal. State: three moments \
        and a count. Source: Pebay, SAND2008-6212 (2008), for the merging of moments.",
    examples: &[Example { expression: "skew([1, 2, 3])", result: "0" }],
    native: Native::Aggregate(Aggregate::Skew),
};
