//! `kelvin`: a temperature reading as a plain quantity.

use twin_types::{Builtin, Example, Intrinsic, Native};

/// `kelvin`
pub const KELVIN: Builtin = Builtin {
    name: "kelvin",
    signature: "(t: temperature) -> temperature_difference",
    doc: "The absolute temperature in kelvin as a plain quantity, which `*`, `/` and `^` take: laws of \
        gases and of ageing want it. The number is the same, only its type is another.",
    examples: &[Example { expression: "kelvin(20 degC)", result: "293.15 K" }],
    native: Native::Intrinsic(Intrinsic::Kelvin),
};
