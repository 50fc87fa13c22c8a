//! `cosh`: the hyperbolic cosine.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `cosh`
pub const COSH: Builtin = Builtin {
    name: "cosh",
    signature: "(x: real) -> real",
    doc: "(e^x + e^-x) / 2.",
    examples: &[Example { expression: "cosh(0)", result: "1" }],
    native: Native::Pure(PureArgs::One(cosh)),
};

extern "C" fn cosh(x: f64) -> f64 {
    libm::cosh(x)
}
