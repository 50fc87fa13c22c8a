//! `sqrt`: the square root.

use twin_types::{Builtin, Example, Intrinsic, Native};

/// `sqrt`
pub const SQRT: Builtin = Builtin {
    name: "sqrt",
    signature: "(x: U) -> U^0.5",
    doc: "The quantity whose square is `x`, with its unit: of m^2 it is m. Of a negative number it is a \
        fault, and absent.",
    examples: &[
        Example { expression: "sqrt(9)", result: "3" },
        Example { expression: "sqrt(16 m^2)", result: "4 m" },
    ],
    native: Native::Intrinsic(Intrinsic::Sqrt),
};
