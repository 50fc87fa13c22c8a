//! `r2`: how much of the movement a straight line explains.

use twin_types::{Aggregate, Builtin, Native};

/// `r2`
pub const R2: Builtin = Builtin {
    name: "r2",
    signature: "(x: U) -> real",
    doc: "The square of the correlation between value and time: 1 where all values lie on one line, 0 \
        where a line explains nothing. Absent where all values or all times are equal. State: means and \
        sums of products. Source: Welford, Technometrics 4 (1962); merged as in Chan, Golub and LeVeque \
        (1979).",
    examples: &[],
    native: Native::Aggregate(Aggregate::R2),
};
