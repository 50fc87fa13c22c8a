//! Code of one function: the builder with what the plan's terms need around it.

pub(crate) mod accumulate;
pub(crate) mod checked;
pub(crate) mod expr;
mod few;
pub(crate) mod held;
pub(crate) mod integrate;
pub(crate) mod lazy;
pub(crate) mod memo;
pub(crate) mod memory;
pub(crate) mod predicate;
pub(crate) mod prim_int;
pub(crate) mod prim_real;
pub(crate) mod read;
pub(crate) mod ring;
pub(crate) mod statement;
mod table;
pub(crate) mod value;
pub(crate) mod window;

use crate::facts::Facts;
use crate::imports::Imports;
use crate::options::Choices;
use crate::sharing::Sharing;
use cranelift_codegen::ir::Value;
use cranelift_frontend::{FunctionBuilder, Variable};
use cranelift_jit::JITModule;
use memo::{Memo, SlotCache};
use std::collections::HashMap;
use twin_plan::{ExprId, TwinPlan};

/// The step whose code is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepKind {
    /// An event of this input.
    Event(u32),
    /// Everything that is due at one moment.
    Instant,
    /// A limit of silence has passed.
    Quiet,
}

/// What a function has at hand of the step that it carries out.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    /// Which kind of step.
    pub kind: StepKind,
    /// The [`crate::abi::Context`].
    pub context: Value,
    /// The first word of the twin's row.
    pub row: Value,
    /// The number of its row, where that is at hand.
    pub slot: Option<Value>,
    /// Time of the step.
    pub now: Value,
    /// The stream clock.
    pub stream: Value,
    /// The record's number, where there is one.
    pub record: Option<Value>,
    /// The entry's number, where it and the time are not in the context yet: every call of a helper puts them there.
    pub unnoted: Option<Value>,
}

/// The code of one function in the making.
pub(crate) struct Emit<'a, 'f> {
    pub b: FunctionBuilder<'f>,
    pub module: &'a mut JITModule,
    pub imports: &'a mut Imports,
    pub twin: &'a TwinPlan,
    pub facts: &'a Facts,
    pub sharing: &'a mut Sharing,
    pub choices: Choices,
    pub frame: Frame,
    /// Where each column of each input stands in the table of column pointers.
    pub column_starts: &'a [u32],
    /// Literal texts.
    pub texts: &'a [String],
    /// Values without a slot: the registers of this function, or a word of the context.
    pub registers: Registers,
    pub memo: Memo,
    pub slots: SlotCache,
    /// By integration that is not in line: the variant of its functions for this kind of step.
    pub looks: &'a HashMap<u32, u32>,
    /// Marks and values of nodes that [`Sharing::marked`] names.
    pub marks: HashMap<ExprId, Mark>,
    /// Where code is on trial: what is not finite in it says that something was absent or a fault happened, so all of it counts
    /// for nothing and is done again in another way.
    pub trial: Option<Variable>,
    /// Faults count only where this is set; where there is none they count.
    pub active: Option<Value>,
}

/// Whether a node has been evaluated, and what it gave.
pub(crate) struct Mark {
    pub is_done: Variable,
    pub registers: Vec<Variable>,
}

/// Where values without a slot are kept during a step.
#[derive(Default)]
pub(crate) struct Registers {
    /// By value: variables of this function.
    pub variables: HashMap<u32, Vec<Variable>>,
    /// By value: whether it is kept in the context instead, because other functions use it too.
    pub in_context: Vec<bool>,
}
