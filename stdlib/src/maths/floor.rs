//! `floor`: down to the next whole number.

use twin_types::{Builtin, Example, Intrinsic, Native};

/// `floor`
pub const FLOOR: Builtin = Builtin {
    name: "floor",
    signature: "(x: real) -> int",
    doc: "The largest whole number that is not above `x`. What leaves the range of `int` is a fault, and \
        absent.",
    examples: &[
        Example { expression: "floor(2.9)", result: "2" },
        Example { expression: "floor(-2.1)", result: "-3" },
        Example { expression: "floor(7.3 m/s / 0.5 m/s)", result: "14" },
    ],
    native: Native::Intrinsic(Intrinsic::Floor),
};
