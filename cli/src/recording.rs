//! What was recorded of a program's sources, so that findings can quote it.

use crate::failure::Failure;
use crate::project::Found;
use twin_driver::Checked;

/// Checks a program with its project's recording at hand.
pub fn check(found: &Found) -> Result<Checked, Failure> {
    found.check()
}
