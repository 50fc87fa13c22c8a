//! `ln`: the natural logarithm.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `ln`
pub const LN: Builtin = Builtin {
    name: "ln",
    signature: "(x: real) -> real",
    doc: "The logarithm of `x` to the base e. Of 0 and of negative numbers it is a fault, and absent.",
    examples: &[Example { expression: "ln(1)", result: "0" }],
    native: Native::Pure(PureArgs::One(ln)),
};

extern "C" fn ln(x: f64) -> f64 {
    libm::log(x)
}
