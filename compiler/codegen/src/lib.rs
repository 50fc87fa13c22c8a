//! Plans as machine code: what enters is a [`Plan`], what leaves is a kernel per twin.
//!
//! Each twin gets a function per input, which carries out a run of its events, one
//! for instants and one for quiet steps. In them only what that kind of step
//! triggers is left, fields are read straight from columns, and values without a
//! slot never leave the registers. What is rare or large is a call of the
//! operators that the evaluator uses too, so both kernels say the same to the bit.
//!
//! This crate knows no syntax and no meaning of programs, and an error here is a
//! bug of the compiler. Cranelift is known here only. `unsafe` is in `abi` and
//! `jit` only.

mod abi;
mod emit;
mod entry_loop;
mod error;
mod facts;
mod functions;
mod helpers;
mod imports;
mod jit;
mod kernel;
mod options;
mod sharing;
mod step;
mod touch;
mod walk;

pub use error::Error;
pub use functions::Listing;
pub use kernel::NativeTwin;
pub use options::{Choices, Options};

use abi::EntryPoints;
use cranelift_module::Module;
use emit::StepKind;
use facts::Facts;
use functions::{Definition, FunctionNames, Signatures};
use imports::Imports;
use kernel::Twin;
use sharing::Sharing;
use std::sync::Arc;
use step::TwinCompiler;
use twin_plan::{Plan, TwinPlan};
use twin_types::Scalar;
use walk::Seen;

/// Native code of a plan.
pub struct NativeKernels {
    /// A kernel per twin of the plan.
    pub twins: Vec<NativeTwin>,
    /// The text of every function, where [`Options::keep_listings`] asked for it.
    pub listings: Vec<Listing>,
}

/// Makes native code of a plan.
pub fn compile(plan: &Plan, options: &Options) -> Result<NativeKernels, Error> {
    let isa = jit::host(options.verify)?;
    let mut module = jit::module(isa, imports::symbols(plan));
    let mut imports = Imports::new(&module);
    let signatures = Signatures::new(module.isa().default_call_conv());
    let mut definition = Definition::new(&module);
    let mut entries = Vec::new();
    for (number, twin) in plan.twins.iter().enumerate() {
        let mut compiler = TwinCompiler {
            plan,
            twin,
            options,
            module: &mut module,
            imports: &mut imports,
            signatures: &signatures,
            definition: &mut definition,
            facts: Facts::of(&twin.exprs),
            sharing: Sharing::new(&twin.exprs),
            seen: Seen::new(twin),
            column_starts: column_starts(twin),
            looks: Vec::new(),
            touched: Vec::new(),
            names: FunctionNames::new(&twin.name, number),
        };
        let inputs = 0..twin.inputs.len() as u32;
        let events = inputs.map(|input| compiler.events(input)).collect::<Result<_, _>>()?;
        let (instant, quiet) = (compiler.step(StepKind::Instant)?, compiler.step(StepKind::Quiet)?);
        let TwinCompiler { looks, touched, .. } = compiler;
        entries.push((EntryPoints { events, instant, quiet, looks }, touched));
    }
    let code = Arc::new(jit::Code::finish(module)?);
    let mut kernels = NativeKernels { twins: Vec::new(), listings: definition.listings };
    for (twin, (entries, touched)) in plan.twins.iter().zip(entries) {
        let mut native = native(plan, twin, &entries, &code);
        (native.twin.touched, native.twin.fetch_ahead) = (touched, options.fetch_ahead as usize);
        kernels.twins.push(native);
    }
    Ok(kernels)
}

fn native(plan: &Plan, twin: &TwinPlan, entries: &EntryPoints, code: &Arc<jit::Code>) -> NativeTwin {
    let texts = |output: &twin_plan::Output| {
        let is_text = |(at, ty): (usize, &Scalar)| (*ty == Scalar::String).then_some(at as u32);
        output.args.iter().enumerate().filter_map(is_text).collect()
    };
    let reads = |window: &twin_plan::WindowPlan| {
        window.lanes.iter().flat_map(|lane| &lane.reads).map(|read| read.values.len()).sum::<usize>()
    };
    let looks = |integration: &twin_plan::Integration| {
        let roots = integration.whens.iter().map(|when| when.roots.len());
        roots.chain([integration.derivatives.len()]).max().unwrap_or(0)
    };
    let arguments = twin.outputs.iter().map(|output| output.args.len());
    let arguments =
        arguments.chain(twin.windows.iter().map(reads)).chain(twin.integrations.iter().map(looks));
    NativeTwin {
        twin: Twin {
            plan: twin.clone(),
            shapes: twin_operators::windows::shapes(twin),
            functions: entries.functions(code),
            text_arguments: twin.outputs.iter().map(texts).collect(),
            table_columns: plan
                .tables
                .iter()
                .map(|table| table.columns.iter().map(|c| c.ty).collect())
                .collect(),
            arguments_max: arguments.max().unwrap_or(0).max(1),
            looks_at_stream: twin.looks_at_stream(),
            fault_count: plan.faults.len(),
            touched: Vec::new(),
            fetch_ahead: 0,
            _code: code.clone(),
        },
    }
}

/// Where the columns of each input begin in the table of column pointers.
fn column_starts(twin: &TwinPlan) -> Vec<u32> {
    let mut start = 0;
    twin.inputs
        .iter()
        .map(|input| {
            let first = start;
            start += input.columns.len() as u32;
            first
        })
        .collect()
}
