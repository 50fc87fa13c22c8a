//! What carries a program out.

use crate::args::Kernels;
use crate::failure::Failure;
use twin_evaluator::Evaluator;
use twin_plan::Plan;
use twin_plan::kernel::Kernel;

/// The names of what there is, the usual one first.
pub const NAMES: [&str; 2] = ["native", "evaluator"];

/// What is taken where nothing is said.
const USUAL: Kernels = Kernels::Native;

/// A kernel for each twin of the plan.
pub fn kernels(plan: &Plan, which: Option<Kernels>) -> Result<Vec<Box<dyn Kernel>>, Failure> {
    match which.unwrap_or(USUAL) {
        Kernels::Native => twin_driver::native_kernels(plan).map_err(|error| {
            Failure::usage(error.to_string()).help("the evaluator runs everywhere: add --kernels evaluator")
        }),
        Kernels::Evaluator => {
            let evaluator = |twin| Box::new(Evaluator::new(twin)) as Box<dyn Kernel>;
            Ok(plan.twins.iter().map(evaluator).collect())
        }
    }
}
