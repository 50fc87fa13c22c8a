//! `wrap`: brings a value into one turn.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `wrap`
pub const WRAP: Builtin = Builtin {
    name: "wrap",
    signature: "(x: U, low: U, high: U) -> U",
    doc: "`x` plus or minus as many whole spans `high - low` as bring it into `low..high`, `low` included \
        and `high` not: an angle into one turn. A span of nothing or less is a fault, and absent.",
    examples: &[
        Example { expression: "wrap(370 deg, 0 deg, 360 deg)", result: "10 deg" },
        Example { expression: "wrap(-190, -180, 180)", result: "170" },
    ],
    native: Native::Pure(PureArgs::Three(wrap)),
};

extern "C" fn wrap(x: f64, low: f64, high: f64) -> f64 {
    let span = high - low;
    if span <= 0.0 {
        return f64::NAN;
    }
    let turned = libm::fmod(x - low, span);
    // A negative remainder may be so small that adding the span gives the span itself.
    let inside = if turned < 0.0 { turned + span } else { turned };
    if inside >= span { low } else { low + inside }
}
