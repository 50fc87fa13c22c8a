//! From words to text.

pub(crate) mod columns;
pub(crate) mod csv;
pub(crate) mod decimal;
pub(crate) mod json;
pub(crate) mod value;
