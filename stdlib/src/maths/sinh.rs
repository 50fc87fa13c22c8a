//! `sinh`: the hyperbolic sine.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `sinh`
pub const SINH: Builtin = Builtin {
    name: "sinh",
    signature: "(x: real) -> real",
    doc: "(e^x - e^-x) / 2.",
    examples: &[Example { expression: "sinh(0)", result: "0" }],
    native: Native::Pure(PureArgs::One(sinh)),
};

extern "C" fn sinh(x: f64) -> f64 {
    libm::sinh(x)
}
