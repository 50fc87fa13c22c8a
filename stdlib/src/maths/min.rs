//! `min`: the smaller of two values.

use twin_types::{Builtin, Example, Intrinsic, Native};

/// `min`
pub const MIN: Builtin = Builtin {
    name: "min",
    signature: "(a: U, b: U) -> U",
    doc: "The smaller of two values. With one argument and a window it is the aggregate of the same name.",
    examples: &[Example { expression: "min(3 bar, 5 bar)", result: "3 bar" }],
    native: Native::Intrinsic(Intrinsic::Min),
};

/// `min` of whole numbers
pub const MIN_INT: Builtin = Builtin {
    name: "min",
    signature: "(a: int, b: int) -> int",
    doc: "The smaller of two values. With one argument and a window it is the aggregate of the same name.",
    examples: &[Example { expression: "min(7, 2)", result: "2" }],
    native: Native::Intrinsic(Intrinsic::MinInt),
};
