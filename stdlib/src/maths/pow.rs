//! `pow`: a number to any power.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `pow`
pub const POW: Builtin = Builtin {
    name: "pow",
    signature: "(x: real, exponent: real) -> real",
    doc: "`x` to the power of `exponent`, for exponents that are not written down but computed; `x ^ 2` \
        also takes quantities. A negative number to a broken power is a fault, and absent.",
    examples: &[
        Example { expression: "pow(2, 10)", result: "1024" },
        Example { expression: "pow(4, -0.5)", result: "0.5" },
    ],
    native: Native::Pure(PureArgs::Two(pow)),
};

extern "C" fn pow(x: f64, exponent: f64) -> f64 {
    libm::pow(x, exponent)
}
