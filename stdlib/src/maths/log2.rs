//! `log2`: the binary logarithm.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `log2`
pub const LOG2: Builtin = Builtin {
    name: "log2",
    signature: "(x: real) -> real",
    doc: "The logarithm of `x` to the base 2. Of 0 and of negative numbers it is a fault, and absent.",
    examples: &[Example { expression: "log2(8)", result: "3" }],
    native: Native::Pure(PureArgs::One(log2)),
};

extern "C" fn log2(x: f64) -> f64 {
    libm::log2(x)
}
