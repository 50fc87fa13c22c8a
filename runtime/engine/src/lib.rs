//! twin-engine.
