//! `time_above`: for how long the value was above a level.

use twin_types::{Aggregate, Builtin, Native};

/// `time_above`
pub const TIME_ABOVE: Builtin = Builtin {
    name: "time_above",
    signature: "(x: U, level: U) -> duration",
    doc: "How long x > `level`, each value held until the next, the last until the end of the window. \
        `level` is a constant. Absent where no value has been in force. State: a time and the last \
        sample.",
    examples: &[],
    native: Native::Aggregate(Aggregate::TimeAbove),
};
