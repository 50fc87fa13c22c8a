//! `atan`: the angle whose tangent is given.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `atan`
pub const ATAN: Builtin = Builtin {
    name: "atan",
    signature: "(x: real) -> angle",
    doc: "The angle between -90 and 90 deg whose tangent is `x`.",
    examples: &[Example { expression: "atan(1)", result: "45 deg" }],
    native: Native::Pure(PureArgs::One(atan)),
};

extern "C" fn atan(x: f64) -> f64 {
    libm::atan(x)
}
