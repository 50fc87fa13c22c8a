//! `asin`: the angle whose sine is given.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `asin`
pub const ASIN: Builtin = Builtin {
    name: "asin",
    signature: "(x: real) -> angle",
    doc: "The angle between -90 and 90 deg whose sine is `x`. Outside -1..1 it is a fault, and absent.",
    examples: &[Example { expression: "asin(1)", result: "90 deg" }],
    native: Native::Pure(PureArgs::One(asin)),
};

extern "C" fn asin(x: f64) -> f64 {
    libm::asin(x)
}
