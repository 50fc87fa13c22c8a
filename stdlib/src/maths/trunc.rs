//! `trunc`: the whole part of a number.

use twin_types::{Builtin, Example, Intrinsic, Native};

/// `trunc`
pub const TRUNC: Builtin = Builtin {
    name: "trunc",
    signature: "(x: real) -> int",
    doc: "The whole number towards zero. What leaves the range of `int` is a fault, and absent.",
    examples: &[
        Example { expression: "trunc(2.9)", result: "2" },
        Example { expression: "trunc(-2.9)", result: "-2" },
    ],
    native: Native::Intrinsic(Intrinsic::Trunc),
};
