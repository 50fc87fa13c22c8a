//! `exp`: the exponential function.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `exp`
pub const EXP: Builtin = Builtin {
    name: "exp",
    signature: "(x: real) -> real",
    doc: "e to the power of `x`. What is too large for a number is a fault, and absent.",
    examples: &[Example { expression: "exp(0)", result: "1" }],
    native: Native::Pure(PureArgs::One(exp)),
};

extern "C" fn exp(x: f64) -> f64 {
    libm::exp(x)
}
