//! Tests of the whole.

mod random_programs;
mod suite;
