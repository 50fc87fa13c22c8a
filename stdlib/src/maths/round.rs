//! `round`: to the nearest whole number.

use twin_types::{Builtin, Example, Intrinsic, Native};

/// `round`
pub const ROUND: Builtin = Builtin {
    name: "round",
    signature: "(x: real) -> int",
    doc: "The nearest whole number; half-way it is the even one. What leaves the range of `int` is a \
        fault, and absent.",
    examples: &[
        Example { expression: "round(2.5)", result: "2" },
        Example { expression: "round(3.5)", result: "4" },
        Example { expression: "round(-2.6)", result: "-3" },
    ],
    native: Native::Intrinsic(Intrinsic::Round),
};
