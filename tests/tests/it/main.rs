//! Tests of the whole.

mod examples;
mod random_programs;
mod suite;
