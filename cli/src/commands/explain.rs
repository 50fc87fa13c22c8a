//! `twin explain`: the page of a finding, or what the compiler made of a program.

use crate::args::{Explain, StageName};
use crate::failure::{Exit, Failure, Outcome};
use crate::project::Found;
use crate::terminal::{Terminal, print};
use std::path::Path;
use twin_driver::settings::did_you_mean;
use twin_driver::{Stage, explain_checked, explain_compiled};

/// Code and page, sorted by code.
const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));

/// Shows a page or a stage.
pub fn run(args: &Explain, terminal: &Terminal) -> Outcome {
    match args.stage {
        Some(stage) => explain_program(args, stage.into(), terminal),
        None if is_code(&args.what) && args.name.is_none() => explain_code(&args.what.to_ascii_uppercase()),
        None if is_code(&args.what) => Err(Failure::usage("a finding's page has no parts to name")
            .help(format!("`twin explain {}` shows all of it", args.what))),
        None if Path::new(&args.what).exists() => {
            Err(Failure::usage("which stage of the program is to be shown?")
                .help("add --stage ast, hir, plan, layout, clif or asm"))
        }
        None => Err(Failure::usage(format!("`{}` is neither a code nor a program", args.what))
            .help("a code looks like E0303 or W0401")),
    }
}

fn is_code(what: &str) -> bool {
    let mut letters = what.chars();
    matches!(letters.next(), Some('E' | 'e' | 'W' | 'w'))
        && what.len() == 5
        && letters.all(|c| c.is_ascii_digit())
}

fn explain_code(code: &str) -> Outcome {
    match PAGES.iter().find(|(known, _)| *known == code) {
        Some((_, page)) => {
            print(page)?;
            Ok(Exit::Fine)
        }
        None => {
            let near =
                did_you_mean(code, PAGES.iter().map(|(known, _)| *known)).filter(|h| h.starts_with("did"));
            Err(Failure::usage(format!("there is no finding {code}")).maybe_help(near))
        }
    }
}

fn explain_program(args: &Explain, stage: Stage, terminal: &Terminal) -> Outcome {
    let found = Found::at(Path::new(&args.what))?;
    if !stage.needs_plan() {
        let checked = found.check()?;
        print(&explain_checked(&checked, stage, args.name.as_deref()).map_err(Failure::usage)?)?;
        // The tree is whole whatever the text is; what is checked has holes where there are errors.
        if stage == Stage::Hir && checked.has_errors() {
            terminal
                .warn("the program has errors, and what depends on them is missing here; see `twin check`");
        }
        return Ok(Exit::Fine);
    }
    let compiled = match found.compile(&[], &terminal.only_errors())? {
        Ok(compiled) => compiled,
        Err(exit) => return Ok(exit),
    };
    let text = explain_compiled(&compiled, stage, args.name.as_deref()).map_err(Failure::usage)?;
    print(&text)?;
    Ok(Exit::Fine)
}

impl From<StageName> for Stage {
    fn from(name: StageName) -> Stage {
        match name {
            StageName::Ast => Stage::Ast,
            StageName::Hir => Stage::Hir,
            StageName::Plan => Stage::Plan,
            StageName::Layout => Stage::Layout,
            StageName::Clif => Stage::Clif,
            StageName::Asm => Stage::Asm,
        }
    }
}
