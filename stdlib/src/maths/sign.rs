//! `sign`: -1, 0 or 1.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `sign`
pub const SIGN: Builtin = Builtin {
    name: "sign",
    signature: "(x: U) -> real",
    doc: "-1 for what is below zero, 1 for what is above, 0 for zero.",
    examples: &[
        Example { expression: "sign(-3 bar)", result: "-1" },
        Example { expression: "sign(0 m)", result: "0" },
    ],
    native: Native::Pure(PureArgs::One(sign)),
};

extern "C" fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        0.0
    }
}
