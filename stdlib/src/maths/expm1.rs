//! `expm1`: e^x - 1, exact near 0.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `expm1`
pub const EXPM1: Builtin = Builtin {
    name: "expm1",
    signature: "(x: real) -> real",
    doc: "e to the power of `x`, less 1. Near 0 it keeps the digits that `exp(x) - 1` would lose.",
    examples: &[Example { expression: "expm1(0)", result: "0" }],
    native: Native::Pure(PureArgs::One(expm1)),
};

extern "C" fn expm1(x: f64) -> f64 {
    libm::expm1(x)
}
