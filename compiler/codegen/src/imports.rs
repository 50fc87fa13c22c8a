//! Functions outside that code calls: helpers of the runtime and pure builtins.

use crate::helpers::Helper;
use cranelift_codegen::ir::{AbiParam, FuncRef, Function, Signature, types};
use cranelift_codegen::isa::CallConv;
use cranelift_jit::JITModule;
use cranelift_module::{FuncId, Linkage, Module};
use std::collections::HashMap;
use twin_plan::{NodeKind, Plan, expr::PureFn};
use twin_types::PureArgs;

/// Every function outside that any twin of a plan may call, by name.
pub(crate) fn symbols(plan: &Plan) -> Vec<(String, *const u8)> {
    let mut symbols: Vec<(String, *const u8)> =
        Helper::ALL.iter().map(|helper| (helper.symbol().to_string(), helper.address())).collect();
    for node in plan.twins.iter().flat_map(|twin| &twin.exprs.nodes) {
        if let NodeKind::Call(function, ..) = &node.kind {
            symbols.push((pure_symbol(function), pure_address(function)));
        }
    }
    symbols
}

/// A builtin's symbol. Two functions may share a name (of other arity, say), so the address is in it.
fn pure_symbol(function: &PureFn) -> String {
    format!("{}@{:x}", function.name, pure_address(function) as usize)
}

fn pure_address(function: &PureFn) -> *const u8 {
    match function.call {
        PureArgs::One(call) => call as *const u8,
        PureArgs::Two(call) => call as *const u8,
        PureArgs::Three(call) => call as *const u8,
    }
}

/// How many arguments a builtin takes.
fn pure_arguments(function: &PureFn) -> usize {
    match function.call {
        PureArgs::One(_) => 1,
        PureArgs::Two(_) => 2,
        PureArgs::Three(_) => 3,
    }
}

/// Declarations in a module, and references in the function at hand.
pub(crate) struct Imports {
    convention: CallConv,
    declared: HashMap<String, FuncId>,
    referenced: HashMap<FuncId, FuncRef>,
}

impl Imports {
    pub(crate) fn new(module: &JITModule) -> Imports {
        Imports {
            convention: module.isa().default_call_conv(),
            declared: HashMap::new(),
            referenced: HashMap::new(),
        }
    }

    /// Another function begins.
    pub(crate) fn start_function(&mut self) {
        self.referenced.clear();
    }

    /// A helper of the runtime.
    pub(crate) fn helper(
        &mut self,
        module: &mut JITModule,
        function: &mut Function,
        helper: Helper,
    ) -> FuncRef {
        let signature = Signature {
            params: helper.parameters().iter().map(|ty| AbiParam::new(*ty)).collect(),
            returns: helper.result().iter().map(|ty| AbiParam::new(*ty)).collect(),
            call_conv: self.convention,
        };
        self.import(module, function, helper.symbol().to_string(), &signature)
    }

    /// A pure builtin.
    pub(crate) fn pure(&mut self, module: &mut JITModule, function: &mut Function, pure: &PureFn) -> FuncRef {
        let signature = Signature {
            params: vec![AbiParam::new(types::F64); pure_arguments(pure)],
            returns: vec![AbiParam::new(types::F64)],
            call_conv: self.convention,
        };
        self.import(module, function, pure_symbol(pure), &signature)
    }

    /// A function of the same module.
    pub(crate) fn local(&mut self, module: &mut JITModule, function: &mut Function, id: FuncId) -> FuncRef {
        *self.referenced.entry(id).or_insert_with(|| module.declare_func_in_func(id, function))
    }

    fn import(
        &mut self,
        module: &mut JITModule,
        function: &mut Function,
        symbol: String,
        signature: &Signature,
    ) -> FuncRef {
        let id = *self.declared.entry(symbol).or_insert_with_key(|symbol| {
            module.declare_function(symbol, Linkage::Import, signature).expect("a symbol has one signature")
        });
        self.local(module, function, id)
    }
}
