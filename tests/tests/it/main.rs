//! Tests of the whole.

mod docs;
mod random_programs;
mod replayed_tests;
mod suite;
mod test_blocks;
mod watched;
