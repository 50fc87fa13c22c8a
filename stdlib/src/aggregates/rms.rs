//! `rms`: the root of the mean square.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `rms`
pub const RMS: Builtin = Builtin {
    name: "rms",
    signature: "(x: U) -> U",
    doc: "sqrt(sum(x^2) / n). Temperature readings have none. Of an empty window it is absent. State: one \
        number and a count.",
    examples: &[Example { expression: "rms([1 A, 7 A])", result: "5 A" }],
    native: Native::Aggregate(Aggregate::Rms),
};
