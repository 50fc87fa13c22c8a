//! `erf`: the error function.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `erf`
pub const ERF: Builtin = Builtin {
    name: "erf",
    signature: "(x: real) -> real",
    doc: "2 / sqrt(pi) times the integral of e^(-t^2) from 0 to `x`.",
    examples: &[Example { expression: "erf(0)", result: "0" }],
    native: Native::Pure(PureArgs::One(erf)),
};

extern "C" fn erf(x: f64) -> f64 {
    libm::erf(x)
}
