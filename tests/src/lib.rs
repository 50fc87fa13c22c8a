//! twin-tests.
