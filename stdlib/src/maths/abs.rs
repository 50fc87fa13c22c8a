//! `abs`: the size of a number, without its sign.

use twin_types::{Builtin, Example, Intrinsic, Native};

/// `abs`
pub const ABS: Builtin = Builtin {
    name: "abs",
    signature: "(x: U) -> U",
    doc: "The size of `x` without its sign. `abs` of a temperature reading is an error; take a difference \
        first.",
    examples: &[Example { expression: "abs(-3 bar)", result: "3 bar" }],
    native: Native::Intrinsic(Intrinsic::Abs),
};

/// `abs` of whole numbers
pub const ABS_INT: Builtin = Builtin {
    name: "abs",
    signature: "(x: int) -> int",
    doc: "The size of `x` without its sign. `abs` of a temperature reading is an error; take a difference \
        first.",
    examples: &[Example { expression: "abs(-3)", result: "3" }],
    native: Native::Intrinsic(Intrinsic::AbsInt),
};
