//! What the compiler made of a program, stage by stage.

use crate::compile::{Checked, Compiled};
use twin_diagnostics::FileId;

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

/// A stage that needs no plan, so that it can be looked at while the program is wrong.
pub fn explain_checked(checked: &Checked, stage: Stage) -> String {
    match stage {
        Stage::Ast => {
            let main = checked.sources.file(FileId(0));
            twin_syntax::print_tree(&twin_syntax::parse(FileId(0), &main.text).module)
        }
        _ => twin_analysis::print(&checked.program),
    }
}

/// A stage of a program that can run; with a name, only of that twin.
pub fn explain_compiled(compiled: &Compiled, stage: Stage, name: Option<&str>) -> Result<String, String> {
    let mut plan = compiled.plan.clone();
    if let Some(name) = name {
        plan.twins.retain(|twin| twin.name == name);
        if plan.twins.is_empty() {
            let names = compiled.plan.twins.iter().map(|twin| twin.name.as_str());
            let help = crate::settings::did_you_mean(name, names).unwrap_or_default();
            return Err(format!("there is no twin `{name}`; {help}"));
        }
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
