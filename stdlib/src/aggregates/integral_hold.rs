//! `integral_hold`: the area under the value, each held until the next.

use twin_types::{Aggregate, Builtin, Native};

/// `integral_hold`
pub const INTEGRAL_HOLD: Builtin = Builtin {
    name: "integral_hold",
    signature: "(x: U) -> U*s",
    doc: "The sum of (t2 - t1) x1: each value counts until the next one, the last until the end of the \
        window. The value in force when the window begins counts from there; a session, `during` and \
        `from … until` begin with their own first value. Absent where no value has been in force. State: a sum and the last sample.",
    examples: &[],
    native: Native::Aggregate(Aggregate::IntegralHold),
};
