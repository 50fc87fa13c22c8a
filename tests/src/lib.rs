//! What the tests of the whole share: random programs, random recordings, and ways of running them.

pub mod events;
pub mod programs;
pub mod random;
