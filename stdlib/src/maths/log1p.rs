//! `log1p`: ln(1 + x), exact near 0.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `log1p`
pub const LOG1P: Builtin = Builtin {
    name: "log1p",
    signature: "(x: real) -> real",
    doc: "The natural logarithm of 1 + `x`. Near 0 it keeps the digits that `ln(1 + x)` would lose. At -1 \
        and below it is a fault, and absent.",
    examples: &[Example { expression: "log1p(0)", result: "0" }],
    native: Native::Pure(PureArgs::One(log1p)),
};

extern "C" fn log1p(x: f64) -> f64 {
    libm::log1p(x)
}
