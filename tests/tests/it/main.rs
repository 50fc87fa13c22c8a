//! Tests of the whole.

mod bad_input;
mod examples;
mod oracles;
mod order;
mod random_programs;
mod suite;
