//! twin-analysis.
