//! `mad`: the median distance from the median.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `mad`
pub const MAD: Builtin = Builtin {
    name: "mad",
    signature: "(x: U) -> delta U",
    doc: "median(|x - median(x)|), not scaled; times 1.4826 it estimates the standard deviation of normal \
        values without being moved by a few wild ones. Of an empty window it is absent; of one value it \
        is 0. State: every sample.",
    examples: &[Example { expression: "mad([1, 2, 3, 4, 100])", result: "1" }],
    native: Native::Aggregate(Aggregate::Mad),
};
