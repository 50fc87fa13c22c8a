//! Steps: statements, events, instants.
