//! `corr`: how closely two values move together.

use twin_types::{Aggregate, Builtin, Native};

/// `corr`
pub const CORR: Builtin = Builtin {
    name: "corr",
    signature: "(x: U, y: V) -> real",
    doc: "The correlation coefficient of Pearson: sum((x - mean x) (y - mean y)) / sqrt(sum((x - mean \
        x)^2) sum((y - mean y)^2)). Samples in which one of the two is absent are skipped. Absent with \
        fewer than two pairs, and where one of the two does not move. State: two means and three sums of \
        products. Source: Welford, Technometrics 4 (1962); merged as in Chan, Golub and LeVeque (1979).",
    examples: &[],
    native: Native::Aggregate(Aggregate::Corr),
};
