//! The library of the language: builtins in Rust, one file each, and modules written in the language itself.
//!
//! Enters: nothing. Leaves: [`LIBRARY`], which the compiler is given as plain data. This crate knows nothing
//! of syntax, plans or engines; an aggregate's file says what it means, and the engine keeps its state.

pub mod aggregates;
pub mod maths;
mod modules;

use twin_types::{Builtin, Library};

pub use modules::MODULES;

/// All that a program can use without declaring it.
pub const LIBRARY: Library = Library { builtins: BUILTINS, files: MODULES };

/// Sorted by name. Entries of one name are told apart by their arguments: of quantities, of whole numbers
/// (`_INT`), or of a window.
pub const BUILTINS: &[&Builtin] = &[
    &maths::abs::ABS,
    &maths::abs::ABS_INT,
    &maths::acos::ACOS,
    &aggregates::argmax::ARGMAX,
    &aggregates::argmin::ARGMIN,
    &maths::asin::ASIN,
    &maths::atan::ATAN,
    &maths::atan2::ATAN2,
    &maths::cbrt::CBRT,
    &maths::ceil::CEIL,
    &aggregates::circular_mean::CIRCULAR_MEAN,
    &maths::clamp::CLAMP,
    &aggregates::corr::CORR,
    &maths::cos::COS,
    &maths::cosh::COSH,
    &aggregates::count::COUNT,
    &aggregates::crest::CREST,
    &aggregates::delta::DELTA,
    &aggregates::distinct::DISTINCT,
    &maths::erf::ERF,
    &maths::exp::EXP,
    &maths::expm1::EXPM1,
    &aggregates::first::FIRST,
    &maths::floor::FLOOR,
    &aggregates::histogram::HISTOGRAM,
    &maths::hypot::HYPOT,
    &aggregates::integral::INTEGRAL,
    &aggregates::integral_hold::INTEGRAL_HOLD,
    &aggregates::intercept::INTERCEPT,
    &aggregates::iqr::IQR,
    &maths::kelvin::KELVIN,
    &aggregates::kurtosis::KURTOSIS,
    &aggregates::last::LAST,
    &maths::lgamma::LGAMMA,
    &maths::ln::LN,
    &maths::log10::LOG10,
    &maths::log1p::LOG1P,
    &maths::log2::LOG2,
    &aggregates::mad::MAD,
    &maths::max::MAX,
    &maths::max::MAX_INT,
    &aggregates::max::MAX,
    &aggregates::mean::MEAN,
    &aggregates::median::MEDIAN,
    &maths::min::MIN,
    &maths::min::MIN_INT,
    &aggregates::min::MIN,
    &maths::normal_cdf::NORMAL_CDF,
    &maths::normal_quantile::NORMAL_QUANTILE,
    &maths::pow::POW,
    &aggregates::quantile::QUANTILE,
    &aggregates::r2::R2,
    &aggregates::range::RANGE,
    &aggregates::rate::RATE,
    &aggregates::rms::RMS,
    &maths::round::ROUND,
    &maths::sign::SIGN,
    &maths::sin::SIN,
    &maths::sinh::SINH,
    &aggregates::skew::SKEW,
    &aggregates::slope::SLOPE,
    &maths::sqrt::SQRT,
    &aggregates::std::STD,
    &aggregates::std_pop::STD_POP,
    &aggregates::sum::SUM,
    &maths::tan::TAN,
    &maths::tanh::TANH,
    &aggregates::time_above::TIME_ABOVE,
    &aggregates::time_weighted_mean::TIME_WEIGHTED_MEAN,
    &maths::trunc::TRUNC,
    &aggregates::var::VAR,
    &aggregates::var_pop::VAR_POP,
    &maths::wrap::WRAP,
];

#[cfg(test)]
mod tests;
