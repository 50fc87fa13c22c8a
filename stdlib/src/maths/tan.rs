//! `tan`: the tangent of an angle.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `tan`
pub const TAN: Builtin = Builtin {
    name: "tan",
    signature: "(x: angle) -> real",
    doc: "The tangent of `x`. A plain number is an angle in radians.",
    examples: &[Example { expression: "tan(0 deg)", result: "0" }],
    native: Native::Pure(PureArgs::One(tan)),
};

extern "C" fn tan(x: f64) -> f64 {
    libm::tan(x)
}
