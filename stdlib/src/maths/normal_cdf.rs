//! `normal_cdf`: the chance that a normal variable stays below.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `normal_cdf`
pub const NORMAL_CDF: Builtin = Builtin {
    name: "normal_cdf",
    signature: "(z: real) -> real",
    doc: "The chance that a standard normal variable is at most `z`: erfc(-z / sqrt(2)) / 2.",
    examples: &[Example { expression: "normal_cdf(0)", result: "0.5" }],
    native: Native::Pure(PureArgs::One(normal_cdf)),
};

extern "C" fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}
