//! `clamp`: keeps a value inside a range.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `clamp`
pub const CLAMP: Builtin = Builtin {
    name: "clamp",
    signature: "(x: U, low: U, high: U) -> U",
    doc: "`x`, or the nearer bound where `x` lies outside `low..high`. Bounds in the wrong order are a \
        fault, and give absent.",
    examples: &[
        Example { expression: "clamp(120 rpm, 0 rpm, 100 rpm)", result: "100 rpm" },
        Example { expression: "clamp(-5, 0, 10)", result: "0" },
    ],
    native: Native::Pure(PureArgs::Three(clamp)),
};

extern "C" fn clamp(x: f64, low: f64, high: f64) -> f64 {
    if low > high {
        return f64::NAN;
    }
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}
