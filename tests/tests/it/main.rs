//! Tests of the whole.

mod bad_input;
mod docs;
mod examples;
mod needs;
mod oracles;
mod order;
mod random_programs;
mod replayed_tests;
mod suite;
mod test_blocks;
mod watched;
