//! `acos`: the angle whose cosine is given.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `acos`
pub const ACOS: Builtin = Builtin {
    name: "acos",
    signature: "(x: real) -> angle",
    doc: "The angle between 0 and 180 deg whose cosine is `x`. Outside -1..1 it is a fault, and absent.",
    examples: &[Example { expression: "acos(-1)", result: "180 deg" }],
    native: Native::Pure(PureArgs::One(acos)),
};

extern "C" fn acos(x: f64) -> f64 {
    libm::acos(x)
}
