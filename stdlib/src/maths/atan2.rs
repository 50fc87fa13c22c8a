//! `atan2`: the direction of a point.

use twin_types::{Builtin, Example, Native, PureArgs};

/// `atan2`
pub const ATAN2: Builtin = Builtin {
    name: "atan2",
    signature: "(y: U, x: U) -> angle",
    doc: "The angle of the point (`x`, `y`) seen from the origin, counted from the x axis against the \
        clock, between -180 and 180 deg. Of the origin itself it is 0 deg.",
    examples: &[
        Example { expression: "atan2(1 m, 1 m)", result: "45 deg" },
        Example { expression: "atan2(0 m, -2 m)", result: "180 deg" },
    ],
    native: Native::Pure(PureArgs::Two(atan2)),
};

extern "C" fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}
