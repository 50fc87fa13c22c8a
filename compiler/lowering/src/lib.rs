//! twin-lowering.
