//! `twin replay`: a program over recorded topics.

use crate::args::{Replay, Run, Speed};
use crate::bindings::{Bindings, Target};
use crate::failure::{Exit, Failure, Outcome};
use crate::kernels::kernels;
use crate::progress::on_progress;
use crate::project::Found;
use crate::signals::Stop;
use crate::summary;
use crate::terminal::{Terminal, print};
use twin_driver::{Bundle, Compiled};
use twin_engine::{Every, Options, Summary, has_checkpoint};
use twin_plan::Plan;

/// Runs the program at a path.
pub fn run(args: &Replay, terminal: &Terminal) -> Outcome {
    replay(&Found::at(&args.path)?, &args.run, terminal)
}

/// Runs a program that carries its own bundle.
pub fn run_bundle(bundle: Bundle, run: &Run, terminal: &Terminal) -> Outcome {
    let program = std::env::current_exe().unwrap_or_default();
    replay(&Found::bundle(bundle, &program), run, terminal)
}

fn replay(found: &Found, run: &Run, terminal: &Terminal) -> Outcome {
    if let (Some(from), Some(to)) = (run.from, run.to)
        && from >= to
    {
        return Err(Failure::usage("--from is not before --to, so there is nothing between them"));
    }
    let compiled = match found.compile(&run.set, terminal)? {
        Ok(compiled) => compiled,
        Err(exit) => return Ok(exit),
    };
    refuse_unbuilt(found, &compiled)?;
    let Compiled { plan, .. } = compiled;
    let mut bindings = Bindings::new(found, run, &plan)?;
    for table in bindings.unbound_tables(&plan) {
        terminal.warn(&format!("the table `{table}` is bound to nothing, so it has no rows"));
    }
    // Whoever binds no output at all still wants to see that something happens.
    if bindings.outputs.is_empty() && !run.json {
        bindings.outputs.insert("alerts".to_string(), Target::Stdout);
    }
    if let Some(folder) = run.checkpoint.as_deref().filter(|folder| has_checkpoint(folder)) {
        terminal.note(&format!("going on from the checkpoint in {}", folder.display()));
    }
    let stop = Stop::listen();
    let summary = run_engine(plan, &bindings, run, &stop, terminal)?;
    tell(&summary, &bindings, run, terminal)?;
    Ok(match stop.signal() {
        Some(signal) if summary.is_stopped => Exit::Stopped(signal),
        _ => Exit::Fine,
    })
}

/// What parses and is checked, but no run can carry out yet.
fn refuse_unbuilt(found: &Found, compiled: &Compiled) -> Result<(), Failure> {
    match found.not_built(&compiled.program, &compiled.sources) {
        Some(what) => Err(Failure::usage(format!("no run can carry this out yet: {what}"))),
        None => Ok(()),
    }
}

fn run_engine(
    plan: Plan,
    bindings: &Bindings,
    run: &Run,
    stop: &Stop,
    terminal: &Terminal,
) -> Result<Summary, Failure> {
    let kernels = kernels(&plan, run.kernels)?;
    let speed = match run.speed {
        None | Some(Speed::Max) => None,
        Some(Speed::Times(factor)) => Some(factor),
    };
    let defaults = Options::default();
    let options = Options {
        threads: run.threads.map_or_else(processors, usize::from),
        rows: defaults.rows,
        from: run.from,
        to: run.to,
        speed,
        checkpoint: run.checkpoint.clone(),
        every: run.checkpoint_every.map_or(defaults.every, Every::Seconds),
        stop: stop.flag.clone(),
        progress: on_progress(terminal),
    };
    crate::run::run(plan, kernels, bindings, options)
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

fn tell(summary: &Summary, bindings: &Bindings, run: &Run, terminal: &Terminal) -> Result<(), Failure> {
    if run.json {
        let text = serde_json::to_string(summary).expect("a summary is plain data");
        print(&format!("{text}\n"))?;
    }
    if !terminal.quiet {
        crate::terminal::say(&summary::text(summary, bindings));
    }
    Ok(())
}
