//! The owner of code memory.
//!
//! One module holds the code of all twins of a plan. It is kept as long as any
//! kernel is, and its memory is given back when the last one goes.

use crate::error::Error;
use cranelift_codegen::isa::OwnedTargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, default_libcall_names};
use std::mem::ManuallyDrop;
use std::sync::Mutex;

/// Finished machine code. Functions in it stay callable while it lives.
pub(crate) struct Code {
    /// Only kept to be freed; the lock makes it shareable.
    module: ManuallyDrop<Mutex<JITModule>>,
}

impl Code {
    /// Links everything that was defined and makes it executable.
    pub(crate) fn finish(mut module: JITModule) -> Result<Code, Error> {
        module.finalize_definitions()?;
        Ok(Code { module: ManuallyDrop::new(Mutex::new(module)) })
    }

    /// The address of a function that was defined.
    pub(crate) fn address(&self, function: FuncId) -> *const u8 {
        let module = self.module.lock().expect("no one panics while holding the code");
        module.get_finalized_function(function)
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: the module is taken exactly once, here. Addresses of its functions are held only by kernels, and
        // each of them holds a counted reference to this `Code`, so none can be running or be called any more.
        unsafe {
            let module = ManuallyDrop::take(&mut self.module);
            module.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner()).free_memory();
        }
    }
}

/// The machine that this process runs on, with settings for exact arithmetic and fast code.
pub(crate) fn host(verify: bool) -> Result<OwnedTargetIsa, Error> {
    let mut flags = settings::builder();
    let settings = [
        ("use_colocated_libcalls", "false"),
        ("is_pic", "false"),
        ("opt_level", "speed"),
        ("enable_verifier", if verify { "true" } else { "false" }),
        ("enable_probestack", "false"),
        ("unwind_info", "false"),
    ];
    for (name, value) in settings {
        flags.set(name, value).map_err(|error| Error::Host(error.to_string()))?;
    }
    let builder = cranelift_native::builder().map_err(|reason| Error::Host(reason.to_string()))?;
    Ok(builder.finish(settings::Flags::new(flags))?)
}

/// A module without functions, in which these symbols are known.
pub(crate) fn module(
    isa: OwnedTargetIsa,
    symbols: impl IntoIterator<Item = (String, *const u8)>,
) -> JITModule {
    let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
    builder.symbols(symbols);
    JITModule::new(builder)
}
