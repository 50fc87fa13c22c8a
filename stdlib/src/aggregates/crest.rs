//! `crest`: how far peaks stand out.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `crest`
pub const CREST: Builtin = Builtin {
    name: "crest",
    signature: "(x: U) -> real",
    doc: "max(|x|) / rms(x). Absent of an empty window, and where all values are 0. State: two numbers and \
        a count.",
    examples: &[Example { expression: "crest([1, -1, 1])", result: "1" }],
    native: Native::Aggregate(Aggregate::Crest),
};
