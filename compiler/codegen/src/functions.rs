//! Defining functions in the module, and the text of each for people.

use crate::emit::StepKind;
use crate::error::Error;
use crate::options::Options;
use cranelift_codegen::ir::{AbiParam, Function, Signature, UserFuncName, types};
use cranelift_codegen::isa::CallConv;
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Linkage, Module};

/// The text of one function.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Its name: twin, step, and part where there are several.
    pub name: String,
    /// Cranelift's intermediate form, before optimisation.
    pub clif: String,
    /// Machine code.
    pub asm: String,
    /// Bytes of machine code.
    pub bytes: usize,
}

/// Signatures of functions that the runtime calls.
pub(crate) struct Signatures {
    /// [`crate::abi::EventsCode`]
    pub events: Signature,
    /// [`crate::abi::StepCode`]
    pub step: Signature,
}

impl Signatures {
    pub(crate) fn new(convention: CallConv) -> Signatures {
        let signature = |words: usize, gives: usize| Signature {
            params: vec![AbiParam::new(types::I64); words],
            returns: vec![AbiParam::new(types::I64); gives],
            call_conv: convention,
        };
        Signatures { events: signature(3, 0), step: signature(1, 0) }
    }
}

/// What is used again from one function to the next.
pub(crate) struct Definition {
    context: cranelift_codegen::Context,
    builder: FunctionBuilderContext,
    /// Texts, where they are kept.
    pub listings: Vec<Listing>,
}

impl Definition {
    pub(crate) fn new(module: &JITModule) -> Definition {
        Definition {
            context: module.make_context(),
            builder: FunctionBuilderContext::new(),
            listings: Vec::new(),
        }
    }
}

/// Builds a function and compiles it into the module.
pub(crate) fn define(
    definition: &mut Definition,
    module: &mut JITModule,
    name: &str,
    signature: Signature,
    options: &Options,
    build: impl FnOnce(&mut JITModule, FunctionBuilder<'_>),
) -> Result<FuncId, Error> {
    let id = module.declare_function(name, Linkage::Local, &signature)?;
    let Definition { context, builder, listings } = definition;
    context.func = Function::with_name_signature(UserFuncName::user(0, id.as_u32()), signature);
    build(module, FunctionBuilder::new(&mut context.func, builder));
    let clif = if options.keep_listings { context.func.display().to_string() } else { String::new() };
    context.set_disasm(options.keep_listings);
    module.define_function(id, context)?;
    if options.keep_listings {
        let code = context.compiled_code().expect("the function has just been compiled");
        let asm = code.vcode.clone().unwrap_or_default();
        listings.push(Listing { name: name.to_string(), clif, asm, bytes: code.code_buffer().len() });
    }
    module.clear_context(context);
    Ok(id)
}

/// Names of a twin's functions, each once in a module.
pub(crate) struct FunctionNames {
    twin: String,
}

impl FunctionNames {
    pub(crate) fn new(twin: &str, number: usize) -> FunctionNames {
        FunctionNames { twin: format!("{number}.{twin}") }
    }

    /// Runs of events of an input.
    pub(crate) fn events(&self, input: &str) -> String {
        format!("{}.{input}", self.twin)
    }

    /// A step of another kind.
    pub(crate) fn step(&self, kind: StepKind) -> String {
        match kind {
            StepKind::Event(input) => format!("{}.event.{input}", self.twin),
            StepKind::Instant => format!("{}.instant", self.twin),
            StepKind::Quiet => format!("{}.quiet", self.twin),
        }
    }

    /// A look at the right side of an integration.
    pub(crate) fn look(&self, kind: StepKind, number: u32, what: &str) -> String {
        format!("{}.integration.{number}.{what}", self.step(kind))
    }
}
