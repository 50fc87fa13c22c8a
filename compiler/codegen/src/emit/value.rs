//! How words are held in registers of native code.

use cranelift_codegen::ir::{Type, Value, types};
use twin_types::Scalar;

/// A value in registers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Val {
    /// A real; absent is NaN. While `is_open`, it may also be infinite or another NaN, which both mean that
    /// somewhere below an operand was absent or a fault happened that is not yet counted.
    Real {
        /// An `f64`.
        value: Value,
        /// See above.
        is_open: bool,
    },
    /// An int, a timestamp, a duration, an ordinal or the handle of a text.
    Whole {
        /// An `i64`.
        value: Value,
        /// Whether it is known to be present.
        is_present: bool,
    },
    /// A truth value; unknown is neither.
    Truth(Truth),
}

/// Two bits of which at most one is set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Truth {
    /// An `i8`, 1 where true.
    pub yes: Value,
    /// An `i8`, 1 where false.
    pub no: Value,
    /// Whether it is known not to be unknown.
    pub is_known: bool,
}

impl Val {
    /// A real that is finite or the one absent NaN.
    pub(crate) fn real(value: Value) -> Val {
        Val::Real { value, is_open: false }
    }

    /// A word that may be absent.
    pub(crate) fn whole(value: Value) -> Val {
        Val::Whole { value, is_present: false }
    }

    /// The register of a real.
    pub(crate) fn as_real(self) -> Value {
        match self {
            Val::Real { value, .. } => value,
            other => unreachable!("a real was expected, not {other:?}"),
        }
    }

    /// The register of anything that is an `i64`.
    pub(crate) fn as_whole(self) -> Value {
        match self {
            Val::Whole { value, .. } => value,
            other => unreachable!("a whole number was expected, not {other:?}"),
        }
    }

    /// The bits of a truth value.
    pub(crate) fn as_truth(self) -> Truth {
        match self {
            Val::Truth(truth) => truth,
            other => unreachable!("a truth value was expected, not {other:?}"),
        }
    }

    /// Its registers, for block parameters.
    pub(crate) fn registers(self) -> Vec<Value> {
        match self {
            Val::Real { value, .. } | Val::Whole { value, .. } => vec![value],
            Val::Truth(truth) => vec![truth.yes, truth.no],
        }
    }

    /// The same again from registers.
    pub(crate) fn from_registers(ty: Scalar, registers: &[Value]) -> Val {
        match ty {
            Scalar::Real => Val::real(registers[0]),
            Scalar::Bool => Val::Truth(Truth { yes: registers[0], no: registers[1], is_known: false }),
            _ => Val::whole(registers[0]),
        }
    }
}

/// The types of a scalar's registers.
pub(crate) fn register_types(ty: Scalar) -> &'static [Type] {
    match ty {
        Scalar::Real => &[types::F64],
        Scalar::Bool => &[types::I8, types::I8],
        _ => &[types::I64],
    }
}
