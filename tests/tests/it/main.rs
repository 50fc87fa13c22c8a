//! Tests of the whole.

mod examples;
mod oracles;
mod random_programs;
mod suite;
