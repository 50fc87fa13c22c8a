//! twin-connectors.
