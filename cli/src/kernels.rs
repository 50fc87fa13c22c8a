//! What carries a program out.

use crate::args::Kernels;
use crate::failure::Failure;
use twin_evaluator::Evaluator;
use twin_plan::Plan;
use twin_plan::kernel::Kernel;

/// A kernel for each twin of the plan.
pub fn kernels(plan: &Plan, which: Option<Kernels>) -> Result<Vec<Box<dyn Kernel>>, Failure> {
    match which {
        None | Some(Kernels::Evaluator) => {
            let evaluator = |twin| Box::new(Evaluator::new(twin)) as Box<dyn Kernel>;
            Ok(plan.twins.iter().map(evaluator).collect())
        }
        Some(Kernels::Native) => Err(Failure::usage("native code is not built yet")),
    }
}

/// The names of what there is, the usual one first.
pub fn names() -> &'static [&'static str] {
    &["evaluator"]
}
