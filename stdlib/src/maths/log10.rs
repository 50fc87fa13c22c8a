//! `log10`: the decimal logarithm.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `log10`
pub const LOG10: Builtin = Builtin {
    name: "log10",
    signature: "(x: real) -> real",
    doc: "The logarithm of `x` to the base 10. Of 0 and of negative numbers it is a fault, and absent.",
    examples: &[Example { expression: "log10(1000)", result: "3" }],
    native: Native::Pure(PureArgs::One(log10)),
};

extern "C" fn log10(x: f64) -> f64 {
    libm::log10(x)
}
