//! Native code of a plan, and its text.

use twin_codegen::{Error, Options, compile};
use twin_plan::Plan;
use twin_plan::kernel::Kernel;

/// A kernel of machine code for each twin of the plan. An error is a mistake of ours or a machine that we do not know.
pub fn native_kernels(plan: &Plan) -> Result<Vec<Box<dyn Kernel>>, Error> {
    let native = compile(plan, &Options::default())?;
    Ok(native.twins.into_iter().map(|twin| Box::new(twin) as Box<dyn Kernel>).collect())
}

/// The text of the code: Cranelift's form, or the machine's.
pub(crate) fn listing(plan: &Plan, is_clif: bool) -> Result<String, Error> {
    let native = compile(plan, &Options { keep_listings: true, ..Options::default() })?;
    let mut text = String::new();
    for function in native.listings {
        let body = if is_clif { function.clif } else { function.asm };
        text.push_str(&format!("; {}, {} bytes\n{}\n\n", function.name, function.bytes, body.trim_end()));
    }
    Ok(text)
}
