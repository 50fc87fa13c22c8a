//! What the tests of the whole share: random programs, random recordings, and ways of running them.

pub mod csv;
pub mod differential;
pub mod events;
pub mod programs;
pub mod random;
pub mod run;
pub mod suite;
pub mod test_blocks;
pub mod watched;
