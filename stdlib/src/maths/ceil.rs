//! `ceil`: up to the next whole number.

use twin_types::{Builtin, Example, Intrinsic, Native};

/// `ceil`
pub const CEIL: Builtin = Builtin {
    name: "ceil",
    signature: "(x: real) -> int",
    doc: "The smallest whole number that is not below `x`. What leaves the range of `int` is a fault, and \
        absent.",
    examples: &[
        Example { expression: "ceil(2.1)", result: "3" },
        Example { expression: "ceil(-2.1)", result: "-2" },
    ],
    native: Native::Intrinsic(Intrinsic::Ceil),
};
