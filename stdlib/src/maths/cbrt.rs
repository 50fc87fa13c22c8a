//! `cbrt`: the cube root.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `cbrt`
pub const CBRT: Builtin = Builtin {
    name: "cbrt",
    signature: "(x: real) -> real",
    doc: "The number whose cube is `x`; it has the sign of `x`.",
    examples: &[
        Example { expression: "cbrt(27)", result: "3" },
        Example { expression: "cbrt(-8)", result: "-2" },
    ],
    native: Native::Pure(PureArgs::One(cbrt)),
};

extern "C" fn cbrt(x: f64) -> f64 {
    libm::cbrt(x)
}
