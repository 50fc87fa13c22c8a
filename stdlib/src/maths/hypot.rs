//! `hypot`: the length of a vector.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `hypot`
pub const HYPOT: Builtin = Builtin {
    name: "hypot",
    signature: "(x: U, y: U) -> U",
    doc: "sqrt(x^2 + y^2), without leaving the range of numbers on the way.",
    examples: &[Example { expression: "hypot(3 m, 4 m)", result: "5 m" }],
    native: Native::Pure(PureArgs::Two(hypot)),
};

extern "C" fn hypot(x: f64, y: f64) -> f64 {
    libm::hypot(x, y)
}
