//! twin-codegen.
