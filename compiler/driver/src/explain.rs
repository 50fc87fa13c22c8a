//! What the compiler made of a program, stage by stage.

use crate::compile::{Checked, Compiled};
use twin_diagnostics::FileId;
use twin_syntax::ast::{self, ItemKind};

/// A form between text and machine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The tree of what was written.
    Ast,
    /// The checked program.
    Hir,
    /// What runs.
    Plan,
    /// Where each word of a twin lives.
    Layout,
    /// The native code before registers are given out.
    Clif,
    /// The native code.
    Asm,
}

impl Stage {
    /// Whether the program has to be lowered for it.
    pub fn needs_plan(self) -> bool {
        matches!(self, Stage::Plan | Stage::Layout | Stage::Clif | Stage::Asm)
    }
}

/// A stage that needs no plan, so that it can be looked at while the program is wrong; with a name, only that twin.
pub fn explain_checked(checked: &Checked, stage: Stage, name: Option<&str>) -> Result<String, String> {
    let is_meant = |twin: &str| name.is_none_or(|name| name == twin);
    if stage == Stage::Ast {
        let main = checked.sources.file(FileId(0));
        let mut module = twin_syntax::parse(FileId(0), &main.text).module;
        if let Some(name) = name {
            let twins = || module.items.iter().filter_map(twin_of);
            known(name, twins())?;
            module.items.retain(|item| twin_of(item).is_some_and(is_meant));
            module.docs = None;
        }
        return Ok(twin_syntax::print_tree(&module));
    }
    let mut program = checked.program.clone();
    if let Some(name) = name {
        known(name, program.twins.iter().map(|twin| twin.name.as_str()))?;
        program.twins.retain(|twin| is_meant(&twin.name));
    }
    Ok(twin_analysis::print(&program))
}

fn twin_of(item: &ast::Item) -> Option<&str> {
    match &item.kind {
        ItemKind::Twin(twin) => Some(&twin.name.text),
        _ => None,
    }
}

/// A stage of a program that can run; with a name, only of that twin.
pub fn explain_compiled(compiled: &Compiled, stage: Stage, name: Option<&str>) -> Result<String, String> {
    let mut plan = compiled.plan.clone();
    if let Some(name) = name {
        known(name, plan.twins.iter().map(|twin| twin.name.as_str()))?;
        plan.twins.retain(|twin| twin.name == name);
    }
    match stage {
        Stage::Ast | Stage::Hir => Ok(twin_analysis::print(&compiled.program)),
        Stage::Plan => Ok(twin_plan::print::print(&plan)),
        Stage::Layout => Ok(twin_plan::print::print_layout(&plan)),
        Stage::Clif | Stage::Asm => {
            crate::native::listing(&plan, stage == Stage::Clif).map_err(|error| error.to_string())
        }
    }
}

fn known<'n>(name: &str, names: impl Iterator<Item = &'n str> + Clone) -> Result<(), String> {
    if names.clone().any(|known| known == name) {
        return Ok(());
    }
    Err(match crate::settings::did_you_mean(name, names) {
        Some(help) => format!("there is no twin `{name}`; {help}"),
        None => format!("there is no twin `{name}`, and no other"),
    })
}
