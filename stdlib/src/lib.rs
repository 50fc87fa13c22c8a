//! twin-stdlib.
