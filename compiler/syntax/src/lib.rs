//! twin-syntax.
