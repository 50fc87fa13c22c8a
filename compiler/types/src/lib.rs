//! twin-types.
