//! `tanh`: the hyperbolic tangent.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `tanh`
pub const TANH: Builtin = Builtin {
    name: "tanh",
    signature: "(x: real) -> real",
    doc: "(e^x - e^-x) / (e^x + e^-x); it stays between -1 and 1.",
    examples: &[Example { expression: "tanh(0)", result: "0" }],
    native: Native::Pure(PureArgs::One(tanh)),
};

extern "C" fn tanh(x: f64) -> f64 {
    libm::tanh(x)
}
