//! `lgamma`: the logarithm of the gamma function.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `lgamma`
pub const LGAMMA: Builtin = Builtin {
    name: "lgamma",
    signature: "(x: real) -> real",
    doc: "ln |gamma(x)|. Weibull and gamma laws need it, since gamma itself soon leaves the range of \
        numbers.",
    examples: &[Example { expression: "lgamma(1)", result: "0" }],
    native: Native::Pure(PureArgs::One(lgamma)),
};

extern "C" fn lgamma(x: f64) -> f64 {
    libm::lgamma(x)
}
