//! `cos`: the cosine of an angle.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `cos`
pub const COS: Builtin = Builtin {
    name: "cos",
    signature: "(x: angle) -> real",
    doc: "The cosine of `x`. A plain number is an angle in radians.",
    examples: &[
        Example { expression: "cos(180 deg)", result: "-1" },
        Example { expression: "cos(0)", result: "1" },
    ],
    native: Native::Pure(PureArgs::One(cos)),
};

extern "C" fn cos(x: f64) -> f64 {
    libm::cos(x)
}
