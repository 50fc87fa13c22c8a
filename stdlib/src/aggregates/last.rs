//! `last`: the newest value.

use twin_types::{Aggregate, Builtin, Example, Native};

/// `last`
pub const LAST: Builtin = Builtin {
    name: "last",
    signature: "(x: T) -> T",
    doc: "The last value of the window that is present. Of an empty window it is absent. State: one value.",
    examples: &[Example { expression: "last([3, 1, 2])", result: "2" }],
    native: Native::Aggregate(Aggregate::Last),
};
