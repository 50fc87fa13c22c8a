//! `max`: the larger of two values.

use twin_types::{Builtin, Example, Intrinsic, Native};

/// `max`
pub const MAX: Builtin = Builtin {
    name: "max",
    signature: "(a: U, b: U) -> U",
    doc: "The larger of two values. With one argument and a window it is the aggregate of the same name.",
    examples: &[Example { expression: "max(3 bar, 5 bar)", result: "5 bar" }],
    native: Native::Intrinsic(Intrinsic::Max),
};

/// `max` of whole numbers
pub const MAX_INT: Builtin = Builtin {
    name: "max",
    signature: "(a: int, b: int) -> int",
    doc: "The larger of two values. With one argument and a window it is the aggregate of the same name.",
    examples: &[Example { expression: "max(7, 2)", result: "7" }],
    native: Native::Intrinsic(Intrinsic::MaxInt),
};
