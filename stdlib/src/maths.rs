//! Mathematics of single values. Every transcendental function comes from `libm`, so that its bits are the
//! same on every machine.

pub mod abs;
pub mod acos;
pub mod asin;
pub mod atan;
pub mod atan2;
pub mod cbrt;
pub mod ceil;
pub mod clamp;
pub mod cos;
pub mod cosh;
pub mod erf;
pub mod exp;
pub mod expm1;
pub mod floor;
pub mod hypot;
pub mod kelvin;
pub mod lgamma;
pub mod ln;
pub mod log10;
pub mod log1p;
pub mod log2;
pub mod max;
pub mod min;
pub mod normal_cdf;
pub mod normal_quantile;
pub mod pow;
pub mod round;
pub mod sign;
pub mod sin;
pub mod sinh;
pub mod sqrt;
pub mod tan;
pub mod tanh;
pub mod trunc;
pub mod wrap;
