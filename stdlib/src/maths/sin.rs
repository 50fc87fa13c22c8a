//! `sin`: the sine of an angle.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `sin`
pub const SIN: Builtin = Builtin {
    name: "sin",
    signature: "(x: angle) -> real",
    doc: "The sine of `x`. A plain number is an angle in radians.",
    examples: &[
        Example { expression: "sin(90 deg)", result: "1" },
        Example { expression: "sin(0)", result: "0" },
    ],
    native: Native::Pure(PureArgs::One(sin)),
};

extern "C" fn sin(x: f64) -> f64 {
    libm::sin(x)
}
