//! Tests of the whole.

mod examples;
mod oracles;
mod order;
mod random_programs;
mod suite;
