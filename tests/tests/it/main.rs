//! Tests of the whole.

mod docs;
mod random_programs;
mod suite;
mod test_blocks;
mod watched;
