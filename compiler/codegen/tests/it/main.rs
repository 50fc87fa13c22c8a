//! Native code against small independent readings of the plan.

mod expressions;
mod interpreter;
mod plans;
mod random;
mod steps;
