//! Whole invocations of `twin`: what is printed where, and how it ends.

mod check;
mod compile;
mod config;
mod examples;
mod explain;
mod fmt;
mod harness;
mod killed;
mod mistakes;
mod new;
mod recording;
mod replay;
mod stopping;
mod test;
mod usage;
