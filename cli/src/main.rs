//! The `twin` command.
//!
//! What enters is what was typed; what leaves is results on stdout, talk on stderr, and an exit code that scripts may
//! rely on. This crate wires compiler, runtime and library together and decides nothing about the language.

mod args;
mod bindings;
mod bug;
mod commands;
mod config;
mod failure;
mod figures;
mod kernels;
mod progress;
mod project;
mod recording;
mod run;
mod signals;
mod summary;
mod terminal;

use args::{Carried, Cli, Command};
use clap::{ColorChoice, CommandFactory, FromArgMatches};
use failure::{Exit, Failure, Outcome};
use std::process::ExitCode;
use terminal::Terminal;
use twin_driver::Bundle;

fn main() -> ExitCode {
    bug::install();
    // The hook has said what there is to say; what is left is the exit code.
    let exit = std::panic::catch_unwind(run).unwrap_or(Exit::Usage);
    ExitCode::from(exit.code())
}

fn run() -> Exit {
    let carried = std::env::current_exe().ok().map(|program| Bundle::behind(&program));
    match carried {
        Some(Ok(Some(bundle))) => run_carried(bundle),
        Some(Err(error)) => {
            terminal::say(&format!("error: this program cannot read the bundle that it carries: {error}\n"));
            Exit::Usage
        }
        Some(Ok(None)) | None => run_command(),
    }
}

fn run_command() -> Exit {
    let matches = Cli::command().color(colour_asked_for()).try_get_matches();
    let cli = match matches.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let terminal = Terminal::new(&cli.common);
    let outcome =
        if cli.version { commands::version::run(&terminal) } else { dispatch(cli.command, &terminal) };
    finish(outcome, &terminal)
}

fn dispatch(command: Option<Command>, terminal: &Terminal) -> Outcome {
    match command {
        Some(Command::New(args)) => commands::new::run(&args, terminal),
        Some(Command::Check(args)) => commands::check::run(&args, terminal),
        Some(Command::Fmt(args)) => commands::fmt::run(&args, terminal),
        Some(Command::Replay(args)) => commands::replay::run(&args, terminal),
        Some(Command::Test(args)) => commands::test::run(&args, terminal),
        Some(Command::Explain(args)) => commands::explain::run(&args, terminal),
        Some(Command::Compile(args)) => commands::compile::run(&args, terminal),
        Some(Command::Lsp) => commands::lsp::run(),
        Some(Command::Completions { shell }) => commands::completions::run(shell),
        Some(Command::Later(command)) => commands::later::run(&command),
        None => Err(Failure::usage("a command is needed").help("`twin --help` lists them")),
    }
}

/// This program carries a bundle: it is that program, and takes the flags of `twin replay`.
fn run_carried(bundle: Bundle) -> Exit {
    let name = bundle.name.clone();
    let about = format!("The digital twins of `{name}`, over recorded topics");
    let command = Carried::command().name(name).about(about).color(colour_asked_for());
    let matches = command.try_get_matches();
    let carried = match matches.and_then(|matches| Carried::from_arg_matches(&matches)) {
        Ok(carried) => carried,
        Err(error) => return usage(&error),
    };
    let terminal = Terminal::new(&carried.common);
    let outcome = match carried.version {
        true => commands::version::run_carried(&bundle),
        false => commands::replay::run_bundle(bundle, &carried.run, &terminal),
    };
    finish(outcome, &terminal)
}

/// What `--color` says, for messages about what was typed: they come before it is understood.
fn colour_asked_for() -> ColorChoice {
    let typed: Vec<String> = std::env::args().collect();
    let said = typed.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--color") {
        Some("") => typed.get(at + 1).map(String::as_str),
        Some(value) => value.strip_prefix('='),
        None => None,
    });
    match said {
        Some("always") => ColorChoice::Always,
        Some("never") => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

/// Help is a result; a mistake in what was typed is not.
fn usage(error: &clap::Error) -> Exit {
    let is_help = !error.use_stderr();
    match error.print() {
        Err(problem) if is_help => {
            terminal::say(&format!("error: {}\n", terminal::stdout_failed(problem)));
            Exit::Usage
        }
        _ if is_help => Exit::Fine,
        _ => Exit::Usage,
    }
}

fn finish(outcome: Outcome, terminal: &Terminal) -> Exit {
    outcome.unwrap_or_else(|failure| {
        terminal.fail(&failure);
        failure.exit
    })
}
