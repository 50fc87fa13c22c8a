//! Tests written in the language, run by the engine with the code that a replay runs.
//!
//! What enters: a checked program with its `test` blocks, and how kernels are made. What leaves: for each test whether
//! it passed, and for each expectation that did not hold what happened instead, with the values around it. A test
//! reads no wall clock, opens no file but the recording that it names, and writes none: every sink ends in memory.
//!
//! **Time.** The log of a test begins at 1970-01-01T00:00Z, which is its `0 s`. A record's time on the log is that
//! of its line; the field that holds the time, where the test does not say it, holds the same. When the lines are
//! used up, a source that no twin listens to reads one more record at the time that `until` names (or the last line), which
//! moves the stream clock there, so that limits of silence pass; then the twins' own clocks are moved there.
//!
//! **What is seen.** Each test is lowered anew, with its params and with a [probe](twin_lowering::Probe) that writes
//! down what its expectations read at the end of every step of its twin. That is an output like any other, behind
//! all of the program's operators, so the watched program is the very one that runs elsewhere. A signal *at* a time
//! is what it was after the last step at or before it.
//!
//! In the order in which a test meets them: `feed` and `recording` (what is read), `watch` (what is to be seen),
//! `observe` (what was), `run`, `judge` (whether it holds), `show` and `report` (how it is said).

mod against;
mod clock;
mod feed;
mod judge;
mod memory;
mod observe;
mod recording;
mod report;
mod run;
mod show;
mod watch;

pub use report::{Failure, Outcome, Table, TestReport, failure_diagnostic};
pub use run::{MakeKernels, Setup, run, select};
